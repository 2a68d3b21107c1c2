"""Types at run time: tests and casts of values, implicit conversions, and values that are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.points import end, start
from precise_cal.engine.cql.types import (
    ANY,
    NOTHING,
    ChoiceType,
    ClassType,
    IntervalType,
    ListType,
    TupleType,
    Type,
)
from precise_cal.engine.cql.values import Interval, Ratio, Tuple
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def make_interval(low: Any, high: Any, low_closed: bool, high_closed: bool, point: Type) -> Interval | None:
    """An interval. Raises `EvaluationError` where it would end before it starts; null where both bounds are Any."""
    from precise_cal.engine.cql.comparison import not_after

    if point is NOTHING:
        return None
    made = Interval(low, high, low_closed, high_closed, point)
    if low is not None and high is not None and not_after(start(made), end(made)) is False:
        raise EvaluationError(
            message("the interval from { $low } to { $high } ends before it starts", low=low, high=high)
        )
    return made


def make_quantity(elements: Mapping[str, Any]) -> Quantity | None:
    """A quantity of its elements; null without a value, dimensionless without a unit."""
    value = elements.get("value")
    return None if value is None else Quantity(value, elements.get("unit") or "1")


def make_ratio(elements: Mapping[str, Any]) -> Ratio | None:
    """A ratio of its elements; null while either is."""
    numerator, denominator = elements.get("numerator"), elements.get("denominator")
    return None if numerator is None or denominator is None else Ratio(numerator, denominator)


def is_of(value: Any, kind: Type) -> bool:
    """Whether a runtime value is of a type."""
    from precise_cal.engine.cql.operators.conversion import _CLASSES

    if kind is ANY:
        return True
    if isinstance(kind, ChoiceType):
        return any(is_of(value, one) for one in kind.choices)
    if isinstance(kind, ListType):
        return isinstance(value, tuple) and all(one is None or is_of(one, kind.element) for one in value)
    if isinstance(kind, IntervalType):
        return isinstance(value, Interval) and all(
            one is None or is_of(one, kind.point) for one in (value.low, value.high)
        )
    if isinstance(kind, TupleType):
        return isinstance(value, Tuple) and set(value.elements) == {name for name, _ in kind.elements}
    if isinstance(kind, ClassType):
        return type(value).__name__ == kind.name
    expected = next((known for type_, known in _CLASSES.items() if type_ == kind), None)
    return type(value) is expected


def cast(value: Any, kind: Type, strict: bool) -> Any:
    """The value where it is of the type, else null; an error if `strict`."""
    if value is None or is_of(value, kind):
        return value
    if strict:
        raise EvaluationError(message("the value is not of type { $kind }", kind=Verbatim(kind)))
    return None


def converter(source: Type, target: Type) -> Callable[[Any], Any]:
    """The implicit conversion of values of one type to another, inside lists, intervals and tuples too."""
    from precise_cal.engine.cql.resolve import resolve, widening

    if source == target or target is ANY:
        return _same
    if source is ANY or (isinstance(source, ChoiceType) and not isinstance(target, ChoiceType)):
        return lambda value: value if is_of(value, target) else None
    name = widening(source, target)
    if name is not None:
        found = resolve(name, (source,))
        assert found is not None
        function = found.overload.function
        return function if name != "ToDateTime" else lambda value: function(0, value)
    if isinstance(source, ListType) and isinstance(target, ListType):
        inner = converter(source.element, target.element)
        return lambda values: tuple([None if one is None else inner(one) for one in values])
    if isinstance(source, IntervalType) and isinstance(target, IntervalType):
        return _interval_converter(converter(source.point, target.point), target.point)
    if isinstance(source, TupleType) and isinstance(target, TupleType):
        changes = {name: converter(kind, target.element(name) or kind) for name, kind in source.elements}
        return lambda value: Tuple({n: None if v is None else changes[n](v) for n, v in value.elements.items()})
    return _same


def _interval_converter(inner: Callable[[Any], Any], point: Type) -> Callable[[Interval], Interval]:
    def convert(value: Interval) -> Interval:
        low = None if value.low is None else inner(value.low)
        high = None if value.high is None else inner(value.high)
        return Interval(low, high, value.low_closed, value.high_closed, point)

    return convert


def _same(value: Any) -> Any:
    return value
