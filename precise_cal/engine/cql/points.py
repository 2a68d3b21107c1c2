"""Points of intervals: least, greatest, next and previous values, and where an interval starts and ends."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar
from precise_cal.engine.cql.types import DATE, DATE_TIME, DECIMAL, INTEGER, LONG, QUANTITY, TIME
from precise_cal.engine.cql.values import (
    DECIMAL_LIMIT,
    EXACT,
    MAX_DECIMAL,
    MAX_INTEGER,
    MAX_LONG,
    SCALE,
    Interval,
    Long,
    Uncertainty,
)
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from precise_cal.engine.cql.types import Type

EXTENTS: Final[dict[Type, tuple[Any, Any]]] = {
    INTEGER: (-MAX_INTEGER - 1, MAX_INTEGER),
    LONG: (Long(-MAX_LONG - 1), Long(MAX_LONG)),
    DECIMAL: (-MAX_DECIMAL, MAX_DECIMAL),
    QUANTITY: (Quantity(-MAX_DECIMAL, "1"), Quantity(MAX_DECIMAL, "1")),
    DATE: (Date(1, 1, 1), Date(9999, 12, 31)),
    DATE_TIME: (DateTime(1, 1, 1, 0, 0, 0, 0, 0), DateTime(9999, 12, 31, 23, 59, 59, 999, 0)),
    TIME: (Time(0, 0, 0, 0), Time(23, 59, 59, 999)),
}
"""Least and greatest value of each point type (CQL 1.5, 9.6.14 and 9.6.15)."""


def step(value: Any, sign: int) -> Any:
    """The successor (`sign` 1) or predecessor (-1); None beyond the last or first value, and for null."""
    if value is None:
        return None
    kind = type(value)
    if kind is Uncertainty:
        low, high = step(value.low, sign), step(value.high, sign)
        return None if low is None or high is None else Uncertainty(low, high)
    if kind is int:
        return value + sign if abs(value + sign) <= MAX_INTEGER or value + sign == -MAX_INTEGER - 1 else None
    if kind is Long:
        moved = int(value) + sign
        return Long(moved) if -MAX_LONG - 1 <= moved <= MAX_LONG else None
    if kind is Decimal:
        moved_decimal = EXACT.add(value, SCALE * sign)
        return moved_decimal if abs(moved_decimal) < DECIMAL_LIMIT else None
    if kind is Quantity:
        whole = value.value == value.value.to_integral_value() and value.value.as_tuple().exponent >= 0
        number = value.value + sign if whole else step(value.value, sign)
        return None if number is None else Quantity(number, value.unit)
    return calendar.successor(value, sign)


def start(interval: Interval) -> Any:
    """The first point: a null bound is the least value where closed, an uncertainty where open (9.9.26 Start)."""
    if interval.low is not None:
        return interval.low if interval.low_closed else step(interval.low, 1)
    extent = _extent(interval, 0)
    if extent is None or interval.low_closed:
        return extent
    high = end(interval) if interval.high is not None or interval.high_closed else _extent(interval, 1)
    return _span(extent, high)


def end(interval: Interval) -> Any:
    """The last point; see `start`."""
    if interval.high is not None:
        return interval.high if interval.high_closed else step(interval.high, -1)
    extent = _extent(interval, 1)
    if extent is None or interval.high_closed:
        return extent
    low = start(interval) if interval.low is not None or interval.low_closed else _extent(interval, 0)
    return _span(low, extent)


def _span(low: Any, high: Any) -> Any:
    return None if low is None or high is None else Uncertainty(low, high)


def _extent(interval: Interval, side: int) -> Any:
    if interval.point is None:
        return None
    extent = EXTENTS.get(interval.point)
    if extent is None:
        return None
    other = interval.low if side else interval.high
    if type(other) is Quantity:
        return Quantity(extent[side].value, other.unit)
    if type(other) is DateTime:
        return extent[side].with_offset(other.offset_minutes)
    return extent[side]
