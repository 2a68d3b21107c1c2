"""What documents say of the study: its name, criteria, visits and parameters.

Whoever has the rules fills this in; reports themselves know no rule files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from precise_cal.protocol.report import ParameterStatus, UsedParameter, Verdict
    from precise_cal.reports.public import Mask
    from precise_cal.reports.record import Readers


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
class CriteriaVersion:
    """A complete set of the criteria, as it stands from one version of the protocol on."""

    version: str
    criteria: tuple[Criterion, ...]


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
    rests_on: tuple[UsedParameter, ...] = ()
    """The parameters of its rule."""
    versions: tuple[PlannedVisit, ...] = ()
    """The same in earlier versions of the protocol."""

    def as_judged(self, verdict: Verdict | None) -> PlannedVisit:
        """The visit in the version of the protocol that a verdict is of."""
        if verdict is None:
            return self
        return next((one for one in (self, *self.versions) if one.rests_on == verdict.parameters), self)

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
class QualityLimit:
    """A quality tolerance limit: the share of participants with one of the deviations that must not be exceeded."""

    id: str
    title: str
    codes: frozenset[str]
    of: str | None
    """The rule that is due for those who count; None for all who are enrolled."""
    arm: str | None
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Which outcomes are counted where, and what the side findings beside them are called."""

    by_arm: tuple[str, ...]
    beside: tuple[str, ...]
    side: str
    caption: str
    about: str


@dataclass(frozen=True, slots=True)
class Notes:
    """Sentences that are true of this trial; empty ones are left out."""

    conclusion: str
    comparison: str
    source: str
    assumed: str
    quality: str


@dataclass(frozen=True, slots=True)
class Markers:
    """Results drawn against a multiple of their limit."""

    name: str
    multiple: Decimal


@dataclass(frozen=True, slots=True)
class Measurements:
    """The QFR of records: where their numbers stand, and what they have to exceed."""

    list: str
    value: str
    threshold: Decimal | None


@dataclass(frozen=True, slots=True)
class SummaryValue:
    """A value of SDTM TS."""

    code: str
    name: str
    value: str
    null_flavor: str = ""
    term: str = ""
    """The code of the value, where its CDISC list does not tell it."""
    reference: str = ""
    """The list that the code is from, where it is not CDISC's."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What datasets of the trial hold beside what follows from roles, visits and rules."""

    has_follow_up: bool = False
    """Whether records tell when treatment ended, so that a follow-up comes after it."""
    device_ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of each device, its parameters and their values: SDTM DI."""
    linked: tuple[tuple[str, str], ...] = ()
    """Datasets whose rows with the same sponsor-defined identifier are of one thing."""
    sources: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Of each dataset that takes values of the record, the expressions of each variable."""
    time_to_event: tuple[str, ...] = ()
    """The outcomes that are analyzed by the time to them."""


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
    """Every criterion as it is in the last version that has it."""
    criteria_versions: tuple[CriteriaVersion, ...]
    visits: tuple[PlannedVisit, ...]
    parameters: tuple[Parameter, ...]
    titles: Mapping[str, str]
    """Of every rule, by its id, in the order of the rule files."""
    mask: Mask
    """What tells which arm a participant was allocated to."""
    read: Readers
    """What reads a record of the trial."""
    has_contacts: bool
    """Whether records tell which follow-up contacts took place."""
    day_zero: str
    """What begins on day 0, in one word."""
    course_title: str
    populations: Mapping[str, str]
    """The analysis populations: id and title."""
    populations_by_arm: tuple[str, ...]
    """Those that unmasked reports count by arm."""
    limits: tuple[QualityLimit, ...]
    counted: Outcomes
    notes: Notes
    summary: tuple[SummaryValue, ...]
    participant_sections: tuple[str, ...] | None
    """The ids of the sections, in order; None for all."""
    trial_sections: tuple[str, ...] | None
    start: str | None = None
    enrollment: int | None = None
    least_age: str | None = None
    markers: Markers | None = None
    qfr: Measurements | None = None
    submission: Submission = field(default_factory=Submission)
    outcomes: tuple[tuple[str, str], ...] = ()
    """The outcome measures of the registry record: where each stands, and its words."""

    def population(self, name: str) -> str:
        """The title of an analysis population; its id where it has none."""
        return self.populations[name] or name
