"""Conversions and tests of values by type, built once for each pair of types."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.calendar import ensure_offset
from precise_cal.engine.cql.resolve import widening
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    NOTHING,
    QUANTITY,
    RATIO,
    STRING,
    TIME,
    ChoiceType,
    IntervalType,
    ListType,
    TupleType,
    Type,
    plain,
)
from precise_cal.engine.cql.values import Interval, Long, Ratio, Tuple, Uncertainty
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    Converter = Callable[[int, Any], Any]
    Test = Callable[[Any], bool]

_CLASSES: Final[dict[Type, type | tuple[type, ...]]] = {
    BOOLEAN: bool, INTEGER: (int, Uncertainty), LONG: Long, DECIMAL: Decimal, STRING: str, DATE: Date,
    DATE_TIME: DateTime, TIME: Time, QUANTITY: Quantity, RATIO: Ratio,
}  # fmt: skip


def _simple(source: Type, target: Type) -> Converter | None:
    """Widening of simple values; of an uncertainty, both its bounds."""
    if widening(source, target) is None:
        return None
    point = _POINTS[target]

    def convert(offset: int, value: Any) -> Any:
        if type(value) is Uncertainty:
            return Uncertainty(point(offset, value.low), point(offset, value.high))
        return None if value is None else point(offset, value)

    return convert


def _to_date_time(offset: int, value: Date) -> DateTime:
    return DateTime(value.year, value.month, value.day, offset_minutes=offset)


_POINTS: Final[dict[Type, Converter]] = {
    LONG: lambda _, value: Long(value),
    DECIMAL: lambda _, value: Decimal(value),
    QUANTITY: lambda _, value: Quantity(Decimal(value), "1"),
    DATE_TIME: _to_date_time,
}


@lru_cache(maxsize=1024)
def converter(source: Type, target: Type) -> Converter | None:
    """What turns a value of the source type into the target type; None where it stays as it is."""
    source = plain(source)
    if source in (target, NOTHING, ANY) or target is ANY or isinstance(target, ChoiceType):
        return None
    if isinstance(source, ChoiceType):
        return narrower(target)
    if isinstance(source, ListType) and isinstance(target, ListType):
        return _list(converter(source.element, target.element))
    if isinstance(source, IntervalType) and isinstance(target, IntervalType):
        return _interval(converter(source.point, target.point), target.point)
    if isinstance(source, TupleType) and isinstance(target, TupleType):
        return _tuple({n: converter(k, t) for (n, k), (_, t) in zip(source.elements, target.elements, strict=True)})
    return _simple(source, target)


def _list(inner: Converter | None) -> Converter | None:
    if inner is None:
        return None

    def convert(offset: int, value: Any) -> Any:
        return None if value is None else tuple(inner(offset, element) for element in value)

    return convert


def _interval(inner: Converter | None, point: Type) -> Converter | None:
    if inner is None:
        return None

    def convert(offset: int, value: Any) -> Any:
        if value is None:
            return None
        low, high = inner(offset, value.low), inner(offset, value.high)
        return Interval(low, high, value.low_closed, value.high_closed, point)

    return convert


def _tuple(inner: dict[str, Converter | None]) -> Converter | None:
    if not any(inner.values()):
        return None

    def convert(offset: int, value: Any) -> Any:
        if value is None:
            return None
        return Tuple({n: v if (c := inner[n]) is None else c(offset, v) for n, v in value.elements.items()})

    return convert


@lru_cache(maxsize=256)
def tester(target: Type) -> Test:
    """Whether a value that is not null is of the type."""
    if target is ANY:
        return lambda _: True
    if isinstance(target, ChoiceType):
        tests = [tester(member) for member in target.choices]
        return lambda value: any(test(value) for test in tests)
    if isinstance(target, ListType):
        element = tester(target.element)
        return lambda value: type(value) is tuple and all(part is None or element(part) for part in value)
    if isinstance(target, IntervalType):
        return _interval_test(target)
    if isinstance(target, TupleType):
        return _tuple_test(target)
    classes = _CLASSES.get(plain(target))
    if classes is None:
        return lambda _: False
    return lambda value: type(value) in classes if isinstance(classes, tuple) else type(value) is classes


def _interval_test(target: IntervalType) -> Test:
    point = tester(target.point)

    def test(value: Any) -> bool:
        if type(value) is not Interval:
            return False
        bounds = [bound for bound in (value.low, value.high) if bound is not None]
        return all(map(point, bounds)) if bounds else value.point in (None, target.point)

    return test


def _tuple_test(target: TupleType) -> Test:
    tests = {name: tester(kind) for name, kind in target.elements}

    def test(value: Any) -> bool:
        if type(value) is not Tuple or value.elements.keys() != tests.keys():
            return False
        return all(part is None or tests[name](part) for name, part in value.elements.items())

    return test


@lru_cache(maxsize=256)
def narrower(target: Type) -> Converter:
    """The value if it is of the type, else null. An interval without bounds takes on the point type."""
    test = tester(target)

    def narrow(_offset: int, value: Any) -> Any:
        if value is None or not test(value):
            return None
        if isinstance(target, IntervalType) and value.point is None and target.point is not ANY:
            return Interval(value.low, value.high, value.low_closed, value.high_closed, target.point)
        return value

    return narrow


def with_offset(offset: int, value: Any) -> Any:
    """A date-time with the evaluation's offset where it has none."""
    return ensure_offset(value, offset) if type(value) is DateTime else value
