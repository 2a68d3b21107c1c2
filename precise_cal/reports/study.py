"""What documents say of the study: its name, criteria, visits and parameters.

Whoever has the rules fills this in; reports themselves know no rule files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from precise_cal.protocol.report import ParameterStatus
    from precise_cal.reports.public import Mask


@dataclass(frozen=True, slots=True)
class Criterion:
    """An inclusion or exclusion criterion."""

    id: str
    short_name: str
    """SDTM IETESTCD."""
    kind: Literal["inclusion", "exclusion"]
    title: str
    quote: str
    source: str
    expression: str
    """The condition in the rule language; for SDTM TIRL."""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A contact of the schedule, in days after the index procedure as day 0."""

    name: str
    rule: str
    title: str
    day: int
    minus: int
    plus: int
    status: ParameterStatus

    @property
    def first(self) -> int:
        """The first day of the window."""
        return self.day - self.minus

    @property
    def last(self) -> int:
        """The last day of the window."""
        return self.day + self.plus


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number or choice that verdicts rest on."""

    id: str
    meaning: str
    value: str
    status: ParameterStatus
    basis: str
    """The quoted words, the reason of the assumption, or who confirmed it."""
    ambiguities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """The study as its rule files state it."""

    id: str
    title: str
    short_title: str
    version: str
    source: str
    sponsor: str
    utc_offset_minutes: int
    arms: Mapping[str, str]
    """Code and title."""
    criteria: tuple[Criterion, ...]
    visits: tuple[PlannedVisit, ...]
    parameters: tuple[Parameter, ...]
    titles: Mapping[str, str]
    """Of every rule, by its id, in the order of the rule files."""
    mask: Mask
    """What tells which arm a participant was allocated to."""
    populations: Mapping[str, str] = field(default_factory=dict)
    """The analysis populations: id and title."""
    start: str | None = None
    enrollment: int | None = None
    qfr_threshold: Decimal | None = None
    marker_multiple: Decimal | None = None
    outcomes: tuple[tuple[str, str], ...] = ()
    """The outcome measures of the registry record: where each stands, and its words."""
