"""Calendar values of stated precision: `Date`, `DateTime` and `Time`, complete or partial.

A partial value stands for every instant that completes it: `1956-05` is some day of May 1956. Each value
therefore carries the first and the last instant it may mean, `low` and `high`, as whole days or milliseconds, and
`span`, the two by which it is compared with others: milliseconds of UTC for an instant, and a value to the second
counts as `.0` (CQL 1.5, 9.1.6).
The text form is ISO 8601, extended format, years 0001 to 9999. Values are immutable; Python equality is
structural.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import field
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any, Final, Self, TypeVar

from precise_cal.protocol.immutable import immutable

_Value = TypeVar("_Value")
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
MAX_OFFSET: Final = 14 * 60
"""Largest distance of local time from UTC, in minutes."""


class Precision(IntEnum):
    """The finest component that a value states."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    MILLISECOND = 7


_NO_SHIFT: Final = timedelta(0)
_FIRST: Final = (1, 1, 1, 0, 0, 0, 0)
_LAST: Final = (9999, 12, 31, 23, 59, 59, 999)
_NAMES: Final = tuple(member.name.lower() for member in Precision)
_DATE: Final = r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
_TIME: Final = r"(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?"
_DATE_TEXT: Final = re.compile(_DATE, re.ASCII)
_TIME_TEXT: Final = re.compile(_TIME, re.ASCII)
_DATE_TIME_TEXT: Final = re.compile(rf"{_DATE}(?:T{_TIME}(Z|[+-]\d\d:\d\d)?)?", re.ASCII)


def _has_usual_form(text: str) -> bool:
    """Whether a text looks like an instant to the second with its offset, as most records write it."""
    return len(text) == 25 and text[4::3] in ("--T::+:", "--T::-:") and text[11:13] != "24" and text[23] < "6"


def days_in_month(year: int, month: int) -> int:
    """Number of days, 28 to 31, of a month of the Gregorian calendar."""
    return monthrange(year, month)[1]


def _stated(components: tuple[int | None, ...], first: int) -> int:
    """Number of leading components that are stated; each is checked against its range, and gaps refused."""
    stated = 0
    for index, value in enumerate(components):
        if value is None:
            continue
        name, low, high = _NAMES[first + index], _FIRST[first + index], _LAST[first + index]
        if stated < index:
            raise ValueError(f"{name} is given without {_NAMES[first + stated]}")
        if not low <= value <= high:
            raise ValueError(f"{name} must be from {low} to {high}, not {value}")
        stated += 1
    if not stated:
        raise ValueError(f"{_NAMES[first]} is missing")
    return stated


def _complete_day(year: int, month: int | None, day: int | None) -> int | None:
    """The ordinal of a complete date that exists; None for any other one, which the slower checks tell about."""
    if month is None or day is None:
        return None
    try:
        return date(year, month, day).toordinal()
    except (ValueError, TypeError):
        return None


def _kept(owner: object, name: str, value: _Value) -> _Value:
    """A value that is worked out once, kept in a field of its own."""
    object.__setattr__(owner, name, value)
    return value


def _derive(value: Any, precision: Precision, low: int, high: int, span: tuple[int, int]) -> None:
    """Set the derived fields of a value while it is made."""
    value.precision = precision
    value.low = low
    value.high = high
    value.span = span


def _instant(kind: Any, known: datetime) -> Any:
    """A `DateTime` that is known to the second, with its offset, from what Python has already checked."""
    shift = known.utcoffset() or _NO_SHIFT
    offset = shift.days * 1440 + shift.seconds // 60
    if abs(offset) > MAX_OFFSET:
        raise ValueError("the offset is too large")
    value = object.__new__(kind)
    value.year, value.month, value.day = known.year, known.month, known.day
    value.hour, value.minute, value.second, value.millisecond = known.hour, known.minute, known.second, None
    value.offset_minutes, value._date, value._text = offset, None, None
    low = known.toordinal() * DAY_MS + ((known.hour * 60 + known.minute) * 60 + known.second) * 1000
    point = low - offset * MINUTE_MS
    _derive(value, Precision.SECOND, low, low + 999, (point, point))
    return value


def _check_day(year: int, month: int | None, day: int | None) -> None:
    if month is not None and day is not None and day > 28 and day > days_in_month(year, month):
        raise ValueError(f"{year:04}-{month:02} has {days_in_month(year, month)} days, not {day}")


def _day_bounds(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    """First and last day meant, as proleptic Gregorian ordinals (0001-01-01 is 1)."""
    if month is None:
        return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    first = date(year, month, day or 1).toordinal()
    return first, first if day else first + days_in_month(year, month) - 1


def _time_bounds(components: tuple[int | None, ...]) -> tuple[int, int]:
    """First and last millisecond of the day meant."""
    low, high = (
        ((first if hour is None else hour) * 60 + (first_minute if minute is None else minute)) * MINUTE_MS
        + (first_second if second is None else second) * 1000
        + (first_ms if millisecond is None else millisecond)
        for (first, first_minute, first_second, first_ms), (hour, minute, second, millisecond) in (
            (_FIRST[3:], components),
            (_LAST[3:], components),
        )
    )
    return low, high


def _millisecond(digits: str | None) -> int | None:
    """The decimal fraction of a second in milliseconds; finer digits are refused rather than rounded."""
    if digits is None:
        return None
    if digits[3:].strip("0"):
        raise ValueError(f"fractional second .{digits} is finer than a millisecond")
    return int(digits[:3].ljust(3, "0"))


def _offset(text: str | None) -> int | None:
    """Minutes east of UTC of `Z` or `+hh:mm`."""
    if text is None:
        return None
    if text == "Z":
        return 0
    hours, minutes = int(text[1:3]), int(text[4:6])
    if minutes > 59 or hours * 60 + minutes > MAX_OFFSET:
        raise ValueError(f"offset must be from -14:00 to +14:00, not {text}")
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)


def _integers(groups: tuple[str | int | None, ...]) -> tuple[int | None, ...]:
    return tuple(None if group is None else int(group) for group in groups)


def _date_text(year: int, month: int | None, day: int | None) -> str:
    text = f"{year:04}"
    if month is not None:
        text += f"-{month:02}"
    return text if day is None else f"{text}-{day:02}"


def _time_text(hour: int, minute: int | None, second: int | None, millisecond: int | None) -> str:
    text = f"{hour:02}"
    if minute is not None:
        text += f":{minute:02}"
    if second is not None:
        text += f":{second:02}"
    return text if millisecond is None else f"{text}.{millisecond:03}"


@immutable()
class Date:
    """A calendar date, known to the year, the month or the day.

    `low` and `high` are ordinals of the first and the last day meant. Raises `ValueError` for a date that
    does not exist.
    """

    year: int
    month: int | None = None
    day: int | None = None
    precision: Precision = field(init=False, repr=False, compare=False)
    low: int = field(init=False, repr=False, compare=False)
    high: int = field(init=False, repr=False, compare=False)
    span: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the components and derive precision and bounds."""
        known = _complete_day(self.year, self.month, self.day)
        if known is not None:
            precision, low, high = Precision.DAY, known, known
        else:
            precision = Precision(_stated(self.components, 0))
            _check_day(*self.components)
            low, high = _day_bounds(*self.components)
        _derive(self, precision, low, high, (low, high))

    @property
    def components(self) -> tuple[int, int | None, int | None]:
        """Year, month, day."""
        return self.year, self.month, self.day

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Raises `ValueError` with the reason."""
        match = _DATE_TEXT.fullmatch(text)
        if match is None:
            raise ValueError("not an ISO 8601 date: YYYY-MM-DD, YYYY-MM or YYYY")
        return cls(*_integers(match.groups()))  # type: ignore[arg-type]

    @classmethod
    def from_ordinal(cls, ordinal: int) -> Self:
        """The complete date of a proleptic Gregorian ordinal. Raises `ValueError` outside years 1 to 9999."""
        day = _from_ordinal(ordinal)
        return cls(day.year, day.month, day.day)

    def __str__(self) -> str:
        return _date_text(*self.components)


@immutable()
class Time:
    """A time of day, known to the hour, minute, second or millisecond.

    `low` and `high` are milliseconds of the day.
    """

    hour: int
    minute: int | None = None
    second: int | None = None
    millisecond: int | None = None
    precision: Precision = field(init=False, repr=False, compare=False)
    low: int = field(init=False, repr=False, compare=False)
    high: int = field(init=False, repr=False, compare=False)
    span: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the components and derive precision and bounds."""
        precision = Precision(_stated(self.components, 3) + 3)
        low, high = _time_bounds(self.components)
        _derive(self, precision, low, high, (low, low if precision == Precision.SECOND else high))

    @property
    def components(self) -> tuple[int, int | None, int | None, int | None]:
        """Hour, minute, second, millisecond."""
        return self.hour, self.minute, self.second, self.millisecond

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`. Raises `ValueError` with the reason."""
        match = _TIME_TEXT.fullmatch(text)
        if match is None:
            raise ValueError("not an ISO 8601 time: hh:mm:ss.fff or a leading part of it")
        hour, minute, second, fraction = match.groups()
        return cls(*_integers((hour, minute, second, _millisecond(fraction))))  # type: ignore[arg-type]

    @classmethod
    def from_milliseconds(cls, total: int) -> Self:
        """The complete time of day, `total` milliseconds after midnight."""
        seconds, millisecond = divmod(total, 1000)
        return cls(seconds // 3600, seconds // 60 % 60, seconds % 60, millisecond)

    def __str__(self) -> str:
        return _time_text(*self.components)


@immutable()
class DateTime:
    """An instant, known to any precision from year to millisecond, with its clock's offset from UTC.

    `low` and `high` are the first and last millisecond meant, on the local clock, counted from the day before
    0001-01-01. `offset_minutes` is None where no offset is recorded. A text states it only behind an hour;
    a date may be given one in order to say whose calendar it is counted in.

    Raises `ValueError` for an instant that does not exist.
    """

    year: int
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    millisecond: int | None = None
    offset_minutes: int | None = None
    precision: Precision = field(init=False, repr=False, compare=False)
    low: int = field(init=False, repr=False, compare=False)
    high: int = field(init=False, repr=False, compare=False)
    span: tuple[int, int] = field(init=False, repr=False, compare=False)
    _date: Date | None = field(default=None, init=False, repr=False, compare=False)
    _text: str | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the components and derive precision and bounds."""
        if not self._derive_complete():
            self._derive_partial()

    def _derive_complete(self) -> bool:
        """Derive precision and bounds of an instant that is known to the second; False for any other one."""
        day = _complete_day(self.year, self.month, self.day)
        hour, minute, second = self.hour, self.minute, self.second
        if day is None or hour is None or minute is None or second is None:
            return False
        millisecond, offset = self.millisecond, self.offset_minutes
        in_range = 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= (millisecond or 0) < 1000
        if not in_range or abs(offset or 0) > MAX_OFFSET:
            return False
        low = day * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + (millisecond or 0)
        point = low - (offset or 0) * MINUTE_MS
        if millisecond is None:
            _derive(self, Precision.SECOND, low, low + 999, (point, point))
        else:
            _derive(self, Precision.MILLISECOND, low, low, (point, point))
        return True

    def _derive_partial(self) -> None:
        stated = _stated(self.components, 0)
        _check_day(self.year, self.month, self.day)
        if self.offset_minutes is not None and abs(self.offset_minutes) > MAX_OFFSET:
            raise ValueError(f"offset must be from -840 to 840 minutes, not {self.offset_minutes}")
        first, last = _day_bounds(self.year, self.month, self.day)
        start, end = _time_bounds(self.components[3:])
        low, high, shift = first * DAY_MS + start, last * DAY_MS + end, (self.offset_minutes or 0) * MINUTE_MS
        until = low if stated == Precision.SECOND else high
        _derive(self, Precision(stated), low, high, (low - shift, until - shift))

    @property
    def components(
        self,
    ) -> tuple[int, int | None, int | None, int | None, int | None, int | None, int | None]:
        """Year, month, day, hour, minute, second, millisecond."""
        return self.year, self.month, self.day, self.hour, self.minute, self.second, self.millisecond

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a leading part of `YYYY-MM-DDThh:mm:ss.fff`; after an hour `Z` or `+hh:mm` may follow.

        Raises `ValueError` with the reason. A missing offset is not an error: `offset_minutes` is None.
        """
        if _has_usual_form(text):
            try:
                return _instant(cls, datetime.fromisoformat(text))  # type: ignore[no-any-return]
            except ValueError:
                pass  # the slower way tells what is wrong
        match = _DATE_TIME_TEXT.fullmatch(text)
        if match is None:
            raise ValueError("not an ISO 8601 date-time: YYYY-MM-DDThh:mm:ss+hh:mm, or a date")
        *components, fraction, offset = match.groups()
        stated = _integers((*components, _millisecond(fraction), _offset(offset)))
        return cls(*stated)  # type: ignore[arg-type]

    @classmethod
    def from_milliseconds(cls, total: int, offset_minutes: int | None = None) -> Self:
        """The complete instant whose local clock shows `total`, counted as `low` is.

        Raises `ValueError` outside years 1 to 9999.
        """
        ordinal, time = divmod(total, DAY_MS)
        day = _from_ordinal(ordinal)
        seconds, millisecond = divmod(time, 1000)
        hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
        return cls(day.year, day.month, day.day, hour, minute, second, millisecond, offset_minutes)

    @property
    def date(self) -> Date:
        """The date part."""
        if self._date is None:
            return _kept(self, "_date", Date(self.year, self.month, self.day))
        return self._date

    def __str__(self) -> str:
        if self._text is None:
            text = _date_text(self.year, self.month, self.day)
            if self.hour is not None:
                text += f"T{_time_text(self.hour, self.minute, self.second, self.millisecond)}{self._offset_text()}"
            return _kept(self, "_text", text)
        return self._text

    def _offset_text(self) -> str:
        if not self.offset_minutes:
            return "" if self.offset_minutes is None else "Z"
        hours, minutes = divmod(abs(self.offset_minutes), 60)
        return f"{'-' if self.offset_minutes < 0 else '+'}{hours:02}:{minutes:02}"


def _from_ordinal(ordinal: int) -> date:
    if not 1 <= ordinal <= date.max.toordinal():
        raise ValueError("the date lies outside the years 0001 to 9999")
    return date.fromordinal(ordinal)
