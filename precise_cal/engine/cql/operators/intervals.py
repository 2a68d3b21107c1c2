"""Interval operators (CQL 1.5, 9.9), in terms of one relation of points: `le`, not after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import quantities
from precise_cal.engine.cql.comparison import all_of, any_of, equal, negate, not_after
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.operators.overload import INTERVAL, Binding, Overload, T, overloads
from precise_cal.engine.cql.points import end, start, step
from precise_cal.engine.cql.types import BOOLEAN, DECIMAL, INTEGER, LONG, QUANTITY, IntervalType, Type
from precise_cal.engine.cql.values import Interval, Long, Uncertainty
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = bool | None
    Relation = Callable[[Any, Any], Answer]


def _eq(le: Relation, left: Any, right: Any) -> Answer:
    return all_of((le(left, right), le(right, left)))


def before(le: Relation, left: Interval, right: Interval) -> Answer:
    """The first ends before the second starts."""
    return negate(le(start(right), end(left)))


def _before_point(le: Relation, left: Interval, right: Any) -> Answer:
    return negate(le(right, end(left)))


def _point_before(le: Relation, left: Any, right: Interval) -> Answer:
    return negate(le(start(right), left))


def _after(le: Relation, left: Interval, right: Interval) -> Answer:
    return negate(le(start(left), end(right)))


def _after_point(le: Relation, left: Interval, right: Any) -> Answer:
    return negate(le(start(left), right))


def _point_after(le: Relation, left: Any, right: Interval) -> Answer:
    return negate(le(left, end(right)))


def _same_as(le: Relation, left: Interval, right: Interval) -> Answer:
    return all_of((_eq(le, start(left), start(right)), _eq(le, end(left), end(right))))


def _same_or_before(le: Relation, left: Interval, right: Interval) -> Answer:
    return le(end(left), start(right))


def _same_or_before_point(le: Relation, left: Interval, right: Any) -> Answer:
    return le(end(left), right)


def _point_same_or_before(le: Relation, left: Any, right: Interval) -> Answer:
    return le(left, start(right))


def _same_or_after(le: Relation, left: Interval, right: Interval) -> Answer:
    return le(end(right), start(left))


def _same_or_after_point(le: Relation, left: Interval, right: Any) -> Answer:
    return le(right, start(left))


def _point_same_or_after(le: Relation, left: Any, right: Interval) -> Answer:
    return le(end(right), left)


def _meets_before(le: Relation, left: Interval, right: Interval) -> Answer:
    return _adjacent(le, end(left), start(right))


def _adjacent(le: Relation, last: Any, first: Any) -> Answer:
    """Whether `first` comes right behind `last`, at the precision of the points."""
    if last is None or first is None:
        return None
    return _eq(le, step(last, 1), first) if le is not_after else _eq(le, last, step(first, -1))


def _meets_after(le: Relation, left: Interval, right: Interval) -> Answer:
    return _adjacent(le, end(right), start(left))


def _meets(le: Relation, left: Interval, right: Interval) -> Answer:
    return any_of((_meets_before(le, left, right), _meets_after(le, left, right)))


def overlaps(le: Relation, left: Interval, right: Interval) -> Answer:
    """They have a point in common."""
    return all_of((le(start(left), end(right)), le(start(right), end(left))))


def _overlaps_before(le: Relation, left: Interval, right: Interval) -> Answer:
    return all_of((negate(le(start(right), start(left))), le(start(right), end(left))))


def _overlaps_after(le: Relation, left: Interval, right: Interval) -> Answer:
    return all_of((negate(le(end(left), end(right))), le(start(left), end(right))))


def _starts(le: Relation, left: Interval, right: Interval) -> Answer:
    return all_of((_eq(le, start(left), start(right)), le(end(left), end(right))))


def _ends(le: Relation, left: Interval, right: Interval) -> Answer:
    return all_of((le(start(right), start(left)), _eq(le, end(left), end(right))))


def included_in(le: Relation, left: Interval, right: Interval) -> Answer:
    """The first lies within the second."""
    return all_of((le(start(right), start(left)), le(end(left), end(right))))


def _includes(le: Relation, left: Interval, right: Interval) -> Answer:
    return included_in(le, right, left)


def _properly_included_in(le: Relation, left: Interval, right: Interval) -> Answer:
    return all_of((included_in(le, left, right), negate(_same_as(le, left, right))))


def _properly_includes(le: Relation, left: Interval, right: Interval) -> Answer:
    return _properly_included_in(le, right, left)


def contains(le: Relation, interval: Interval | None, point: Any) -> Answer:
    """Whether the point lies within; open bounds are excluded, a null bound is unbounded where closed (9.9.4)."""
    if interval is None:
        return False
    if point is None:
        return None
    return all_of((_above(le, interval, point), _below(le, interval, point)))


def _above(le: Relation, interval: Interval, point: Any) -> Answer:
    if interval.low is None:
        return True if interval.low_closed else None
    return le(interval.low, point) if interval.low_closed else negate(le(point, interval.low))


def _below(le: Relation, interval: Interval, point: Any) -> Answer:
    if interval.high is None:
        return True if interval.high_closed else None
    return le(point, interval.high) if interval.high_closed else negate(le(interval.high, point))


def _in(le: Relation, point: Any, interval: Interval | None) -> Answer:
    return contains(le, interval, point)


def _properly_contains(le: Relation, interval: Interval | None, point: Any) -> Answer:
    """The point lies within and is not all there is (9.9.22)."""
    if interval is None or point is None:
        return contains(le, interval, point)
    alone = all_of((_eq(le, start(interval), point), _eq(le, end(interval), point)))
    return all_of((contains(le, interval, point), negate(alone)))


def _properly_in(le: Relation, point: Any, interval: Interval | None) -> Answer:
    return _properly_contains(le, interval, point)


def _difference(high: Any, low: Any) -> Any:
    if high is None or low is None or Uncertainty in (type(high), type(low)):
        return None
    if type(high) is Quantity:
        return quantities.add(high, low, -1)
    found = high - low
    return Long(found) if type(high) is Long else found


def _width(interval: Interval) -> Any:
    """End minus start; null where either is not known (9.9.29 Width, the example of an open null bound)."""
    return _difference(end(interval), start(interval))


def _size(interval: Interval) -> Any:
    width = _width(interval)
    return None if width is None else step(width, 1)


def _point_from(interval: Interval) -> Any:
    low, high = start(interval), end(interval)
    if low is None or equal(low, high) is not True:
        raise EvaluationError("point from is defined only for an interval of a single point")
    return low


def _of(left: Interval, low: Any, high: Any, *, low_closed: bool = True, high_closed: bool = True) -> Interval:
    return Interval(low, high, low_closed, high_closed, left.point)


def _union(left: Interval, right: Interval) -> Interval | None:
    """One interval that covers both, where they overlap or meet."""
    if any_of((overlaps(not_after, left, right), _meets(not_after, left, right))) is not True:
        return None
    low = left if not_after(start(left), start(right)) else right
    high = left if not_after(end(right), end(left)) else right
    return _of(left, low.low, high.high, low_closed=low.low_closed, high_closed=high.high_closed)


def _later_start(left: Interval, right: Interval) -> Interval | None:
    if right.low is None and not right.low_closed:
        return right
    answer = not_after(start(left), start(right))
    return None if answer is None and left.low is not None else right if answer else left


def _earlier_end(left: Interval, right: Interval) -> Interval | None:
    """An unknown (open, null) end stays unknown in the intersection."""
    for one in (left, right):
        if one.high is None and not one.high_closed:
            return one
    answer = not_after(end(left), end(right))
    return None if answer is None else left if answer else right


def _intersect(left: Interval, right: Interval) -> Interval | None:
    """The part in common; None where there is none, or it cannot be told."""
    if overlaps(not_after, left, right) is False:
        return None
    low, high = _later_start(left, right), _earlier_end(left, right)
    if low is None or high is None:
        return None
    return _of(left, low.low, high.high, low_closed=low.low_closed, high_closed=high.high_closed)


def _except(left: Interval, right: Interval) -> Interval | None:
    """What of the first is not in the second, where that is a single interval."""
    if overlaps(not_after, left, right) is False:
        return left
    begins = negate(not_after(start(right), start(left)))
    finishes = negate(not_after(end(left), end(right)))
    if begins is True and finishes is False:
        return _of(left, left.low, step(start(right), -1), low_closed=left.low_closed)
    if finishes is True and begins is False:
        return _of(left, step(end(right), 1), left.high, high_closed=left.high_closed)
    return None


_COMPARED: Final = (INTERVAL, INTERVAL, BOOLEAN)
_TO_POINT: Final = (INTERVAL, T, BOOLEAN)
_FROM_POINT: Final = (T, INTERVAL, BOOLEAN)
_BOTH: Final = {
    "SameAs": _same_as, "Starts": _starts, "Ends": _ends, "Meets": _meets, "MeetsBefore": _meets_before,
    "MeetsAfter": _meets_after, "Overlaps": overlaps, "OverlapsBefore": _overlaps_before,
    "OverlapsAfter": _overlaps_after, "Includes": _includes, "IncludedIn": included_in,
    "ProperlyIncludes": _properly_includes, "ProperlyIncludedIn": _properly_included_in,
    "Before": before, "After": _after, "SameOrBefore": _same_or_before, "SameOrAfter": _same_or_after,
}  # fmt: skip
_POINT_RIGHT: Final = {
    "Before": _before_point, "After": _after_point, "SameOrBefore": _same_or_before_point,
    "SameOrAfter": _same_or_after_point,
}  # fmt: skip
_POINT_LEFT: Final = {
    "Before": _point_before, "After": _point_after, "SameOrBefore": _point_same_or_before,
    "SameOrAfter": _point_same_or_after,
}  # fmt: skip
_CONTAINING: Final = {"Contains": contains, "Includes": contains, "ProperlyIncludes": _properly_contains}
_CONTAINED: Final = {"In": _in, "IncludedIn": _in, "ProperlyIncludedIn": _properly_in}


def _related(table: dict[str, Any], signature: tuple[Type, ...], *, nulls: bool = False) -> list[Overload]:
    return [
        overload
        for name, function in table.items()
        for overload in overloads(name, function, signature, binding=Binding.RELATION, precision=True, nulls=nulls)
    ]


OVERLOADS: Final[list[Overload]] = [
    *_related(_CONTAINING, _TO_POINT, nulls=True),
    *_related(_CONTAINED, _FROM_POINT, nulls=True),
    *_related(_POINT_RIGHT, _TO_POINT),
    *_related(_POINT_LEFT, _FROM_POINT),
    *_related(_BOTH, _COMPARED),
    *overloads("Start", start, (INTERVAL, T)),
    *overloads("End", end, (INTERVAL, T)),
    *overloads("PointFrom", _point_from, (INTERVAL, T)),
    *overloads("Width", _width, *[(IntervalType(k), k) for k in (INTEGER, LONG, DECIMAL, QUANTITY)]),
    *overloads("Size", _size, *[(IntervalType(k), k) for k in (INTEGER, LONG, DECIMAL, QUANTITY)]),
    *overloads("Union", _union, (INTERVAL, INTERVAL, INTERVAL)),
    *overloads("Intersect", _intersect, (INTERVAL, INTERVAL, INTERVAL)),
    *overloads("Except", _except, (INTERVAL, INTERVAL, INTERVAL)),
]
