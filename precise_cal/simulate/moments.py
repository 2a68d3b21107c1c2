"""Dates and instants as records write them: ISO 8601."""

from __future__ import annotations

import calendar
import datetime
from typing import Final

_DEFINITE: Final = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}
_MONTHS: Final = {"months": 1, "years": 12}
UNITS: Final = (*_DEFINITE, *_MONTHS)


def moment_of(text: str) -> datetime.datetime | None:
    """The moment that a text states, a day's at midnight; None where it states none, or only a part of a day."""
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def written(moment: datetime.datetime, zone: datetime.tzinfo, *, day_only: bool) -> str:
    """A date, or an instant with its offset; a moment without one is on the clock of the study."""
    on_clock = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    return on_clock.date().isoformat() if day_only else on_clock.isoformat(timespec="seconds")


def later(moment: datetime.datetime, amount: int, unit: str) -> datetime.datetime:
    """The moment some time later, or earlier; kept within the years that records may name."""
    if unit in _DEFINITE:
        moved = moment + datetime.timedelta(minutes=_DEFINITE[unit] * amount)
    else:
        months = moment.year * 12 + moment.month - 1 + amount * _MONTHS[unit]
        year, month = divmod(months, 12)
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        moved = moment.replace(year=year, month=month + 1, day=day)
    return moved if 1900 < moved.year < 2100 else moment


def shifted(text: str, days: int) -> str:
    """A date or instant so many days later, written as it was; a part of a date stays."""
    moment = moment_of(text) if len(text) >= 10 else None
    if moment is None:
        return text
    moved = moment + datetime.timedelta(days=days)
    return moved.date().isoformat() if len(text) == 10 else moved.isoformat(timespec="seconds")
