"""Comparison, and the relations of dates and instants that are built from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.sql.constants import constant
from precise_cal.cohort.sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    and_,
    case,
    equal,
    has,
    is_true,
    less,
    lit,
    not_,
    not_more,
    or_,
)
from precise_cal.cohort.sql.operators import temporal
from precise_cal.cohort.sql.operators.operands import pair, single
from precise_cal.cohort.sql.values import WORDS, Fixed, NotCompiledError, Value
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import ANY
from precise_cal.engine.cql.values import Interval
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.cohort.sql.operators.operands import Handler
    from precise_cal.cohort.sql.values import SqlValue

_SINGLE: Final = ("Boolean", "String", "Decimal")


def _equal(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    return Value("Boolean", (_same(typed, *pair(typed, operands)),))


def _not_equal(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    return Value("Boolean", (not_(_same(typed, *pair(typed, operands))),))


def _same(typed: tree.Call, left: Value, right: Value) -> Expr:
    if left.kind in _SINGLE:
        return equal(left.parts[0], right.parts[0])
    if left.kind == "Quantity":
        return _in_one_unit(left, right, equal(left.parts[0], right.parts[0]))
    if left.kind == "Integer":
        (low, high), (other_low, other_high) = left.parts, right.parts
        if low is high and other_low is other_high:
            return equal(low, other_low)
        differ = or_(less(high, other_low), less(other_high, low))
        certain = and_(equal(low, high), equal(other_low, other_high))
        return case(differ, FALSE, case(certain, TRUE, NULL))
    return temporal.equal_bounds(temporal.on_line(left), temporal.on_line(right))


def _in_one_unit(left: Value, right: Value, answer: Expr) -> Expr:
    return case(equal(left.parts[2], right.parts[2]), answer, NULL)


def _at_most(typed: tree.Call, left: Value, right: Value) -> Expr:
    """`<=`, three-valued."""
    if left.kind in _SINGLE:
        return not_more(left.parts[0], right.parts[0])
    if left.kind == "Quantity":
        return _in_one_unit(left, right, not_more(left.parts[0], right.parts[0]))
    if left.kind == "Integer":
        (low, high), (other_low, other_high) = left.parts, right.parts
        if low is high and other_low is other_high:
            return not_more(low, other_low)
        return case(not_more(high, other_low), TRUE, case(less(other_high, low), FALSE, NULL))
    if left.kind in ("Date", "DateTime"):
        return temporal.not_after_bounds(temporal.on_line(left), temporal.on_line(right))
    raise NotCompiledError(
        message("{ $name } of { $kind }", name=Verbatim(typed.name), kind=Verbatim(left.kind)), typed
    )


def _ordered(*, swapped: bool, negated: bool) -> Handler:
    """Less is not (right <= left), and so on."""

    def handler(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
        left, right = pair(typed, operands)
        answer = _at_most(typed, right, left) if swapped else _at_most(typed, left, right)
        return Value("Boolean", (not_(answer) if negated else answer,))

    return handler


def _related(*, swapped: bool, negated: bool) -> Handler:
    """Before, after, at a precision or without one."""

    def handler(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
        left, right = pair(typed, operands)
        if swapped:
            left, right = right, left
        answer = _relation(typed, left, right)
        return Value("Boolean", (not_(answer) if negated else answer,))

    return handler


def _relation(typed: tree.Call, left: Value, right: Value) -> Expr:
    if typed.precision is None:
        return _at_most(typed, left, right)
    if typed.precision != "day" or left.kind not in ("Date", "DateTime"):
        raise NotCompiledError(
            message("{ $name } to the { $precision }", name=Verbatim(typed.name), precision=Verbatim(typed.precision)),
            typed,
        )
    return temporal.not_after_days(temporal.days(left), temporal.days(right))


def _same_as(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    left, right = pair(typed, operands)
    return Value("Boolean", (and_(_relation(typed, left, right), _relation(typed, right, left)),))


def _in(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    value, container = single(typed, operands[0]), operands[1]
    if isinstance(container, Value) and container.kind == WORDS and value.kind == "String":
        return Value("Boolean", (is_true(has(container.parts[0], value.parts[0])),))
    if not isinstance(container, Fixed):
        raise NotCompiledError("in a list that is not constant", typed)
    if isinstance(container.value, Interval):
        return Value("Boolean", (_within(typed, value, container.value),))
    words = container.value or ()
    if value.kind != "String" or not all(type(word) is str for word in words):
        raise NotCompiledError(
            message("in a list of what are no words: { $type }", type=Verbatim(typed.operands[1].type)), typed
        )
    found = or_(FALSE, *[equal(value.parts[0], lit(word)) for word in words])
    return Value("Boolean", (is_true(found),))


def _within(typed: tree.Call, value: Value, bounds: Interval) -> Expr:
    if typed.precision is not None:
        raise NotCompiledError("in an interval, to a precision", typed)
    ends = [single(typed, one if isinstance(one, Value) else _end(one)) for one in (bounds.low, bounds.high)]
    low, high = ends
    above = _at_most(typed, low, value) if bounds.low_closed else not_(_at_most(typed, value, low))
    below = _at_most(typed, value, high) if bounds.high_closed else not_(_at_most(typed, high, value))
    return and_(above, below)


def _end(value: Any) -> Value | Fixed:
    return constant(tree.Constant(ANY, 0, 0, value))


HANDLERS: Final[dict[str, Handler]] = {
    "Equal": _equal,
    "NotEqual": _not_equal,
    "LessOrEqual": _ordered(swapped=False, negated=False),
    "GreaterOrEqual": _ordered(swapped=True, negated=False),
    "Less": _ordered(swapped=True, negated=True),
    "Greater": _ordered(swapped=False, negated=True),
    "SameOrBefore": _related(swapped=False, negated=False),
    "SameOrAfter": _related(swapped=True, negated=False),
    "Before": _related(swapped=True, negated=True),
    "After": _related(swapped=False, negated=True),
    "SameAs": _same_as,
    "In": _in,
}
