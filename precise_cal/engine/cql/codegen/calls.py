"""The part of the generator that calls operators: logic, comparisons, everything in the operator tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.codegen.base import BaseGenerator
from precise_cal.engine.cql.codegen.unit import Operator
from precise_cal.engine.cql.codegen.writer import Value
from precise_cal.engine.cql.required import required_text
from precise_cal.engine.cql.types import BOOLEAN, DECIMAL, INTEGER, LONG, StringType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.cql.types import Type

_SIGNS: Final = {"Less": "<", "LessOrEqual": "<=", "Greater": ">", "GreaterOrEqual": ">="}
_EQUALITY: Final = {"Equal": "==", "NotEqual": "!="}
_TESTS: Final = {"IsNull": "is None", "IsTrue": "is True", "IsFalse": "is False"}


def sign_of(typed: tree.Call) -> str | None:
    """Python's own operator where it means the same: of numbers and text (an uncertain number knows what to answer)."""
    kinds = [operand.type for operand in typed.operands]
    if len(kinds) != 2 or typed.precision is not None or _plain(kinds[0]) != _plain(kinds[1]):
        return None
    if typed.name in _SIGNS:
        return _SIGNS[typed.name] if _plain(kinds[0]) in ("Integer", "Long", "Decimal", "String") else None
    return _EQUALITY.get(typed.name) if _plain(kinds[0]) in ("Long", "Decimal", "String", "Boolean") else None


def _plain(kind: Type) -> str | None:
    return (
        "String" if isinstance(kind, StringType) else kind.name if kind in (INTEGER, LONG, DECIMAL, BOOLEAN) else None
    )


class CallGenerator(BaseGenerator):
    """Writes calls."""

    def call(self, typed: tree.Call, logical: bool, negated: bool) -> Value:
        """A call; of the logical operators, one that looks no further than it must."""
        logic = _LOGIC.get(typed.name)
        if logic is not None:
            return logic(self, typed, logical, negated)
        if not logical or typed.type is not BOOLEAN:
            return self._call(typed, [self.value(operand) for operand in typed.operands])
        data = [index for index, operand in enumerate(typed.operands) if not is_constant(operand)]
        with self.atom_of(typed, required_text(typed), logical, negated) as atom:
            operands = [self.value(operand) for operand in typed.operands]
            atom.result = self._call(typed, operands)
            atom.observed = operands[data[0] if data else 0] if operands else Value("None")
        return atom.result

    def _call(self, typed: tree.Call, operands: list[Value]) -> Value:
        if typed.name in _TESTS and len(operands) == 1:
            return self.writer.assign(f"{operands[0].code} {_TESTS[typed.name]}", nullable=False)
        sign = sign_of(typed)
        if sign is not None:
            call = f"{operands[0].code} {sign} {operands[1].code}"
        else:
            operator = Operator(typed.overload, typed.type, typed.precision)
            leading = [operator.leading] if operator.leading else []
            call = f"{self.writer.constant(operator)}({', '.join([*leading, *(one.code for one in operands)])})"
        nulls = [f"{one.code} is None" for one in operands if one.nullable and not typed.overload.nulls]
        return self.writer.assign(f"None if {' or '.join(nulls)} else {call}" if nulls else call)

    # ---- logic ----

    def conjunction(self, typed: tree.Call, logical: bool, negated: bool) -> Value:
        """And."""
        return self._junction(typed, False, logical, negated)

    def disjunction(self, typed: tree.Call, logical: bool, negated: bool) -> Value:
        """Or."""
        return self._junction(typed, True, logical, negated)

    def _junction(self, typed: tree.Call, deciding: bool, logical: bool, negated: bool) -> Value:
        def write(part: tree.Tree) -> Callable[[], Value]:
            return lambda: self.value(part, logical=logical, negated=negated)

        parts = [write(part) for part in operands_of(typed, typed.name)]
        return self._explained(parts, deciding) if logical else self._short(parts, deciding)

    def implication(self, typed: tree.Call, logical: bool, negated: bool) -> Value:
        """The contrary of the first operand, or the second."""
        left, right = typed.operands
        parts: list[Callable[[], Value]] = [
            lambda: self._inverted(self.value(left, logical=logical, negated=not negated)),
            lambda: self.value(right, logical=logical, negated=negated),
        ]
        return self._explained(parts, True) if logical else self._short(parts, True)

    def negation(self, typed: tree.Call, logical: bool, negated: bool) -> Value:
        """Not."""
        return self._inverted(self.value(typed.operands[0], logical=logical, negated=not negated))

    def exclusive(self, typed: tree.Call, logical: bool, negated: bool) -> Value:
        """Xor."""
        one, other = (self.value(operand, logical=logical).code for operand in typed.operands)
        return self.writer.assign(f"None if {one} is None or {other} is None else {one} is not {other}")

    def _inverted(self, operand: Value) -> Value:
        if not operand.nullable:
            return self.writer.assign(f"not {operand.code}", nullable=False)
        return self.writer.assign(f"None if {operand.code} is None else not {operand.code}")

    def _short(self, parts: list[Callable[[], Value]], deciding: bool) -> Value:
        """And or Or; what stands behind the operand that decides is not looked at."""
        result = self.writer.name()
        self.writer.line(f"{result} = {parts[0]().code}")
        for part in parts[1:]:
            with self.writer.block(f"if {result} is not {deciding}:"):
                found = part()
                self.writer.line(f"if {found.code} is not {not deciding}: {result} = {found.code}")
        return Value(result)

    def _explained(self, parts: list[Callable[[], Value]], deciding: bool) -> Value:
        """And or Or with reasons: of the operands, the entries of those that made the result stay."""
        writer, trace = self.writer, self.listed()
        begin = writer.assign(f"len({trace})").code
        said = [(part().code, writer.assign(f"len({trace})").code) for part in parts]
        any_deciding = " or ".join(f"{answer} is {deciding}" for answer, _ in said)
        any_unknown = " or ".join(f"{answer} is None" for answer, _ in said)
        result = writer.assign(f"{deciding} if {any_deciding} else None if {any_unknown} else {not deciding}").code
        differs = " or ".join(f"{answer} is not {result}" for answer, _ in said)
        answers = ", ".join(f"({answer}, {end})" for answer, end in said)
        writer.line(f"if {differs}: keep({trace}, {begin}, ({answers},), {result})")
        return Value(result)


_LOGIC: Final[dict[str, Callable[[CallGenerator, tree.Call, bool, bool], Value]]] = {
    "And": CallGenerator.conjunction,
    "Or": CallGenerator.disjunction,
    "Implies": CallGenerator.implication,
    "Not": CallGenerator.negation,
    "Xor": CallGenerator.exclusive,
}


def operands_of(typed: tree.Tree, name: str) -> Iterator[tree.Tree]:
    """The operands of a chain of the same operator, `a and b and c`, from left to right."""
    if isinstance(typed, tree.Call) and typed.name == name:
        for operand in typed.operands:
            yield from operands_of(operand, name)
    else:
        yield typed


def is_constant(typed: tree.Tree) -> bool:
    """Whether a value depends on nothing but parameters."""
    if isinstance(typed, tree.MakeInterval):
        return is_constant(typed.low) and is_constant(typed.high)
    if isinstance(typed, tree.Call):
        return bool(typed.operands) and all(map(is_constant, typed.operands))
    return isinstance(typed, tree.Constant)
