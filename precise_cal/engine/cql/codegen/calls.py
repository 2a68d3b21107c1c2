"""The part of the generator that calls operators: logic, comparisons, everything in the operator tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.budget import CALL
from precise_cal.engine.cql.codegen.base import BaseGenerator
from precise_cal.engine.cql.codegen.entries import Reasoned, Some
from precise_cal.engine.cql.codegen.unit import Operator
from precise_cal.engine.cql.codegen.writer import Value
from precise_cal.engine.cql.logic import operands_of
from precise_cal.engine.cql.required import required_text
from precise_cal.engine.cql.types import BOOLEAN, DECIMAL, INTEGER, LONG, StringType

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.types import Type

_SIGNS: Final = {"Less": "<", "LessOrEqual": "<=", "Greater": ">", "GreaterOrEqual": ">="}
_EQUALITY: Final = {"Equal": "==", "NotEqual": "!="}
_TESTS: Final = {"IsNull": "is None", "IsTrue": "is True", "IsFalse": "is False"}
_STEADY: Final = frozenset({"First", "Indexer", "IsFalse", "IsNull", "IsTrue", "Last", "Length"})
"""Those that take the same for lists and texts of any length, and make none."""
_ORDERED: Final = frozenset({"Integer", "Long", "Decimal", "String"})
_EXACT: Final = frozenset({"Long", "Decimal", "String", "Boolean"})


def sign_of(typed: tree.Call) -> str | None:
    """Python's own operator where it means the same: of numbers and text (an uncertain number knows what to answer)."""
    kinds = {_plain(operand.type) for operand in typed.operands}
    if len(kinds) != 1 or typed.precision is not None:
        return None
    if typed.name in _SIGNS:
        return _SIGNS[typed.name] if kinds <= _ORDERED else None
    return _EQUALITY.get(typed.name) if kinds <= _EXACT else None


def _plain(kind: Type) -> str | None:
    if isinstance(kind, StringType):
        return "String"
    return kind.name if kind in (INTEGER, LONG, DECIMAL, BOOLEAN) else None


_CLOCK: Final = frozenset({"Now", "Today", "TimeOfDay"})


class CallGenerator(BaseGenerator):
    """Writes calls."""

    def call(self, typed: tree.Call) -> Value:
        """A call; of the logical operators, one that looks no further than it must."""
        if typed.name in ("And", "Or"):
            return self._short(list(operands_of(typed, typed.name)), deciding=typed.name == "Or")
        if typed.name == "Implies":
            left = inverse(typed.operands[0])
            return self._short([left, typed.operands[1]], deciding=True)
        if typed.name == "Not":
            return self._inverted(self.value(typed.operands[0]))
        return self._called(typed, [self.value(operand) for operand in typed.operands])

    def _called(self, typed: tree.Call, operands: list[Value]) -> Value:
        if typed.name in _TESTS and len(operands) == 1:
            return self.writer.assign(f"{operands[0].code} {_TESTS[typed.name]}", nullable=False)
        if typed.name in _CLOCK:
            self.tell_read("s.no_now", "s.no_now is not None")
        sign = sign_of(typed)
        if sign is not None:
            call = f"{operands[0].code} {sign} {operands[1].code}"
        else:
            self.writer.cost += CALL
            operator = Operator(typed.overload, typed.type, typed.precision)
            call = operator.call(self.writer.constant(operator), [one.code for one in operands])
        nulls = [f"{one.code} is None" for one in operands if one.nullable and not typed.overload.nulls]
        result = self.writer.assign(f"None if {' or '.join(dict.fromkeys(nulls))} else {call}" if nulls else call)
        if typed.name in _STEADY or (sign and any(isinstance(one, tree.Constant) for one in typed.operands)):
            return result
        self.look(zip(typed.operands, operands, strict=True))
        return self.made(typed, result)

    def _short(self, operands: list[tree.Tree], *, deciding: bool) -> Value:
        """And or Or; what stands behind the operand that decides is not looked at."""
        result = self.writer.name()
        self.writer.line(f"{result} = {self.value(operands[0]).code}")
        for operand in operands[1:]:
            with self.writer.block(f"if {result} is not {deciding}:"):
                found = self.value(operand)
                self.writer.line(f"if {found.code} is not {not deciding}: {result} = {found.code}")
        return Value(result)

    def _inverted(self, operand: Value) -> Value:
        if not operand.nullable:
            return self.writer.assign(f"not {operand.code}", nullable=False)
        return self.writer.assign(f"None if {operand.code} is None else not {operand.code}")

    # ---- where the value decides a rule ----

    def reasoned_call(self, typed: tree.Call, negated: bool) -> Reasoned:
        """Logic with the reasons of its operands; any other call of a Boolean operator is an atom."""
        logic = _LOGIC.get(typed.name)
        if logic is not None:
            return logic(self, typed, negated)
        data = [index for index, operand in enumerate(typed.operands) if not is_constant(operand)]
        with self.reads() as sink:
            operands = [self.value(operand) for operand in typed.operands]
            result = self._called(typed, operands)
        observed = operands[data[0] if data else 0] if operands else Value("None")
        return self.atom(typed, required_text(typed), observed, result, sink, negated=negated)

    def conjunction(self, typed: tree.Call, negated: bool) -> Reasoned:
        """And."""
        return self._junction([self.reasoned(one, negated=negated) for one in operands_of(typed, "And")], False)

    def disjunction(self, typed: tree.Call, negated: bool) -> Reasoned:
        """Or."""
        return self._junction([self.reasoned(one, negated=negated) for one in operands_of(typed, "Or")], True)

    def implication(self, typed: tree.Call, negated: bool) -> Reasoned:
        """The contrary of the first operand, or the second."""
        left = self.reasoned(typed.operands[0], negated=not negated)
        inverted = Reasoned(self._inverted(left.value), left.entries)
        return self._junction([inverted, self.reasoned(typed.operands[1], negated=negated)], True)

    def negation(self, typed: tree.Call, negated: bool) -> Reasoned:
        """Not."""
        found = self.reasoned(typed.operands[0], negated=not negated)
        return Reasoned(self._inverted(found.value), found.entries)

    def exclusive(self, typed: tree.Call, negated: bool) -> Reasoned:
        """Xor: both operands are its reasons."""
        left, right = (self.reasoned(operand) for operand in typed.operands)
        found = self._called(typed, [left.value, right.value])
        return Reasoned(found, Some(((None, left.entries), (None, right.entries))))

    def _junction(self, parts: list[Reasoned], deciding: bool) -> Reasoned:
        """And or Or: of the operands, the entries of those that made the result are its reasons."""
        codes = [part.value.code for part in parts]
        any_deciding = " or ".join(f"{code} is {deciding}" for code in codes)
        any_unknown = " or ".join(f"{part.value.code} is None" for part in parts if part.value.nullable)
        otherwise = f"None if {any_unknown} else {not deciding}" if any_unknown else str(not deciding)
        result = self.writer.assign(f"{deciding} if {any_deciding} else {otherwise}", nullable=bool(any_unknown))
        choices = tuple((f"{part.value.code} is {result.code}", part.entries) for part in parts)
        return Reasoned(result, Some(choices))


_LOGIC: Final[dict[str, Callable[[CallGenerator, tree.Call, bool], Reasoned]]] = {
    "And": CallGenerator.conjunction,
    "Or": CallGenerator.disjunction,
    "Implies": CallGenerator.implication,
    "Not": CallGenerator.negation,
    "Xor": CallGenerator.exclusive,
}


def inverse(typed: tree.Tree) -> tree.Tree:
    """`not` of a Boolean tree."""
    from precise_cal.engine.cql.operators import OPERATORS

    return tree.Call(BOOLEAN, typed.start, typed.end, OPERATORS["Not"][0], (typed,))


def is_constant(typed: tree.Tree) -> bool:
    """Whether a value depends on nothing but parameters."""
    if isinstance(typed, tree.MakeInterval):
        return is_constant(typed.low) and is_constant(typed.high)
    if isinstance(typed, tree.Call):
        return bool(typed.operands) and all(map(is_constant, typed.operands))
    return isinstance(typed, tree.Constant)
