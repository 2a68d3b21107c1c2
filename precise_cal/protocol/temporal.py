"""Calendar values of stated precision: `Date`, `DateTime` and `Time`, complete or partial.

A partial value stands for every instant that completes it: `1956-05` is some day of May 1956. Each value
therefore carries the first and the last instant it may mean, `low` and `high`, as whole days or milliseconds, and
`span`, the two by which it is compared with others: milliseconds of UTC for an instant, and a value to the second
counts as `.0` (CQL 1.5, 9.1.6).
The text form is ISO 8601, extended format, years 0001 to 9999. Values are immutable; Python equality is
structural.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Any, Final, Self, TypeVar

from precise_cal.language.catalog import message
from precise_cal.protocol.components import (
    DAY_MS,
    MAX_OFFSET,
    MINUTE_MS,
    Precision,
    check_day,
    complete_day,
    day_bounds,
    number_stated,
    time_bounds,
)
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.iso_text import (
    date_components,
    date_text,
    date_time_components,
    has_usual_form,
    offset_text,
    time_components,
    time_text,
)

_Value = TypeVar("_Value")
_NO_SHIFT: Final = timedelta(0)


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
    time = known.hour, known.minute, known.second
    low = known.toordinal() * DAY_MS + ((known.hour * 60 + known.minute) * 60 + known.second) * 1000
    return _at_second(kind, known, time, low, offset)


def _at_second(kind: Any, day: date, time: tuple[int, int, int], low: int, offset: int | None) -> Any:
    """A `DateTime` that is known to the second, of parts that are right."""
    value = object.__new__(kind)
    value.year, value.month, value.day = day.year, day.month, day.day
    value.hour, value.minute, value.second = time
    value.millisecond, value.offset_minutes, value._date, value._text = None, offset, None, None
    point = low - (offset or 0) * MINUTE_MS
    _derive(value, Precision.SECOND, low, low + 999, (point, point))
    return value


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
    _text: str | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the components and derive precision and bounds."""
        known = complete_day(self.year, self.month, self.day)
        if known is not None:
            precision, low, high = Precision.DAY, known, known
        else:
            precision = Precision(number_stated(self.components, 0))
            check_day(*self.components)
            low, high = day_bounds(*self.components)
        _derive(self, precision, low, high, (low, high))

    @property
    def components(self) -> tuple[int, int | None, int | None]:
        """Year, month, day."""
        return self.year, self.month, self.day

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Raises `ValueError` with the reason."""
        return cls(*date_components(text))

    @classmethod
    def from_ordinal(cls, ordinal: int) -> Self:
        """The complete date of a proleptic Gregorian ordinal. Raises `ValueError` outside years 1 to 9999."""
        day = _from_ordinal(ordinal)
        return cls(day.year, day.month, day.day)

    def in_doubt(self) -> Self:
        """A date that was recorded and may be any: the same text, and nothing known."""
        value = type(self)(1)
        _kept(value, "_text", str(self))
        _derive(value, Precision.NOTHING, 1, date.max.toordinal(), (1, date.max.toordinal()))
        return value

    def __str__(self) -> str:
        return self._text or date_text(*self.components)


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
        precision = Precision(number_stated(self.components, 3) + 3)
        low, high = time_bounds(self.components)
        _derive(self, precision, low, high, (low, low if precision == Precision.SECOND else high))

    @property
    def components(self) -> tuple[int, int | None, int | None, int | None]:
        """Hour, minute, second, millisecond."""
        return self.hour, self.minute, self.second, self.millisecond

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`. Raises `ValueError` with the reason."""
        return cls(*time_components(text))

    @classmethod
    def from_milliseconds(cls, total: int) -> Self:
        """The complete time of day, `total` milliseconds after midnight."""
        seconds, millisecond = divmod(total, 1000)
        return cls(seconds // 3600, seconds // 60 % 60, seconds % 60, millisecond)

    def __str__(self) -> str:
        return time_text(*self.components)


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
        day = complete_day(self.year, self.month, self.day)
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
        stated = number_stated(self.components, 0)
        check_day(self.year, self.month, self.day)
        if self.offset_minutes is not None and abs(self.offset_minutes) > MAX_OFFSET:
            raise ValueError(
                message(
                    "offset must be from -840 to 840 minutes, not { $offset_minutes }",
                    offset_minutes=self.offset_minutes,
                )
            )
        first, last = day_bounds(self.year, self.month, self.day)
        start, end = time_bounds(self.components[3:])
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
        if has_usual_form(text):
            try:
                found: Self = _instant(cls, datetime.fromisoformat(text))
            except ValueError:
                pass  # the slower way tells what is wrong
            else:
                return found
        return cls(*date_time_components(text))

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

    def to_second(self, total: int) -> Self:
        """The instant, known to the second, at which the same clock shows `total`, counted as `low` is.

        Raises `ValueError` outside years 1 to 9999.
        """
        ordinal, time = divmod(total, DAY_MS)
        day = _from_ordinal(ordinal)
        seconds = time // 1000
        time_of_day = seconds // 3600, seconds // 60 % 60, seconds % 60
        moved: Self = _at_second(type(self), day, time_of_day, total - time % 1000, self.offset_minutes)
        return moved

    def with_offset(self, offset_minutes: int | None) -> Self:
        """The same time on the clock, with another offset from UTC."""
        return type(self)(*self.components, offset_minutes)

    def in_doubt(self, offset_minutes: int, *, day_stands: bool) -> Self:
        """An instant that was recorded and may be any, of its day or of all days: the same text, and no more known.

        `offset_minutes` tells whose calendar the day is counted in.
        """
        if day_stands:
            value = type(self)(self.year, self.month, self.day, offset_minutes=offset_minutes)
        else:
            value = type(self)(1, offset_minutes=offset_minutes)
            low, high = DAY_MS, (date.max.toordinal() + 1) * DAY_MS - 1
            _derive(value, Precision.NOTHING, low, high, (low, high))
            _kept(value, "_date", self.date.in_doubt())
        _kept(value, "_text", str(self))
        return value

    @property
    def date(self) -> Date:
        """The date part."""
        if self._date is None:
            return _kept(self, "_date", Date(self.year, self.month, self.day))
        return self._date

    def __str__(self) -> str:
        if self._text is None:
            text = date_text(self.year, self.month, self.day)
            if self.hour is not None:
                time = time_text(self.hour, self.minute, self.second, self.millisecond)
                text += f"T{time}{offset_text(self.offset_minutes)}"
            return _kept(self, "_text", text)
        return self._text


def _from_ordinal(ordinal: int) -> date:
    if not 1 <= ordinal <= date.max.toordinal():
        raise ValueError("the date lies outside the years 0001 to 9999")
    return date.fromordinal(ordinal)
