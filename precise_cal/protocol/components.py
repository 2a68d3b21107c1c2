"""Components of calendar values, from the year to the millisecond: their ranges, and what they leave open."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Final

from precise_cal.language.catalog import message

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
MAX_OFFSET: Final = 14 * 60
"""Largest distance of local time from UTC, in minutes."""


class Precision(IntEnum):
    """The finest component that a value states; of one that is in doubt, nothing."""

    NOTHING = 0
    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    MILLISECOND = 7


_FIRST: Final = (1, 1, 1, 0, 0, 0, 0)
_LAST: Final = (9999, 12, 31, 23, 59, 59, 999)
_FEBRUARY: Final = 2
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NAMES: Final = tuple(member.name.lower() for member in Precision if member)


def is_leap(year: int) -> bool:
    """Whether a year of the Gregorian calendar has a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """Number of days, 28 to 31, of a month of the Gregorian calendar."""
    return 29 if month == _FEBRUARY and is_leap(year) else _DAYS[month - 1]


def number_stated(components: tuple[int | None, ...], first: int) -> int:
    """How many leading components are stated; `first` is the place of the first one among all.

    Raises `ValueError` for a gap between them, or one outside its range.
    """
    stated = 0
    for index, value in enumerate(components):
        if value is None:
            continue
        name, low, high = _NAMES[first + index], _FIRST[first + index], _LAST[first + index]
        if stated < index:
            raise ValueError(message("{ $name } is given without { $names }", name=name, names=_NAMES[first + stated]))
        if not low <= value <= high:
            pattern = "{ $name } must be from { $low } to { $high }, not { $value }"
            raise ValueError(message(pattern, name=name, low=low, high=high, value=value))
        stated += 1
    if not stated:
        raise ValueError(message("{ $names } is missing", names=_NAMES[first]))
    return stated


def complete_day(year: int, month: int | None, day: int | None) -> int | None:
    """The ordinal of a complete date that exists; None for any other one, which the slower checks tell about."""
    if month is None or day is None:
        return None
    try:
        return date(year, month, day).toordinal()
    except (ValueError, TypeError):
        return None


def check_day(year: int, month: int | None, day: int | None) -> None:
    """Raise `ValueError` for a day that its month does not have."""
    if month is not None and day is not None and day > 28 and day > days_in_month(year, month):
        month_of = f"{year:04}-{month:02}"
        pattern = "{ $month } has { $days } days, not { $day }"
        raise ValueError(message(pattern, month=month_of, days=days_in_month(year, month), day=day))


def day_bounds(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    """First and last day meant, as proleptic Gregorian ordinals (0001-01-01 is 1)."""
    if month is None:
        return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    first = date(year, month, day or 1).toordinal()
    return first, first if day else first + days_in_month(year, month) - 1


def time_bounds(components: tuple[int | None, ...]) -> tuple[int, int]:
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
