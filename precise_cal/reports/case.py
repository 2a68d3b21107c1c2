"""What a document is made from: participants with everything found about them, and what people decided of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from precise_cal.language.catalog import ENGLISH
from precise_cal.protocol.provenance import NO_ORIGINS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.provenance import Origins
    from precise_cal.protocol.report import Deviation, Notice, Protocol, Query, Software, Subject, Verdict
    from precise_cal.protocol.temporal import DateTime
    from precise_cal.reports.pullback import Pullback
    from precise_cal.reports.record import Contact, Facts
    from precise_cal.reports.study import PlannedVisit, Study


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer said of one row of the workbook."""

    values: Mapping[str, str]
    """By the name of the column; an empty one is left out."""
    revision: int = 0
    """How many decisions on this row came before, this one included."""

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


UNDECIDED = Decision({})


@dataclass(frozen=True, slots=True)
class Finding:
    """A deviation with an id that stays the same from run to run, and the decision about it."""

    id: str
    fingerprint: str
    """Changes whenever what the reviewer saw changes."""
    deviation: Deviation
    decision: Decision = UNDECIDED

    @property
    def status(self) -> str:
        """Candidate, until a person confirmed or rejected it."""
        return self.decision["Decision"] or self.deviation.status

    @property
    def importance(self) -> str:
        """As the reviewer classified it, else the default of its code."""
        return self.decision["Importance decided"] or self.deviation.importance

    @property
    def counts(self) -> bool:
        """Whether it is counted: a rejected one is listed, never counted."""
        return self.status != "rejected"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its id and what was answered."""

    id: str
    fingerprint: str
    query: Query
    decision: Decision = UNDECIDED


@dataclass(frozen=True, slots=True)
class Case:
    """One participant."""

    record: Part
    subject: Subject
    facts: Facts
    contacts: tuple[Contact, ...]
    """The follow-up contacts as recorded."""
    findings: tuple[Finding, ...]
    queries: tuple[Asked, ...]
    pullbacks: tuple[Pullback, ...] = ()
    withheld: tuple[str, ...] = ()
    """The rules whose verdicts are not shown, for they would tell the allocation."""
    row: Decision = UNDECIDED
    """The reviewer's comment on the participant."""
    visits: Mapping[str, Decision] = field(default_factory=dict)
    """Comments on contacts, by name."""
    origins: Origins = NO_ORIGINS
    """The source cells of what the record holds, where they are known."""
    needed: tuple[Query, ...] = ()
    """Of rules that lack data, the fewest with which they could pass."""

    @property
    def id(self) -> str:
        """The participant's study number."""
        return self.subject.subject_id

    @property
    def site(self) -> str:
        """The site, in words where it is not known."""
        return self.subject.site_id or "not stated"

    @property
    def randomized(self) -> bool:
        """Whether an allocation is recorded."""
        return self.facts.enrolled

    def source(self, pointer: str) -> str:
        """A place in the record, and below it the source cell, or the row of the export that would have it."""
        origin = self.origins.near(pointer)
        return pointer if origin is None else f"{pointer}\n{origin.text}"

    def verdict(self, rule: str) -> Verdict | None:
        """What a rule says of the participant; none where it is withheld or unknown."""
        return next((one for one in self.subject.verdicts if one.id == rule), None)

    def planned(self, study: Study) -> tuple[PlannedVisit, ...]:
        """The contacts of the schedule, with the windows that this participant was judged by."""
        return tuple(one.as_judged(self.verdict(one.rule)) for one in study.visits)

    def leaves(self, population: str) -> tuple[str, ...]:
        """Why the participant would leave a population, in words; a deviation that was rejected is no reason."""
        found = {one.deviation.code for one in self.findings}
        kept = [one.deviation.term for one in self.counted if not one.deviation.populations.get(population, True)]
        others = [
            one.text
            for one in self.subject.population_reasons
            if one.population == population and one.code not in found
        ]
        return tuple(dict.fromkeys([*kept, *others]))

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The deviations that are not rejected."""
        return tuple(one for one in self.findings if one.counts)


@dataclass(frozen=True, slots=True)
class Trial:
    """Everything that documents show: made once, and masked, before any format sees it."""

    generated_at: str
    software: Software
    protocol: Protocol
    study: Study
    cases: tuple[Case, ...]
    cutoff: str
    """In words: one moment, or from the first to the last of the records."""
    regime: str
    unmasked: bool
    catalog: Catalog = ENGLISH
    """Of the language that documents are written in."""
    now: DateTime | None = None
    """The instant at which due and overdue were judged, where it was not each record's own cut-off."""
    is_simulated: bool = False
    """Whether nobody in it exists."""
    checkpoint: str = ""
    """A signed checkpoint of a log, which documents bear witness to: origin, size, root and signature, a line each."""
    orphans: tuple[tuple[str, str, Decision], ...] = ()
    """Decisions whose row no longer exists: sheet, id, and what was decided. They are kept, and shown."""
    across: tuple[Notice, ...] = ()
    """What only all participants together show."""

    @property
    def banner(self) -> str:
        """What stands on every page; empty for a real trial."""
        return "SIMULATED: nobody in this document exists" if self.is_simulated else ""

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites, in order of their names."""
        return tuple(sorted({case.site for case in self.cases}))

    @property
    def findings(self) -> tuple[tuple[Case, Finding], ...]:
        """Every deviation beside its participant."""
        return tuple((case, finding) for case in self.cases for finding in case.findings)
