"""When something happened to a participant: elements, epochs, visits and study days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.elapsed import days_after
from precise_cal.protocol.temporal import DateTime
from precise_cal.reports.sdtm.text import dtc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.protocol.temporal import Date
    from precise_cal.reports.case import Case, Trial

SCREENING: Final = "SCREENING"
TREATMENT: Final = "TREATMENT"
FOLLOW_UP: Final = "FOLLOW-UP"
EPOCHS: Final = (SCREENING, TREATMENT, FOLLOW_UP)
"""The epochs that any trial has, in the order of the elements."""
_DAY: Final = 10
"""Characters of a complete date."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A planned visit; screening and the visit of day zero come first."""

    number: int
    name: str
    day: int | None
    """The planned study day."""


@dataclass(frozen=True)
class Clock:
    """The moments of one participant, as SDTM counts them."""

    trial: Trial
    case: Case

    @property
    def offset(self) -> int:
        """The offset from UTC of the sites, in minutes."""
        return self.trial.study.utc_offset_minutes

    @cached_property
    def declared(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """The rows of datasets that the trial takes from the record."""
        return self.trial.study.read.collected(self.case.record)

    def text(self, moment: Date | DateTime | str | None) -> str:
        """A moment as SDTM writes it; empty where it is unknown."""
        return dtc(moment, self.offset)

    @cached_property
    def reference(self) -> str:
        """DM.RFSTDTC: day zero of who is enrolled; nobody else has one."""
        return self.text(self.case.facts.day_zero) if self.case.randomized else ""

    def day(self, moment: Date | DateTime | str | None) -> int | None:
        """The study day: that of the reference is 1, the day before it -1; none without a complete date of both."""
        if not self.reference:
            return None
        if isinstance(moment, str):
            moment = DateTime.parse(moment) if len(moment) >= _DAY else None
        days = days_after(self.case.facts.day_zero, moment, self.offset)
        return None if days is None else days + (days >= 0)

    @cached_property
    def elements(self) -> tuple[tuple[int, str, str], ...]:
        """The elements that the participant entered: planned order, start and end; an unknown end is empty."""
        facts = self.case.facts
        consent, out, ended = map(self.text, (facts.consented_at, facts.treatment_ended_at, facts.ended_at))
        starts = [(1, consent)]
        if self.reference:
            starts.append((2, self.reference))
            if out and self.trial.study.submission.has_follow_up:
                starts.append((3, out))
        known = [(order, start) for order, start in starts if start]
        kept = [
            one for place, one in enumerate(known) if all(not _after(one[1], later[1]) for later in known[place + 1 :])
        ]
        ends = [*(start for _, start in kept[1:]), ended]
        last = bool(kept) and bool(ended) and _after(kept[-1][1], ended)
        return tuple(
            (order, start, "" if last and place == len(kept) - 1 else end)
            for place, ((order, start), end) in enumerate(zip(kept, ends, strict=True) if kept else ())
        )

    def epoch(self, moment: str, planned: str = "") -> str:
        """The epoch of a moment; of what has no date, the planned one as far as the participant came.

        Args:
            moment: as SDTM writes it.
            planned: the epoch in which it belongs by the protocol.
        """
        if not self.reference:
            return SCREENING if not self.case.randomized else planned or SCREENING
        if not moment:
            return planned or TREATMENT
        entered = [order for order, start, _ in self.elements if not _after(start, moment)]
        return EPOCHS[entered[-1] - 1] if entered else SCREENING

    def visit(self, moment: str) -> Visit | None:
        """The visit at which something was collected; none where it was at none that is planned."""
        if len(moment) < _DAY:
            return None
        plan = visits(self.trial)
        for contact in self.case.contacts:
            if contact.done and self.text(contact.date)[:_DAY] == moment[:_DAY]:
                return next(
                    (one for one, name in zip(plan[2:], self._names, strict=True) if name == contact.visit), None
                )
        consent, out = self.text(self.case.facts.consented_at), self.text(self.case.facts.treatment_ended_at)
        if self.reference and not _after(self.reference, moment):
            return plan[1] if moment[:_DAY] <= (out or self.reference)[:_DAY] else None
        return plan[0] if consent and not _after(consent, moment) else None

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.trial.study.visits)


def visits(trial: Trial) -> tuple[Visit, ...]:
    """The planned visits, in their order: screening, that of day zero, the contacts of the schedule."""
    return tuple(_visits(trial))


def _visits(trial: Trial) -> Iterator[Visit]:
    yield Visit(1, SCREENING, None)
    yield Visit(2, f"INDEX {trial.study.day_zero.upper()}", 1)
    for number, plan in enumerate(trial.study.visits, start=3):
        yield Visit(number, plan.title.upper(), plan.day + 1)


def by_day(moment: str) -> str:
    """A key that sorts moments as SDTM writes them: a day without a time after its times, what is unknown last."""
    return f"{moment or 9}~"


def _after(one: str, other: str) -> bool:
    """Whether a moment comes after another, as far as both are stated."""
    length = min(len(one), len(other))
    return one[:length] > other[:length]
