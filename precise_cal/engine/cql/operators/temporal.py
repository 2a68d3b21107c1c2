"""Date and time operators (CQL 1.5, 9.8)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar, quantities
from precise_cal.engine.cql.comparison import negate
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.operators.overload import Binding, Overload, overloads
from precise_cal.engine.cql.points import end, start
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    QUANTITY,
    TIME,
    IntervalType,
    Type,
)
from precise_cal.engine.cql.values import EXACT, Uncertainty, exponent
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.components import Precision
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from precise_cal.engine.cql.state import State
    from precise_cal.protocol.quantity import Quantity

    Relation = Callable[[Any, Any], bool | None]

_KEPT: Final = 64
"""Amounts by which a last move is kept."""
_KINDS: Final = {Date: "Date", DateTime: "DateTime", Time: "Time"}


def shift(sign: int) -> Callable[[Any, Quantity], Any]:
    """Addition (`sign` 1) or subtraction (-1) of a calendar duration; raises `EvaluationError` where it has none.

    What was moved last by an amount is kept: a condition asks for the same end of a window at every item of a list.
    """
    last: dict[int, tuple[Any, Quantity, Any]] = {}

    def move(value: Any, amount: Quantity) -> Any:
        known = last.get(id(amount))
        if known is not None and known[0] is value and known[1] is amount:
            return known[2]
        if len(last) > _KEPT:
            last.clear()
        moved = moved_by(value, amount)
        last[id(amount)] = value, amount, moved
        return moved

    def moved_by(value: Any, amount: Quantity) -> Any:
        if type(value) is Uncertainty:
            return Uncertainty.of(moved_by(value.low, amount), moved_by(value.high, amount))
        unit = quantities.calendar_unit(amount.unit)
        if unit is None:
            raise EvaluationError(
                message("{ $amount } is not a calendar duration: years, months, weeks, days, hours …", amount=amount)
            )
        if not applies(unit, type(value)):
            raise EvaluationError(
                message(
                    "{ $amount } cannot be added to a { $kinds }", amount=amount, kinds=Verbatim(_KINDS[type(value)])
                )
            )
        moved = calendar.add(value, sign * int(amount.value.to_integral_value(ROUND_DOWN)), unit)
        if moved is None:
            raise EvaluationError(
                message(
                    "{ $value } { $value_2 } { $amount } lies outside the years 0001 to 9999",
                    value=value,
                    value_2="+" if sign > 0 else "-",
                    amount=amount,
                )
            )
        return moved

    return move


def applies(unit: str, kind: type) -> bool:
    """Whether a calendar unit or precision means something for the type."""
    fine = unit in {"hour", "minute", "second", "millisecond"}
    return fine if kind is Time else kind is DateTime or not fine


def _listed(components: Iterable[Any]) -> str:
    return ", ".join("null" if one is None else str(one) for one in components)


def _construct(kind: type[Date | Time]) -> Callable[..., Any]:
    make: Callable[..., Date | Time] = kind

    def build(*components: int | None) -> Any:
        if components[0] is None:
            return None
        try:
            return make(*components)
        except ValueError as problem:
            raise EvaluationError(f"{kind.__name__}({_listed(components)}): {problem}") from None

    return build


def _date_time(default: int, *components: Any) -> DateTime | None:
    *stated, hours = components if len(components) == 8 else (*components, None)
    if stated[0] is None:
        return None
    try:
        return DateTime(*stated).with_offset(default if hours is None else int(hours * 60))
    except ValueError as problem:
        raise EvaluationError(
            message("DateTime({ $listed }): { $problem }", listed=_listed(stated), problem=problem)
        ) from None


def _component(precision: str, _offset: int) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        is_open = type(value) is Uncertainty or value.precision == Precision.NOTHING
        found: int | None = None if is_open else getattr(value, precision)
        return found

    return read


def _date_from(value: DateTime) -> Date:
    return value.date


def _time_from(default: int, value: DateTime) -> Time | None:
    value = calendar.at_offset(value, default)
    if value.hour is None:
        return None
    return Time(value.hour, value.minute, value.second, value.millisecond)


def _offset_from(value: DateTime) -> Decimal | None:
    if value.offset_minutes is None:
        return None
    return EXACT.divide(Decimal(value.offset_minutes), Decimal(60)).quantize(Decimal("0.01"))


def _span(calculate: Callable[..., Any]) -> Callable[..., Any]:
    def bind(precision: str, offset: int) -> Callable[[Any, Any], Any]:
        def between(left: Any, right: Any) -> Any:
            if type(left) is Uncertainty or type(right) is Uncertainty:
                (left_low, left_high), (right_low, right_high) = (
                    Uncertainty.bounds(left),
                    Uncertainty.bounds(right),
                )
                low, high = between(left_high, right_low), between(left_low, right_high)
                return Uncertainty.of(Uncertainty.bounds(low)[0], Uncertainty.bounds(high)[1])
            return calculate(left, right, precision, offset)

        return between

    return bind


def _span_of(calculate: Callable[..., Any]) -> Callable[..., Any]:
    def bind(precision: str, offset: int) -> Callable[[Any], Any]:
        between = _span(calculate)(precision, offset)

        def of(interval: Any) -> Any:
            low, high = start(interval), end(interval)
            return None if low is None or high is None else between(low, high)

        return of

    return bind


def _same_as(le: Relation, left: Any, right: Any) -> bool | None:
    one = le(left, right)
    if one is False:
        return False
    other = le(right, left)
    return other if one else False if other is False else None


def _same_or_before(le: Relation, left: Any, right: Any) -> bool | None:
    return le(left, right)


def _same_or_after(le: Relation, left: Any, right: Any) -> bool | None:
    return le(right, left)


def _before(le: Relation, left: Any, right: Any) -> bool | None:
    return negate(le(right, left))


def _after(le: Relation, left: Any, right: Any) -> bool | None:
    return negate(le(left, right))


def now(state: State) -> DateTime | None:
    """The time of the evaluation; unknown where a record has no cut-off and none was given."""
    return state.now


def today(state: State) -> Date | None:
    """The day of the evaluation, on the clock of the study."""
    return None if state.now is None else calendar.at_offset(state.now, state.utc_offset_minutes).date


def _time_of_day(state: State) -> Time | None:
    return None if state.now is None else _time_from(state.utc_offset_minutes, state.now)


def _boundary(side: int) -> Callable[..., Any]:
    """`HighBoundary` (1) and `LowBoundary` (0): to a number of digits, at most those of the type (9.6.9, 9.6.11)."""

    def find(value: Any, digits: int | None = None) -> Any:
        if value is None:
            return None
        if isinstance(value, Decimal):
            return _decimal_boundary(value, 8 if digits is None else digits, side)
        places = _DIGITS[type(value)]
        precision = max(places.values()) if digits is None else digits
        reached = next((unit for unit, count in places.items() if count == precision), None)
        if reached is None:
            return None
        complete = (calendar.first_completion, calendar.last_completion)[side](value)
        return calendar.truncate(complete, reached)

    return find


def _decimal_boundary(value: Decimal, digits: int, side: int) -> Decimal | None:
    """Filled with nines or zeros (9.6.9 HighBoundary: the greatest possible value with these digits)."""
    if not 0 <= digits <= 8:
        return None
    unit = Decimal(1).scaleb(-digits)
    places = -exponent(value)
    floor = value.quantize(unit, rounding=ROUND_DOWN, context=EXACT)
    outwards = (side == 1) == (value >= 0)
    if not outwards or digits <= places:
        return floor
    filled = EXACT.subtract(Decimal(1).scaleb(-places), unit)
    return floor + filled if value >= 0 else floor - filled


def _digits(value: Any) -> int:
    """Digits of precision: behind the point of a Decimal, all of a date or time (9.6.16 Precision)."""
    if isinstance(value, Decimal):
        return max(-exponent(value), 0)
    return _DIGITS[type(value)][value.precision]


_DATE_DIGITS: Final = {Precision.NOTHING: 0, Precision.YEAR: 4, Precision.MONTH: 6, Precision.DAY: 8}
_TIME_DIGITS: Final = {Precision.HOUR: 2, Precision.MINUTE: 4, Precision.SECOND: 6, Precision.MILLISECOND: 9}
_DIGITS: Final[dict[type, dict[Precision, int]]] = {
    Date: _DATE_DIGITS,
    Time: _TIME_DIGITS,
    DateTime: {**_DATE_DIGITS, **{unit: count + 8 for unit, count in _TIME_DIGITS.items()}},
}
_TYPES: Final[tuple[Type, ...]] = (DATE, DATE_TIME, TIME)
_COMPARED: Final[list[tuple[Type, ...]]] = [(kind, kind, BOOLEAN) for kind in _TYPES]
_SPANNED: Final[list[tuple[Type, ...]]] = [(kind, kind, INTEGER) for kind in _TYPES]
_SPANS: Final[list[tuple[Type, ...]]] = [(IntervalType(kind), INTEGER) for kind in _TYPES]
_SHIFTED: Final[list[tuple[Type, ...]]] = [(kind, QUANTITY, kind) for kind in _TYPES]
_BOUNDARY: Final[list[tuple[Type, ...]]] = [
    signature for kind in (DECIMAL, *_TYPES) for signature in ((kind, kind), (kind, INTEGER, kind))
]
_RELATIONS: Final = {
    "SameAs": _same_as,
    "SameOrBefore": _same_or_before,
    "SameOrAfter": _same_or_after,
    "Before": _before,
    "After": _after,
}
_PRECISE: Final[dict[str, Any]] = {"binding": Binding.PRECISION, "precision": True}

OVERLOADS: Final[list[Overload]] = [
    *overloads("Add", shift(1), *_SHIFTED),
    *overloads("Subtract", shift(-1), *_SHIFTED),
    *[
        o
        for name, function in _RELATIONS.items()
        for o in overloads(name, function, *_COMPARED, binding=Binding.RELATION, precision=True)
    ],
    *overloads("Date", _construct(Date), *[(*[INTEGER] * n, DATE) for n in range(1, 4)], nulls=True),
    *overloads("Time", _construct(Time), *[(*[INTEGER] * n, TIME) for n in range(1, 5)], nulls=True),
    *overloads(
        "DateTime",
        _date_time,
        *[(*[INTEGER] * n, DATE_TIME) for n in range(1, 8)],
        (*[INTEGER] * 7, DECIMAL, DATE_TIME),
        nulls=True,
        binding=Binding.OFFSET,
    ),
    *overloads("ComponentFrom", _component, *[(kind, INTEGER) for kind in _TYPES], **_PRECISE),
    *overloads("DateFrom", _date_from, (DATE_TIME, DATE)),
    *overloads("TimeFrom", _time_from, (DATE_TIME, TIME), binding=Binding.OFFSET),
    *overloads("TimezoneOffsetFrom", _offset_from, (DATE_TIME, DECIMAL)),
    *overloads("DurationBetween", _span(calendar.duration), *_SPANNED, **_PRECISE),
    *overloads("DifferenceBetween", _span(calendar.difference), *_SPANNED, **_PRECISE),
    *overloads("DurationOf", _span_of(calendar.duration), *_SPANS, **_PRECISE),
    *overloads("DifferenceOf", _span_of(calendar.difference), *_SPANS, **_PRECISE),
    *overloads("Now", now, (DATE_TIME,), binding=Binding.STATE),
    *overloads("Today", today, (DATE,), binding=Binding.STATE),
    *overloads("TimeOfDay", _time_of_day, (TIME,), binding=Binding.STATE),
    *overloads("LowBoundary", _boundary(0), *_BOUNDARY, nulls=True),
    *overloads("HighBoundary", _boundary(1), *_BOUNDARY, nulls=True),
    *overloads("Precision", _digits, *[(kind, INTEGER) for kind in (DECIMAL, *_TYPES)]),
]
