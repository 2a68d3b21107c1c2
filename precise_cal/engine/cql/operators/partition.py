"""Lists of intervals: `collapse` and `expand` (CQL 1.5, 9.9.3 and 9.9.10)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar, quantities
from precise_cal.engine.cql.budget import ELEMENT
from precise_cal.engine.cql.comparison import not_after, order
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.operators.overload import INTERVAL, Binding, Overload, T, overloads
from precise_cal.engine.cql.points import end, start, step
from precise_cal.engine.cql.types import DECIMAL, QUANTITY, ListType
from precise_cal.engine.cql.values import EXACT, Interval, Uncertainty, decimal, exponent
from precise_cal.language.catalog import message
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from precise_cal.engine.cql.state import State

MAX_POINTS: Final = 100_000
"""How many points or intervals `expand` may give."""
_TEMPORAL: Final = (Date, DateTime, Time)
_ONE: Final = Quantity(Decimal(1), "1")


def _bounds(intervals: tuple[Interval | None, ...]) -> list[tuple[Any, Any, Interval]]:
    """Start and end of every interval for which they are known, in order of the starts."""
    known: list[tuple[Any, Any, Interval]] = []
    for interval in intervals:
        if interval is None:
            continue
        low, high = start(interval), end(interval)
        if low is not None and high is not None and Uncertainty not in (type(low), type(high)):
            known.append((low, high, interval))
    return sorted(known, key=cmp_to_key(_by_bounds))


def _by_bounds(left: tuple[Any, Any, Interval], right: tuple[Any, Any, Interval]) -> int:
    return order(left[0], right[0]) or order(left[1], right[1]) or 0


def _collapse(intervals: tuple[Interval | None, ...] | None, per: Quantity | None = None) -> Any:
    if intervals is None:
        return None
    merged: list[tuple[Any, Any, Interval]] = []
    for low, high, interval in _bounds(intervals):
        if merged and _joins(merged[-1][1], low, per):
            first_low, first_high, first = merged[-1]
            later = high if not_after(first_high, high) else first_high
            merged[-1] = first_low, later, first
        else:
            merged.append((low, high, interval))
    return tuple(Interval(low, high, point=interval.point) for low, high, interval in merged)


def _joins(last: Any, first: Any, per: Quantity | None) -> bool:
    """Whether an interval that starts at `first` overlaps or meets one that ends at `last`."""
    reached = step(last, 1) if per is None else shift(last, per, 1)
    return reached is None or not_after(first, reached) is True


def shift(point: Any, per: Quantity, times: int) -> Any:
    """The point `times` steps of size `per` on; None where there is none."""
    if isinstance(point, _TEMPORAL):
        unit = quantities.calendar_unit(per.unit)
        if unit is None:
            return None
        moved = calendar.add(point, int(per.value) * times, unit)
        wrapped = isinstance(point, Time) and moved is not None and moved.low <= point.low
        return None if wrapped else moved
    if isinstance(point, Quantity):
        size = _ONE if per.unit is None else per
        in_unit = Quantity(size.value, point.unit) if size.unit == "1" else size
        return quantities.add(point, Quantity(in_unit.value * times, in_unit.unit), 1)
    amount = per.value * times
    if isinstance(point, int) and amount == amount.to_integral_value():
        return type(point)(int(point) + int(amount))
    return decimal(EXACT.add(Decimal(point), amount))


def _default_size(interval: Interval) -> Quantity:
    """One unit of the coarser precision of the bounds."""
    low, high = interval.low, interval.high
    if isinstance(low, _TEMPORAL):
        coarsest = min(low.precision, high.precision)
        return Quantity(Decimal(1), coarsest.name.lower())
    values = [bound.value if isinstance(bound, Quantity) else bound for bound in (low, high)]
    places = min(-exponent(Decimal(value)) for value in values)
    return Quantity(Decimal(1).scaleb(-max(places, 0)), low.unit if isinstance(low, Quantity) else "1")


def _aligned(point: Any, per: Quantity) -> Any:
    """The point with nothing finer than the step; None for a date or time that is coarser than it."""
    if isinstance(point, _TEMPORAL):
        unit = quantities.calendar_unit(per.unit)
        if unit is None:
            return None
        precision = calendar.PRECISION["day" if unit == "week" else unit]
        return None if point.precision < precision else calendar.truncate(point, precision)
    if isinstance(point, Quantity):
        value = _aligned(point.value, per)
        return Quantity(value, point.unit)
    finest = min(exponent(per.value), 0)
    if isinstance(point, int) and finest == 0:
        return point
    return Decimal(point).quantize(Decimal(1).scaleb(finest), rounding=ROUND_DOWN, context=EXACT)


def _steps(interval: Interval, per: Quantity | None) -> list[tuple[Any, Any]]:
    """First and last point of each part of size `per` that lies within the interval."""
    if interval.low is None or interval.high is None:
        return []
    size = per or _default_size(interval)
    if size.value <= 0:
        raise EvaluationError("expand needs a size above zero")
    low, high = start(interval), end(interval)
    point, last = _aligned(low, size), _last(high, size)
    if point is None or last is None or not _commensurable(point, size):
        return []
    return _parts(point, last, size)


def _last(high: Any, size: Quantity) -> Any:
    """The last point covered, at the precision of the step; a whole number covers up to the next one."""
    if isinstance(high, int) and exponent(size.value) < 0:
        unit = Decimal(1).scaleb(exponent(size.value))
        return Decimal(high) + 1 - unit
    return _aligned(high, size)


def _commensurable(point: Any, size: Quantity) -> bool:
    if isinstance(point, Quantity):
        return size.unit in {None, "1"} or quantities.order(point, size) is not None
    return isinstance(point, _TEMPORAL) or size.unit in {None, "1"}


def _parts(point: Any, last: Any, size: Quantity) -> list[tuple[Any, Any]]:
    parts: list[tuple[Any, Any]] = []
    anchor = point
    while not_after(point, last):
        following = shift(anchor, size, len(parts) + 1)
        final = _before(following, point) if following is not None else last
        if not_after(final, last) is not True:
            break
        parts.append((point, final))
        if len(parts) > MAX_POINTS:
            raise EvaluationError(message("expand would give more than { $max_points } parts", max_points=MAX_POINTS))
        if following is None:
            break
        point = following
    return parts


def _before(following: Any, point: Any) -> Any:
    """The last point before `following`, at the precision of the step."""
    if isinstance(point, _TEMPORAL):
        return step(following, -1)
    value = point.value if isinstance(point, Quantity) else point
    unit = Decimal(1) if isinstance(value, int) else Decimal(1).scaleb(exponent(value))
    less = Quantity(-unit, "1" if not isinstance(point, Quantity) else point.unit)
    return shift(following, less, 1)


def _expand(state: State, intervals: tuple[Interval | None, ...] | None, per: Quantity | None = None) -> Any:
    if intervals is None:
        return None
    parts: list[Interval] = []
    for interval in intervals:
        found = [] if interval is None else _steps(interval, per)
        state.spend(ELEMENT * len(found))
        for low, high in found:
            point = DECIMAL if isinstance(low, Decimal) or interval is None else interval.point
            parts.append(Interval(low, high, point=point))
    return tuple(parts)


def _expand_one(interval: Interval | None, per: Quantity | None = None) -> Any:
    return None if interval is None else tuple(low for low, _ in _steps(interval, per))


_MANY: Final = ListType(INTERVAL)

OVERLOADS: Final[list[Overload]] = [
    *overloads("Collapse", _collapse, (_MANY, _MANY), (_MANY, QUANTITY, _MANY), nulls=True),
    *overloads("Expand", _expand, (_MANY, _MANY), (_MANY, QUANTITY, _MANY), nulls=True, binding=Binding.BUDGET),
    *overloads("Expand", _expand_one, (INTERVAL, ListType(T)), (INTERVAL, QUANTITY, ListType(T)), nulls=True),
]
