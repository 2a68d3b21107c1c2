"""Calls of operators: logic, comparisons, everything in the operator tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.bound import Operator
from precise_cal.engine.cql.budget import CALL
from precise_cal.engine.cql.codegen.entries import Reasoned
from precise_cal.engine.cql.codegen.sink import Some
from precise_cal.engine.cql.codegen.writer import Value
from precise_cal.engine.cql.constants import CLOCK
from precise_cal.engine.cql.logic import operands_of
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.required import required_text
from precise_cal.engine.cql.types import BOOLEAN, DECIMAL, INTEGER, LONG, StringType

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.codegen.context import CodeContext
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


def call(context: CodeContext, typed: tree.Call) -> Value:
    """A call; of the logical operators, one that looks no further than it must."""
    if typed.name in ("And", "Or"):
        return _short(context, list(operands_of(typed, typed.name)), deciding=typed.name == "Or")
    if typed.name == "Implies":
        left = inverse(typed.operands[0])
        return _short(context, [left, typed.operands[1]], deciding=True)
    if typed.name == "Not":
        return _inverted(context, context.value(typed.operands[0]))
    return _called(context, typed, [context.value(operand) for operand in typed.operands])


def _called(context: CodeContext, typed: tree.Call, operands: list[Value]) -> Value:
    if typed.name in _TESTS and len(operands) == 1:
        return context.writer.assign(f"{operands[0].code} {_TESTS[typed.name]}", nullable=False)
    if typed.name in CLOCK:
        context.tell_read("s.no_now", "s.no_now is not None")
    sign = sign_of(typed)
    if sign is not None:
        call = f"{operands[0].code} {sign} {operands[1].code}"
    else:
        context.writer.cost += CALL
        operator = Operator(typed.overload, typed.type, typed.precision)
        call = operator.call(context.writer.constant(operator), [one.code for one in operands])
    nulls = [f"{one.code} is None" for one in operands if one.nullable and not typed.overload.nulls]
    result = context.writer.assign(f"None if {' or '.join(dict.fromkeys(nulls))} else {call}" if nulls else call)
    if typed.name in _STEADY or (sign and any(isinstance(one, tree.Constant) for one in typed.operands)):
        return result
    context.look(zip(typed.operands, operands, strict=True))
    return context.made(typed, result)


def _short(context: CodeContext, operands: list[tree.Tree], *, deciding: bool) -> Value:
    """And or Or; what stands behind the operand that decides is not looked at."""
    result = context.writer.name()
    context.writer.line(f"{result} = {context.value(operands[0]).code}")
    for operand in operands[1:]:
        with context.writer.block(f"if {result} is not {deciding}:"):
            found = context.value(operand)
            context.writer.line(f"if {found.code} is not {not deciding}: {result} = {found.code}")
    return Value(result)


def _inverted(context: CodeContext, operand: Value) -> Value:
    if not operand.nullable:
        return context.writer.assign(f"not {operand.code}", nullable=False)
    return context.writer.assign(f"None if {operand.code} is None else not {operand.code}")


def reasoned_call(context: CodeContext, typed: tree.Call, negated: bool) -> Reasoned:
    """Logic with the reasons of its operands; any other call of a Boolean operator is an atom."""
    logic = _LOGIC.get(typed.name)
    if logic is not None:
        return logic(context, typed, negated)
    data = [index for index, operand in enumerate(typed.operands) if not is_constant(operand)]
    with context.reads() as sink:
        operands = [context.value(operand) for operand in typed.operands]
        result = _called(context, typed, operands)
    observed = operands[data[0] if data else 0] if operands else Value("None")
    return context.atom(typed, required_text(typed), observed, result, sink, negated=negated)


def conjunction(context: CodeContext, typed: tree.Call, negated: bool) -> Reasoned:
    """And."""
    return _junction(context, [context.reasoned(one, negated=negated) for one in operands_of(typed, "And")], False)


def disjunction(context: CodeContext, typed: tree.Call, negated: bool) -> Reasoned:
    """Or."""
    return _junction(context, [context.reasoned(one, negated=negated) for one in operands_of(typed, "Or")], True)


def implication(context: CodeContext, typed: tree.Call, negated: bool) -> Reasoned:
    """The contrary of the first operand, or the second."""
    left = context.reasoned(typed.operands[0], negated=not negated)
    inverted = Reasoned(_inverted(context, left.value), left.entries)
    return _junction(context, [inverted, context.reasoned(typed.operands[1], negated=negated)], True)


def negation(context: CodeContext, typed: tree.Call, negated: bool) -> Reasoned:
    """Not."""
    found = context.reasoned(typed.operands[0], negated=not negated)
    return Reasoned(_inverted(context, found.value), found.entries)


def exclusive(context: CodeContext, typed: tree.Call, negated: bool) -> Reasoned:
    """Xor: both operands are its reasons."""
    left, right = (context.reasoned(operand) for operand in typed.operands)
    found = _called(context, typed, [left.value, right.value])
    return Reasoned(found, Some(((None, left.entries), (None, right.entries))))


def _junction(context: CodeContext, parts: list[Reasoned], deciding: bool) -> Reasoned:
    """And or Or: of the operands, the entries of those that made the result are its reasons."""
    codes = [part.value.code for part in parts]
    any_deciding = " or ".join(f"{code} is {deciding}" for code in codes)
    any_unknown = " or ".join(f"{part.value.code} is None" for part in parts if part.value.nullable)
    otherwise = f"None if {any_unknown} else {not deciding}" if any_unknown else str(not deciding)
    result = context.writer.assign(f"{deciding} if {any_deciding} else {otherwise}", nullable=bool(any_unknown))
    choices = tuple((f"{part.value.code} is {result.code}", part.entries) for part in parts)
    return Reasoned(result, Some(choices))


_LOGIC: Final[dict[str, Callable[[CodeContext, tree.Call, bool], Reasoned]]] = {
    "And": conjunction,
    "Or": disjunction,
    "Implies": implication,
    "Not": negation,
    "Xor": exclusive,
}


def inverse(typed: tree.Tree) -> tree.Tree:
    """`not` of a Boolean tree."""
    return tree.Call(BOOLEAN, typed.start, typed.end, OPERATORS["Not"][0], (typed,))


def is_constant(typed: tree.Tree) -> bool:
    """Whether a value depends on nothing but parameters."""
    if isinstance(typed, tree.MakeInterval):
        return is_constant(typed.low) and is_constant(typed.high)
    if isinstance(typed, tree.Call):
        return bool(typed.operands) and all(map(is_constant, typed.operands))
    return isinstance(typed, tree.Constant)
