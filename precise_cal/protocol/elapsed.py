"""Hours and days from one moment to another, where a record states enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.protocol.components import DAY_MS, HOUR_MS, MINUTE_MS
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from precise_cal.protocol.temporal import Date


def instant(moment: Date | DateTime | None) -> int | None:
    """Milliseconds of a moment in UTC; none where its time of day or its offset is not known."""
    if not isinstance(moment, DateTime) or moment.hour is None or moment.offset_minutes is None:
        return None
    return moment.low - moment.offset_minutes * MINUTE_MS


def hours_after(origin: Date | DateTime | None, moment: Date | DateTime | None) -> float | None:
    """Hours from one instant to another."""
    start, end = instant(origin), instant(moment)
    return None if start is None or end is None else (end - start) / HOUR_MS


def ordinal(moment: Date | DateTime | None, offset_minutes: int) -> int | None:
    """The calendar day of a moment at the sites, as an ordinal; none where the day is not known."""
    if moment is None or moment.day is None:
        return None
    if isinstance(moment, DateTime):
        exact = instant(moment)
        return moment.date.low if exact is None else (exact + offset_minutes * MINUTE_MS) // DAY_MS
    return moment.low


def days_after(origin: Date | DateTime | None, moment: Date | DateTime | None, offset_minutes: int) -> int | None:
    """Calendar days at the sites from one moment to another."""
    start, end = ordinal(origin, offset_minutes), ordinal(moment, offset_minutes)
    return None if start is None or end is None else end - start
