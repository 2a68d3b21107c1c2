"""Dates and instants as records write them: ISO 8601, in the offset of the sites."""

from __future__ import annotations

import datetime
from typing import Final

ZONE: Final = datetime.timezone(datetime.timedelta(hours=8))


def instant(moment: datetime.datetime) -> str:
    """A date-time with its offset."""
    return moment.isoformat(timespec="seconds")


def moment_of(text: str) -> datetime.datetime:
    """The instant that a record states."""
    return datetime.datetime.fromisoformat(text)


def later(text: str, **amount: float) -> str:
    """An instant some time after another."""
    return instant(moment_of(text) + datetime.timedelta(**amount))


def at(day: datetime.date, hour: float) -> datetime.datetime:
    """An hour of a day, at the sites."""
    return datetime.datetime.combine(day, datetime.time(), ZONE) + datetime.timedelta(minutes=round(hour * 60))


def day_after(text: str, days: int) -> str:
    """The calendar date so many days after an instant."""
    return (moment_of(text).date() + datetime.timedelta(days=days)).isoformat()
