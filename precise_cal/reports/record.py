"""What documents show of a record. Whoever knows the trial's folder reads it; reports know no field of any record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from precise_cal.protocol.part import Part
    from precise_cal.protocol.quantity import Quantity
    from precise_cal.protocol.temporal import Date, DateTime

    Moment = Date | DateTime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """A participant, by the roles of the trial and what its report.yaml adds; None is unknown."""

    enrolled: bool
    """Whether an allocation is recorded."""
    enrolled_at: Moment
    arm: str | None
    day_zero: Moment
    cutoff: Moment
    consented: bool
    consented_at: Moment
    protocol_version: str | None
    """By which the site works."""
    participation: str | None
    """Where the participant stands in the study, as the record has it."""
    ended: str | None
    """SDTM DSDECOD of the end of participation; None while it goes on."""
    ended_at: Moment
    treatment_ended_at: Moment

    @property
    def stands(self) -> str:
        """Where the participant stands in the study, in words where that is not known."""
        return self.participation or "not known"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, as a row of a table."""

    at: Moment
    what: str
    words: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, as a mark or a bar in a lane."""

    lane: str
    at: Moment
    until: Moment
    words: str
    shape: str
    loud: bool
    edge: bool
    """Whether it stands at the edge of the day where it came long before."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A follow-up contact as recorded."""

    visit: str
    date: Moment
    done: bool
    status: str
    mode: str


@dataclass(frozen=True, slots=True)
class Result:
    """A result that has a limit of its own."""

    at: Moment
    value: Quantity | None
    limit: Quantity | None
    words: str


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """A clinical event as the site reported it."""

    id: str
    term: str
    adjudication: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Readers:
    """What reads a record: each a pure function."""

    facts: Callable[[Part], Facts]
    steps: Callable[[Part], Sequence[Step]]
    day: Callable[[Part], Sequence[Mark]]
    year: Callable[[Part], Sequence[Mark]]
    contacts: Callable[[Part], Sequence[Contact]]
    results: Callable[[Part], Sequence[Result]]
    events: Callable[[Part], Sequence[ReportedEvent]]
    collected: Callable[[Part], Sequence[tuple[str, Mapping[str, Any]]]]
    """Rows of datasets: the name of each, and values by variable."""
