"""Comparison operators (CQL 1.5, 9.5)."""

from __future__ import annotations

import operator
from typing import Any, Final

from precise_cal.engine.cql.comparison import all_of, equal, equivalent, negate, not_after
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
from precise_cal.engine.cql.values import Interval


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
    from precise_cal.engine.cql.operators.intervals import included_in

    return included_in(not_after, value, Interval(low, high))


_PLAIN: Final[tuple[Type, ...]] = (INTEGER, LONG, DECIMAL, STRING)
_SEMANTIC: Final[tuple[Type, ...]] = (QUANTITY, DATE, DATE_TIME, TIME)
_ORDERS: Final = {
    "Less": (operator.lt, less),
    "LessOrEqual": (operator.le, not_after),
    "Greater": (operator.gt, greater),
    "GreaterOrEqual": (operator.ge, not_before),
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
    *[o for name, (plain, _) in _ORDERS.items() for o in overloads(name, plain, *_pairs(_PLAIN))],
    *[o for name, (_, semantic) in _ORDERS.items() for o in overloads(name, semantic, *_pairs(_SEMANTIC))],
    *overloads("Between", _between, *_triples(_PLAIN + _SEMANTIC), nulls=True),
    *overloads("Between", _interval_between, (INTERVAL, T, T, BOOLEAN)),
    *overloads("ProperlyBetween", _properly_between, *_triples(_PLAIN + _SEMANTIC), nulls=True),
]
