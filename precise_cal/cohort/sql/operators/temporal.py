"""Dates and instants as bounds: order, days, calendar sums and durations (`engine.cql.calendar`).

How exactly a date or an instant is known shows in how far its bounds lie apart: 0 days, up to 30 for a month, more for
a year; nothing for an instant to the second, 59,999 ms to the minute, a day less a millisecond to the day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.layout.exact import DAY_WIDTH, MINUTE_WIDTH
from precise_cal.cohort.sql.expressions import FALSE, NULL, TRUE, and_, call, case, equal, less, lit, not_, or_, plus
from precise_cal.cohort.sql.graph import Expr
from precise_cal.cohort.sql.operators.operands import single
from precise_cal.cohort.sql.values import NotCompiledError, Value, nothing
from precise_cal.engine.cql.quantities import calendar_unit
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.components import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.operators.operands import Handler
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree
    from precise_cal.protocol.quantity import Quantity

Bounds = tuple[Expr, Expr]

_MONTH_WIDTH: Final = 31
"""More days than lie between the bounds of a month."""
_UNIT_MS: Final = {"week": 7 * DAY_MS, "day": DAY_MS, "hour": HOUR_MS, "minute": MINUTE_MS, "second": 1000}
_MAX_DAYS: Final = 200 * 366
_SHIFT: Final = 200_000
"""Days added before a division and taken away after it, so that it never meets a negative number."""


def on_line(value: Value) -> Bounds:
    """First and last point on the line on which values are ordered."""
    low, high = value.parts[-2:]
    return low, high


def equal_bounds(left: Bounds, right: Bounds) -> Expr:
    """`=`: false where they lie apart, true where the bounds are the same (`calendar.order`)."""
    apart = or_(less(left[1], right[0]), less(right[1], left[0]))
    same = and_(equal(left[0], right[0]), equal(left[1], right[1]))
    return case(apart, FALSE, case(same, TRUE, NULL))


def not_after_bounds(left: Bounds, right: Bounds) -> Expr:
    """`<=`."""
    same = and_(equal(left[0], right[0]), equal(left[1], right[1]))
    return case(less(left[1], right[0]), TRUE, case(less(right[1], left[0]), FALSE, case(same, TRUE, NULL)))


def not_after_days(left: Bounds, right: Bounds) -> Expr:
    """`<=` to the day (`calendar.order_to`): known where both days are, or where they lie apart."""
    certain = and_(equal(left[0], left[1]), equal(right[0], right[1]))
    return case(less(left[1], right[0]), TRUE, case(less(right[1], left[0]), FALSE, case(certain, TRUE, NULL)))


def days(value: Value) -> Bounds:
    """First and last day meant, on the clock of the study."""
    low, high = value.parts[:2]
    if value.kind == "Date":
        return low, high
    return day_of(low), day_of(high)


def day_of(instant: Expr) -> Expr:
    """The day of a millisecond."""
    return call("day_of", instant, lit(DAY_MS), lit(_SHIFT))


# ---- sums ----


def moved(typed: tree.Call, value: Value, amount: Quantity, sign: int) -> Value:
    """A calendar duration later or earlier, to the precision of the value (9.8.1 Add)."""
    unit = calendar_unit(amount.unit)
    number = sign * int(amount.value)
    if unit == "year":
        unit, number = "month", number * 12
    if unit not in ("month", *_UNIT_MS) or (value.kind == "Date" and unit in ("hour", "minute", "second")):
        raise NotCompiledError(
            message("{ $name } of { $amount }", name=Verbatim(typed.name), amount=Verbatim(amount)), typed
        )
    if abs(number) * (31 if unit == "month" else _UNIT_MS[unit] / DAY_MS) > _MAX_DAYS:
        raise NotCompiledError(
            message("{ $name } of { $amount }, which is too long", name=Verbatim(typed.name), amount=Verbatim(amount)),
            typed,
        )
    if value.kind == "Date":
        return Value("Date", _moved_days(value.parts[0], value.parts[1], number, unit))
    low, high = value.parts[:2]
    if value.parts[2:] != (low, high):
        raise NotCompiledError(
            message("{ $name } of { $amount } and the cut-off", name=Verbatim(typed.name), amount=Verbatim(amount)),
            typed,
        )
    if unit == "month":
        first, last = _moved_days(*days(value), number, unit)
        bounds = _at_time_of(first, low), _at_time_of(last, high)
    else:
        bounds = _moved_instant(low, high, number * _UNIT_MS[unit])
    return Value("DateTime", (*bounds, *bounds))


def _quotient(amount: int, size: int) -> int:
    """Division that truncates towards zero."""
    return amount // size if amount >= 0 else -(-amount // size)


def _moved_days(low: Expr, high: Expr, number: int, unit: str) -> Bounds:
    whole = number if unit == "month" else _quotient(number * _UNIT_MS[unit], DAY_MS)
    months = whole if unit == "month" else _quotient(whole, 30)
    years = _quotient(whole, 12) if unit == "month" else _quotient(whole, 365)
    width = call("sub", high, low)
    by_day = _months_on(low, whole) if unit == "month" else plus(low, whole)
    by_month, by_year = (call("rare", _months_on(low, number)) for number in (months, years * 12))
    first = case(equal(low, high), by_day, case(less(width, lit(_MONTH_WIDTH)), by_month, by_year))
    ends = case(
        less(width, lit(_MONTH_WIDTH)),
        call("rare", call("month_end", by_month)),
        call("rare", call("year_end", by_year)),
    )
    return first, case(equal(low, high), by_day, ends)


def _months_on(day: Expr, months: int) -> Expr:
    return call("add_months", day, lit(months)) if months else day


def _moved_instant(low: Expr, high: Expr, milliseconds: int) -> Bounds:
    """By hours or days; what is known to the day moves by whole days, to a month or a year by whole ones."""
    width = call("sub", high, low)
    days = _quotient(milliseconds, DAY_MS)
    if _quotient(days, 30) != 0:
        raise NotCompiledError("a sum of an instant and a month or more")
    minutes = _quotient(milliseconds, MINUTE_MS) * MINUTE_MS
    exact = less(width, lit(MINUTE_WIDTH))
    shift = case(
        exact, lit(milliseconds), case(less(width, lit(DAY_WIDTH)), lit(minutes), case(
            equal(width, lit(DAY_WIDTH)), lit(days * DAY_MS), lit(0)))
    )  # fmt: skip
    return call("add", low, shift), call("add", high, shift)


def _at_time_of(day: Expr, instant: Expr) -> Expr:
    """The millisecond of a day at the time of day of another millisecond."""
    return call("add", _midnight(day), call("time_of", instant, lit(DAY_MS), lit(_SHIFT)))


def _midnight(day: Expr) -> Expr:
    return call("mul", call("wide", day), lit(DAY_MS))


# ---- operators ----


def _to_instant(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    """A date as an instant of which the time of day is not known."""
    value = single(typed, operands[0])
    if value.kind in ("DateTime", "null"):
        return value if value.kind == "DateTime" else nothing("DateTime")
    if value.kind != "Date":
        raise NotCompiledError(message("an instant made of { $kind }", kind=Verbatim(value.kind)), typed)
    low, high = value.parts[:2]
    bounds = _midnight(low), call("add", _midnight(high), lit(DAY_WIDTH))
    return Value("DateTime", (*bounds, *bounds))


def _date_from(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    return Value("Date", days(single(typed, operands[0])))


def _component(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    """A component, unknown where the value is not known as exactly."""
    value = single(typed, operands[0])
    if value.kind not in ("Date", "DateTime"):
        raise NotCompiledError(
            message("{ $precision } from { $kind }", precision=Verbatim(typed.precision), kind=Verbatim(value.kind)),
            typed,
        )
    found = _time_component(typed, value) if typed.precision in _TIMES else _day_component(typed, value)
    return Value("Integer", (found, found))


_TIMES: Final = {
    "hour": (HOUR_MS, 24, DAY_WIDTH),
    "minute": (MINUTE_MS, 60, DAY_WIDTH),
    "second": (1000, 60, MINUTE_WIDTH),
}


def _time_component(typed: tree.Call, value: Value) -> Expr:
    low, high = value.parts[:2]
    size, number, width = _TIMES[typed.precision or ""]
    since = call("time_of", low, lit(DAY_MS), lit(_SHIFT))
    found = call("mod", call("div", since, lit(size)), lit(number))
    return case(less(call("sub", high, low), lit(width)), found, lit(None, "integer"))


def _day_component(typed: tree.Call, value: Value) -> Expr:
    low, high = days(value)
    if typed.precision not in ("year", "month", "day"):
        raise NotCompiledError(
            message("{ $precision } from { $kind }", precision=Verbatim(typed.precision), kind=Verbatim(value.kind)),
            typed,
        )
    found = call(typed.precision, low)
    if typed.precision == "year":
        return found
    known = equal(low, high) if typed.precision == "day" else less(call("sub", high, low), lit(_MONTH_WIDTH))
    return case(known, found, lit(None, "integer"))


def _difference(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    """Days from one date to another, a range where one is partial."""
    left, right = _dates(typed, operands)
    return Value("Integer", (call("sub", right[0], left[1]), call("sub", right[1], left[0])))


def _duration(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    """Whole years from one date to another, a range where one is partial."""
    left, right = _dates(typed, operands, ("day", "month", "year"))
    if typed.precision == "day":
        return _difference(context, typed, operands)
    return Value("Integer", tuple(_whole(typed, *pair) for pair in ((left[1], right[0]), (left[0], right[1]))))


def _whole(typed: tree.Call, left: Expr, right: Expr) -> Expr:
    """Whole months or years between two days (appendix H); backwards, the same with the sign changed."""
    size = lit(12 if typed.precision == "year" else 1)
    forwards = call("div", call("months", left, right), size)
    backwards = call("rare", call("neg", call("div", call("months", right, left), size)))
    return case(not_(less(right, left)), forwards, backwards)


def _dates(typed: tree.Call, operands: Sequence[SqlValue], units: tuple[str, ...] = ("day",)) -> tuple[Bounds, Bounds]:
    left, right = (single(typed, operand) for operand in operands)
    left, right = (nothing("Date") if one.kind == "null" else one for one in (left, right))
    if left.kind != "Date" or right.kind != "Date" or typed.precision not in units:
        raise NotCompiledError(
            message(
                "{ $name } in { $precision }s of { $kind } and { $kind_2 }",
                name=Verbatim(typed.name),
                precision=Verbatim(typed.precision),
                kind=Verbatim(left.kind),
                kind_2=Verbatim(right.kind),
            ),
            typed,
        )
    return days(left), days(right)


def _now(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    return context.now


def _today(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    return Value("Date", days(context.now))


HANDLERS: Final[dict[str, Handler]] = {
    "ToDateTime": _to_instant,
    "DateFrom": _date_from,
    "ComponentFrom": _component,
    "DifferenceBetween": _difference,
    "DurationBetween": _duration,
    "Now": _now,
    "Today": _today,
}
