"""Dates and instants with parts that are not known, as numbers: the years 1901 to 2099, which is the bound of proofs.

A day is counted as Python's ordinal does; an instant in milliseconds on the clock of the study.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.logic import (
    at_most,
    below,
    both,
    choose,
    either,
    is_known,
    no,
    plus,
    quotient,
    remainder,
    same,
    times,
)
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from precise_cal.assurance.logic import Bit, Count

DAY: Final = 86_400_000
FIRST_YEAR: Final = 1901
LAST_YEAR: Final = 2099
DOUBT: Final = (1, datetime.date.max.toordinal())
"""The first and the last day that a date in doubt may be."""
_BEFORE: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@immutable(eq=False)
class Day:
    """A date: `null`, or stated to the year, the month or the day; `first` and `last` are the ordinals it may be."""

    null: Bit
    has_month: Bit
    has_day: Bit
    first: Count
    last: Count

    @property
    def is_in_doubt(self) -> bool:
        """Whether it is recorded and may be any day at all."""
        return is_known(self.first) and bool(self.first <= 1)


@immutable(eq=False)
class Instant:
    """An instant: a day and, where `has_hour`, a time; `first` and `last` in milliseconds on the study's clock."""

    day: Day
    has_hour: Bit
    first: Count
    last: Count

    @property
    def null(self) -> Bit:
        """Whether nothing is recorded."""
        return self.day.null


class Calendar:
    """Makes days; what it has to assume of variables that it invents is kept."""

    def __init__(self, years: tuple[int, int] = (FIRST_YEAR, LAST_YEAR)) -> None:
        self.assumed: list[Bit] = []
        self._years = years
        self._known: dict[int, tuple[Any, tuple[Count, Count, Count]]] = {}

    def stated(self, null: Bit, year: Count, month: Count, day: Count, has_month: Bit, has_day: Bit) -> Day:
        """A date of these components; the month counts where `has_month`, the day where `has_day`."""
        exact = ordinal(year, month, day)
        month_begins = ordinal(year, month, 1)
        month_ends = plus(month_begins, plus(length(year, month), -1))
        first = choose(has_day, exact, choose(has_month, month_begins, ordinal(year, 1, 1)))
        last = choose(has_day, exact, choose(has_month, month_ends, ordinal(year, 12, 31)))
        return Day(null, has_month, has_day, first, last)

    def moved_days(self, value: Day, days: int) -> Day:
        """A date some days on; one that is not complete moves by whole months or years (CQL 1.5, 9.8.1 Add)."""
        if value.is_in_doubt:
            return value
        if value.has_day is False:
            months = _towards_zero(days, 30) if value.has_month is True else 12 * _towards_zero(days, 365)
            return self._moved(value, months)
        self._assume_complete(value)
        return Day(value.null, True, True, plus(value.first, days), plus(value.last, days))

    def moved_months(self, value: Day, months: int) -> Day:
        """A date some months on, the last day of the month where its own does not exist."""
        if value.is_in_doubt:
            return value
        if value.has_day is not False:
            self._assume_complete(value)
            return self._moved(Day(value.null, True, True, value.first, value.first), months)
        return self._moved(value, months if value.has_month is True else 12 * _towards_zero(months, 12))

    def _assume_complete(self, value: Day) -> None:
        """A date that is sought and that a rule moves is sought among complete ones: a bound of proofs."""
        if value.has_day is not True:
            self.assumed.append(either(value.null, value.has_day))

    def moved_instant(self, value: Instant, milliseconds: int) -> Instant:
        """An instant a while on; one without a time moves by whole days."""
        if value.day.is_in_doubt:
            return value
        moved = self.moved_days(value.day, _towards_zero(milliseconds, DAY))
        by_day = instant_of(moved)
        if value.has_hour is False:
            return by_day
        first, last = plus(value.first, milliseconds), plus(value.last, milliseconds)
        ordinal_of = quotient(first, DAY)
        day = Day(value.null, True, True, ordinal_of, ordinal_of)
        return Instant(
            self._either(value.has_hour, day, moved),
            value.has_hour,
            choose(value.has_hour, first, by_day.first),
            choose(value.has_hour, last, by_day.last),
        )

    def merged(self, bit: Bit, yes: Day, otherwise: Day) -> Day:
        """One of two dates."""
        return self._either(bit, yes, otherwise)

    def _either(self, bit: Bit, yes: Day, otherwise: Day) -> Day:
        if isinstance(bit, bool):
            return yes if bit else otherwise
        names = ("null", "has_month", "has_day", "first", "last")
        return Day(*[choose(bit, getattr(yes, name), getattr(otherwise, name)) for name in names])

    def _moved(self, value: Day, months: int) -> Day:
        known_year, known_month, known_day = self.components(value.first)
        count = plus(plus(times(known_year, 12), known_month), months - 1)
        year, month = quotient(count, 12), plus(remainder(count, 12), 1)
        longest = length(year, month)
        day = choose(at_most(known_day, longest), known_day, longest)
        return self.stated(value.null, year, month, day, value.has_month, value.has_day)

    def components(self, count: Count) -> tuple[Count, Count, Count]:
        """Year, month and day of an ordinal."""
        if is_known(count):
            known = datetime.date.fromordinal(count)
            return known.year, known.month, known.day
        key = count.get_id()
        if key not in self._known:
            self._known[key] = count, self._by_table(count)
        return self._known[key][1]

    def _by_table(self, count: Count) -> tuple[Count, Count, Count]:
        """The components of an ordinal that is sought, by the years of the bound and the months of a year."""
        since, until = self._years
        first = datetime.date(since, 1, 1).toordinal()
        self.assumed += [at_most(first, count), below(count, datetime.date(until + 1, 1, 1).toordinal())]
        year: Count = since
        begins: Count = first
        leap: Count = since % 4 == 0
        for number in range(since + 1, until + 1):
            start = datetime.date(number, 1, 1).toordinal()
            is_reached = at_most(start, count)
            year, begins = choose(is_reached, number, year), choose(is_reached, start, begins)
            leap = choose(is_reached, number % 4 == 0, leap)
        within = plus(count, times(begins, -1))
        month: Count = 1
        before: Count = 0
        for number, days in enumerate(_BEFORE[1:], 2):
            starts = choose(leap, days + (number > 2), days)
            is_reached = at_most(starts, within)
            month, before = choose(is_reached, number, month), choose(is_reached, starts, before)
        return year, month, plus(plus(within, times(before, -1)), 1)


def _towards_zero(amount: int, size: int) -> int:
    return amount // size if amount >= 0 else -(-amount // size)


def instant_of(day: Day) -> Instant:
    """A day as an instant whose time is not known."""
    return Instant(day, False, times(day.first, DAY), plus(times(day.last, DAY), DAY - 1))


def is_day(year: Count, month: Count, day: Count) -> Bit:
    """That a date exists, within the years of proofs."""
    return both(
        at_most(FIRST_YEAR, year),
        at_most(year, LAST_YEAR),
        at_most(1, month),
        at_most(month, 12),
        at_most(1, day),
        at_most(day, length(year, month)),
    )


def length(year: Count, month: Count) -> Count:
    """The days of a month."""
    found: Count = 31
    for number, days in enumerate(_LENGTHS, 1):
        if days == 30:
            found = choose(same(month, number), 30, found)
    return choose(same(month, 2), choose(is_leap(year), 29, 28), found)


def is_leap(year: Count) -> Bit:
    """Whether a year of the bound has 366 days: 1900 and 2100 lie outside."""
    return same(remainder(year, 4), 0)


def ordinal(year: Count, month: Count, day: Count) -> Count:
    """Days since the day before 0001-01-01, of a year of the bound."""
    before: Count = 0
    for number, days in enumerate(_BEFORE, 1):
        before = choose(same(month, number), days, before)
    years = plus(plus(times(year, 365), quotient(plus(year, -1), 4)), -365 - 15)
    extra = choose(both(is_leap(year), below(2, month)), 1, 0)
    return plus(plus(years, before), plus(extra, day))


def not_after(left: Day | Instant, right: Day | Instant) -> tuple[Bit, Bit]:
    """Whether one is certainly not after another, and whether it certainly is."""
    is_same = both(same(left.first, right.first), same(left.last, right.last))
    return either(below(left.last, right.first), is_same), below(right.last, left.first)


def is_same(left: Day | Instant, right: Day | Instant) -> tuple[Bit, Bit]:
    """Whether both are certainly the same, and whether they certainly differ."""
    differ = either(below(left.last, right.first), below(right.last, left.first))
    return both(same(left.first, right.first), same(left.last, right.last)), differ


def years_between(calendar: Calendar, left: Day, right: Day) -> tuple[Count, Count]:
    """Completed years from one day to another: the fewest and the most that they may be."""
    fewest = _years(*calendar.components(left.last), *calendar.components(right.first))
    return fewest, _years(*calendar.components(left.first), *calendar.components(right.last))


def _years(year: Count, month: Count, day: Count, to_year: Count, to_month: Count, to_day: Count) -> Count:
    """Completed years; from 29 February, they are completed on the 28th of a common year (appendix H)."""
    forward = _forward(year, month, day, to_year, to_month, to_day)
    backward = _forward(to_year, to_month, to_day, year, month, day)
    later = below(ordinal(to_year, to_month, to_day), ordinal(year, month, day))
    return choose(later, times(backward, -1), forward)


def _forward(year: Count, month: Count, day: Count, to_year: Count, to_month: Count, to_day: Count) -> Count:
    on = choose(both(same(month, 2), same(day, 29), no(is_leap(to_year))), 28, day)
    reached = either(below(month, to_month), both(same(month, to_month), at_most(on, to_day)))
    return plus(plus(to_year, times(year, -1)), choose(reached, 0, -1))
