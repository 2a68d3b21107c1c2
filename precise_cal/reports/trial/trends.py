"""How the rate of deviations moves: by quarter, per 100 participant-months."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.elapsed import ordinal
from precise_cal.protocol.temporal import DateTime
from precise_cal.reports.trial.numbers import counted

if TYPE_CHECKING:
    from precise_cal.reports.case import Case, Trial

_MONTH_DAYS: Final = 30.4375
_LEAST_MONTHS: Final = 10
"""Of fewer participant-months no rate is given."""


@dataclass(frozen=True, slots=True)
class Quarter:
    """One quarter of a year."""

    name: str
    randomized: int
    months: float
    """Participant-months under observation."""
    important: int
    other: int

    def rate(self, count: int) -> float | None:
        """A count per 100 participant-months; none where hardly anybody was under observation."""
        return 100 * count / self.months if self.months >= _LEAST_MONTHS else None


def trends(trial: Trial) -> tuple[tuple[Quarter, ...], int]:
    """The quarters from the first randomization on, and how many deviations have no date and are in none."""
    offset = trial.study.utc_offset_minutes
    days: defaultdict[str, int] = defaultdict(int)
    randomized: defaultdict[str, int] = defaultdict(int)
    for case in trial.cases:
        span = _span(case, trial)
        if span is not None:
            randomized[_quarter(span[0])] += 1
            for day in range(span[0], span[1] + 1):
                days[_quarter(day)] += 1
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    undated = 0
    for _, one in counted(trial):
        at = _day(one.deviation.occurred_at, offset)
        name = "" if at is None else _quarter(at)
        undated += name not in days
        found[name, one.importance] += 1
    return tuple(
        Quarter(
            name, randomized[name], days[name] / _MONTH_DAYS, found[name, "important"], found[name, "non-important"]
        )
        for name in sorted(days)
    ), undated


def _span(case: Case, trial: Trial) -> tuple[int, int] | None:
    """From randomization to the end of participation, of the schedule, or the cut-off."""
    facts, offset = case.facts, trial.study.utc_offset_minutes
    begun = ordinal(facts.enrolled_at, offset) if facts.enrolled else None
    cutoff = ordinal(trial.now or facts.cutoff, offset)
    if begun is None or cutoff is None:
        return None
    ends = [cutoff, begun + max((one.last for one in trial.study.visits), default=0)]
    if facts.ended is not None:
        ended = ordinal(facts.ended_at, offset)
        ends += [] if ended is None else [ended]
    return begun, max(begun, min(ends))


def _day(text: str | None, offset: int) -> int | None:
    if not text:
        return None
    try:
        return ordinal(DateTime.parse(text), offset)
    except ValueError:
        return None


def _quarter(day: int) -> str:
    date = datetime.date.fromordinal(day)
    return f"{date.year} Q{(date.month + 2) // 3}"
