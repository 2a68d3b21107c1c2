"""Dates and times: comparison to a precision, arithmetic, durations and differences.

Definitions: CQL 1.5, 5.6 (uncertainty), 9.8 (date and time operators), appendix H (time interval calculations).
A partial value stands for the range of its completions; a result that depends on the completion is None or an
`Uncertainty`. A value to the second counts as `.0` unless milliseconds are asked for (9.1.6 DateTime).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.values import Uncertainty
from precise_cal.protocol.components import DAY_MS, HOUR_MS, MINUTE_MS, Precision, days_in_month
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

Temporal = Date | DateTime | Time

UNIT_MS: Final = {
    "week": 7 * DAY_MS, "day": DAY_MS, "hour": HOUR_MS, "minute": MINUTE_MS, "second": 1000, "millisecond": 1,
}  # fmt: skip
PRECISION: Final = {precision.name.lower(): precision for precision in Precision}


def ensure_offset(value: DateTime, offset: int) -> DateTime:
    """The instant with the evaluation's offset where it has none."""
    if value.offset_minutes is not None:
        return value
    return value.with_offset(offset)


def as_instant(value: Date | DateTime) -> DateTime:
    """A date as an instant of which the time of day is not known."""
    return DateTime(value.year, value.month, value.day) if isinstance(value, Date) else value


def at_offset(value: DateTime, offset: int) -> DateTime:
    """The same instant on the clock of another offset; a value without an hour is not moved."""
    own = value.offset_minutes
    if own is None or own == offset or value.precision < Precision.HOUR:
        return value
    moved = shift_ms(value, (offset - own) * MINUTE_MS)
    return moved.with_offset(offset) if isinstance(moved, DateTime) else value


def order(left: Temporal, right: Temporal) -> int | None:
    """-1, 0 or 1 as left is before, the same as, or after right; None while it depends on the completion."""
    left_low, left_high = left.span
    right_low, right_high = right.span
    if left_high < right_low:
        return -1
    if left_low > right_high:
        return 1
    return 0 if left_low == right_low and left_high == right_high else None


def order_to(left: Temporal, right: Temporal, precision: str, offset: int) -> int | None:
    """The order of two values of one type to a precision; None where a value does not reach it (9.8.2 After)."""
    if PRECISION[precision] >= Precision.HOUR and type(left) is DateTime and type(right) is DateTime:
        left, right = at_offset(left, offset), at_offset(right, offset)
    left_low, left_high = _steps(left, precision)
    right_low, right_high = _steps(right, precision)
    if left_high < right_low:
        return -1
    if left_low > right_high:
        return 1
    return 0 if left_low == left_high and right_low == right_high else None


def _steps(value: Temporal, precision: str) -> tuple[int, int]:
    """First and last count of whole units of the precision on the local calendar."""
    if precision in {"year", "month"}:
        assert not isinstance(value, Time)
        if value.precision == Precision.NOTHING:
            first, last = _extremes(value)
            return _steps(first, precision)[0], _steps(last, precision)[1]
        months = value.year * 12
        low, high = months + (value.month or 1) - 1, months + (value.month or 12) - 1
        return (low // 12, high // 12) if precision == "year" else (low, high)
    unit = UNIT_MS[precision]
    if type(value) is Date:
        return (value.low * DAY_MS) // unit, (value.high * DAY_MS) // unit
    return value.low // unit, value.high // unit


def shift_ms(value: Temporal, milliseconds: int) -> Temporal | None:
    """The value moved on its clock, its precision kept; None beyond the calendar. A time of day wraps around."""
    try:
        if type(value) is DateTime and value.precision is Precision.SECOND:
            return value.to_second(value.low + milliseconds)
        if isinstance(value, Time):
            moved: Temporal = Time.from_milliseconds((value.low + milliseconds) % DAY_MS)
        elif isinstance(value, Date):
            moved = Date.from_ordinal(value.low + milliseconds // DAY_MS)
        else:
            moved = DateTime.from_milliseconds(value.low + milliseconds, value.offset_minutes)
    except ValueError:
        return None
    return truncate(moved, value.precision)


def truncate(value: Temporal, precision: int) -> Temporal:
    """The value with nothing finer than the precision."""
    if value.precision in (precision, Precision.NOTHING):
        return value
    first = Precision.HOUR if isinstance(value, Time) else Precision.YEAR
    kept = max(precision - first + 1, 1)
    components = tuple(c if place < kept else None for place, c in enumerate(value.components))
    make: Callable[..., Temporal] = type(value)
    return make(*components, value.offset_minutes) if isinstance(value, DateTime) else make(*components)


def _add_months(value: Date | DateTime, months: int) -> Date | DateTime | None:
    """Calendar months on; the last day of the month where the day does not exist (5.6.2)."""
    year, month = divmod(value.year * 12 + (value.month or 1) - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    new_month = None if value.month is None else month + 1
    new_day = None if value.day is None else min(value.day, days_in_month(year, month + 1))
    if isinstance(value, Date):
        return Date(year, new_month, new_day)
    time = value.hour, value.minute, value.second, value.millisecond
    return DateTime(year, new_month, new_day, *time, value.offset_minutes)


def add(value: Temporal, amount: int, unit: str) -> Temporal | None:
    """The value some calendar units later. None beyond the calendar.

    A unit finer than the value is first made one of the value's own precision, truncating: 12 months and 365 days to
    the year, 30 days to the month, 24 hours to the day (9.8.1 Add).
    """
    if value.precision == Precision.NOTHING:
        return value
    if unit == "year":
        amount, unit = amount * 12, "month"
    if not isinstance(value, Time) and (unit == "month" or value.precision < Precision.DAY):
        return _add_months(value, _whole_months(amount, unit, value.precision))
    return shift_ms(value, _whole_ms(amount * UNIT_MS[unit], value.precision))


def _whole_months(amount: int, unit: str, precision: int) -> int:
    if unit != "month":
        days = _quotient(amount * UNIT_MS[unit], DAY_MS)
        return _quotient(days, 365) * 12 if precision == Precision.YEAR else _quotient(days, 30)
    return _quotient(amount, 12) * 12 if precision == Precision.YEAR else amount


_SIZES: Final = {Precision.DAY: DAY_MS, Precision.HOUR: HOUR_MS, Precision.MINUTE: MINUTE_MS, Precision.SECOND: 1000}
"""The milliseconds of what a value is known to."""


def _whole_ms(milliseconds: int, precision: Precision) -> int:
    size = _SIZES.get(precision, 1)
    return _quotient(milliseconds, size) * size


def _quotient(amount: int, size: int) -> int:
    """Division that truncates towards zero."""
    return amount // size if amount >= 0 else -(-amount // size)


def first_completion(value: Temporal) -> Temporal:
    """The first complete value meant."""
    return _extremes(value)[0]


def last_completion(value: Temporal) -> Temporal:
    """The last complete value meant, to the millisecond."""
    if isinstance(value, Date):
        return Date.from_ordinal(value.high)
    if isinstance(value, Time):
        return Time.from_milliseconds(value.high)
    return DateTime.from_milliseconds(value.high, value.offset_minutes)


def _extremes(value: Temporal) -> tuple[Temporal, Temporal]:
    """The first and the last complete value meant."""
    if isinstance(value, Date):
        if value.low == value.high:
            return value, value
        return Date.from_ordinal(value.low), Date.from_ordinal(value.high)
    high = value.low if value.precision == Precision.SECOND else value.high
    if isinstance(value, Time):
        return Time.from_milliseconds(value.low), Time.from_milliseconds(high)
    offset = value.offset_minutes
    return DateTime.from_milliseconds(value.low, offset), DateTime.from_milliseconds(high, offset)


def duration(left: Temporal, right: Temporal, unit: str, offset: int) -> int | Uncertainty:
    """Whole calendar units from left to right, an uncertainty where that depends on the completion (9.8.9)."""
    if isinstance(left, DateTime) and isinstance(right, DateTime):
        left, right = at_offset(left, offset), at_offset(right, offset)
    (left_first, left_last), (right_first, right_last) = _extremes(left), _extremes(right)
    low = _duration(left_last, right_first, unit)
    return Uncertainty.of(low, _duration(left_first, right_last, unit))


def _duration(left: Temporal, right: Temporal, unit: str) -> int:
    if left.low > right.low:
        return -_duration(right, left, unit)
    if unit in {"year", "month"}:
        return _whole_calendar(left, right) // (12 if unit == "year" else 1)
    span = (right.low - left.low) * (DAY_MS if isinstance(left, Date) else 1)
    return span // UNIT_MS[unit]


def _whole_calendar(left: Temporal, right: Temporal) -> int:
    """Whole months from an earlier to a later complete value (appendix H)."""
    assert not isinstance(left, Time)
    assert not isinstance(right, Time)
    months = (right.year - left.year) * 12 + (right.month or 1) - (left.month or 1)
    reached = _add_months(left, months)
    return months - 1 if reached is None or reached.low > right.low else months


def difference(left: Temporal, right: Temporal, unit: str, offset: int) -> int | Uncertainty:
    """Boundaries of the unit crossed from left to right; weeks begin on Sunday (9.8.8 Difference)."""
    if unit == "day" and type(left) is type(right) is Date and left.low == left.high and right.low == right.high:
        return right.low - left.low
    fine = unit in {"hour", "minute", "second", "millisecond"}
    if fine and isinstance(left, DateTime) and isinstance(right, DateTime):
        left, right = at_offset(left, offset), at_offset(right, offset)
    (left_first, left_last), (right_first, right_last) = _extremes(left), _extremes(right)
    low = _boundary(right_first, unit) - _boundary(left_last, unit)
    high = _boundary(right_last, unit) - _boundary(left_first, unit)
    return Uncertainty.of(low, high)


def _boundary(value: Temporal, unit: str) -> int:
    if unit == "week":
        day = value.low if isinstance(value, Date) else value.low // DAY_MS
        return day // 7  # the ordinal of a Sunday is a multiple of seven
    return _steps(value, unit)[0]


def successor(value: Temporal, step: int) -> Temporal | None:
    """The next (`step` 1) or previous (-1) value of the same precision; None beyond the last or first one."""
    if isinstance(value, Time):
        size = _whole_unit(value.precision)
        moved = value.low + step * size
        return shift_ms(value, step * size) if 0 <= moved < DAY_MS else None
    return add(value, step, Precision(value.precision).name.lower())


def _whole_unit(precision: int) -> int:
    return UNIT_MS[Precision(precision).name.lower()]
