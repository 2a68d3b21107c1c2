"""Comparison operators (CQL 1.5, 9.5)."""

from __future__ import annotations

import operator
from typing import Any, Final

from precise_cal.engine.cql.comparison import all_of, equal, equivalent, negate, not_after
from precise_cal.engine.cql.operators.intervals import included_in
from precise_cal.engine.cql.operators.overload import INTERVAL, Overload, T, overloads
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    Type,
)
from precise_cal.engine.cql.values import Interval, Uncertainty


def less(left: Any, right: Any) -> bool | None:
    """`<` of any ordered values."""
    return negate(not_after(right, left))


def greater(left: Any, right: Any) -> bool | None:
    """`>` of any ordered values."""
    return negate(not_after(left, right))


def not_before(left: Any, right: Any) -> bool | None:
    """`>=` of any ordered values."""
    return not_after(right, left)


def _equal_integers(left: Any, right: Any) -> bool | None:
    return left == right if type(left) is type(right) is int else equal(left, right)


def _not_equal(left: Any, right: Any) -> bool | None:
    return negate(equal(left, right))


def _not_equivalent(left: Any, right: Any) -> bool:
    return not equivalent(left, right)


def _between(value: Any, low: Any, high: Any) -> bool | None:
    return all_of((not_after(low, value), not_after(value, high)))


def _properly_between(value: Any, low: Any, high: Any) -> bool | None:
    return all_of((less(low, value), less(value, high)))


def _interval_between(value: Interval, low: Any, high: Any) -> bool | None:
    return included_in(not_after, value, Interval(low, high))


def _temporal_not_after(left: Any, right: Any) -> bool | None:
    """`<=` of dates and times; the usual case without a detour."""
    if type(left) is Uncertainty or type(right) is Uncertainty:
        return not_after(left, right)
    (left_low, left_high), (right_low, right_high) = left.span, right.span
    if left_high < right_low or (left_low == right_low and left_high == right_high):
        return True
    return False if left_low > right_high else None


def _temporal_less(left: Any, right: Any) -> bool | None:
    found = _temporal_not_after(right, left)
    return None if found is None else not found


def _temporal_greater(left: Any, right: Any) -> bool | None:
    found = _temporal_not_after(left, right)
    return None if found is None else not found


def _temporal_not_before(left: Any, right: Any) -> bool | None:
    return _temporal_not_after(right, left)


_PLAIN: Final[tuple[Type, ...]] = (INTEGER, LONG, DECIMAL, STRING)
_TEMPORAL: Final[tuple[Type, ...]] = (DATE, DATE_TIME, TIME)
_SEMANTIC: Final[tuple[Type, ...]] = (QUANTITY, *_TEMPORAL)
_ORDERS: Final = {
    "Less": (operator.lt, less, _temporal_less),
    "LessOrEqual": (operator.le, not_after, _temporal_not_after),
    "Greater": (operator.gt, greater, _temporal_greater),
    "GreaterOrEqual": (operator.ge, not_before, _temporal_not_before),
}


def _pairs(types: tuple[Type, ...]) -> list[tuple[Type, ...]]:
    return [(kind, kind, BOOLEAN) for kind in types]


def _triples(types: tuple[Type, ...]) -> list[tuple[Type, ...]]:
    return [(kind, kind, kind, BOOLEAN) for kind in types]


OVERLOADS: Final[list[Overload]] = [
    *overloads("Equal", _equal_integers, (INTEGER, INTEGER, BOOLEAN)),
    *overloads("Equal", operator.eq, *_pairs((LONG, DECIMAL, STRING, BOOLEAN))),
    *overloads("Equal", equal, (T, T, BOOLEAN)),
    *overloads("NotEqual", operator.ne, *_pairs((LONG, DECIMAL, STRING, BOOLEAN))),
    *overloads("NotEqual", _not_equal, (T, T, BOOLEAN)),
    *overloads("Equivalent", equivalent, (T, T, BOOLEAN), nulls=True),
    *overloads("NotEquivalent", _not_equivalent, (T, T, BOOLEAN), nulls=True),
    *[one for name, (plain, _, _) in _ORDERS.items() for one in overloads(name, plain, *_pairs(_PLAIN))],
    *[one for name, (_, semantic, _) in _ORDERS.items() for one in overloads(name, semantic, *_pairs((QUANTITY,)))],
    *[one for name, (_, _, temporal) in _ORDERS.items() for one in overloads(name, temporal, *_pairs(_TEMPORAL))],
    *overloads("Between", _between, *_triples(_PLAIN + _SEMANTIC), nulls=True),
    *overloads("Between", _interval_between, (INTERVAL, T, T, BOOLEAN)),
    *overloads("ProperlyBetween", _properly_between, *_triples(_PLAIN + _SEMANTIC), nulls=True),
]
