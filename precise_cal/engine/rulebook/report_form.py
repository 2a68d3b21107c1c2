"""The form of ``report.yaml``: what documents show of the records of a trial, and what it is called there."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from precise_cal.engine.rulebook.entry import Cql, Entry, Id, Name, ParameterId, Path, Words
from precise_cal.engine.rulebook.submission_form import SubmissionEntry

Shape = Literal["circle", "square", "diamond", "triangle", "cross"]
ParticipantSection = Literal[
    "in-short", "deviations", "queries", "course", "criteria", "conduct", "outcomes", "pullback", "notices",
    "assumptions", "signatures",
]  # fmt: skip
TrialSection = Literal[
    "in-short", "flow", "important", "deviations", "limits", "trends", "visits", "eligibility", "qfr", "conduct",
    "outcomes", "arms", "queries", "listing", "participants", "kept", "assumptions", "words", "signatures",
]  # fmt: skip


class RowEntry(Entry):
    """A date or instant of the record; within lists, one for each item. Expressions name those items by their part."""

    at: Path = Field(description="the field that holds it; one within lists is a row for each item")
    where: dict[Name, Words | list[Words]] = Field(
        default={}, description="words of fields beside it that make it this row"
    )
    when: Cql | None = Field(default=None, description="the row is shown only where this is true")


class StepEntry(RowEntry):
    """A row of a table of what happened."""

    what: Words = Field(description="what happened")
    words: Cql | list[Cql] = Field(default=[], description="what the record says of it; several are parted by commas")
    source: Path | None = Field(
        default=None, description="the field to point to; without it, the item, or the field of `at`"
    )


class LaneEntry(RowEntry):
    """Marks in a lane of a drawing."""

    lane: Words
    until: Name | None = Field(default=None, description="the field beside `at` that says until when: a bar")
    words: Cql | list[Cql] = Field(default=[], description="words beside the mark; several are parted by commas")
    shape: Shape = "circle"
    loud: StrictBool | Cql = Field(default=False, description="whether it stands out: true, or a condition")
    edge: StrictBool = Field(
        default=False, description="stands at the edge of the day, with its time, where it came long before"
    )


class CourseEntry(Entry):
    """What happened to a participant. Each default has every date of the record."""

    table: list[StepEntry] | None = None
    day: list[LaneEntry] | None = Field(default=None, description="lanes over the hours of day 0, in their order")
    year: list[LaneEntry] | None = Field(default=None, description="lanes over the days after it, below the contacts")


class ContactEntry(RowEntry):
    """The follow-up contacts that took place, or did not."""

    visit: Cql = Field(description="which planned visit it is")
    done: Cql = Field(description="whether it took place")
    status: Cql | None = None
    mode: Cql | None = None


class MarkersEntry(RowEntry):
    """Results drawn as multiples of their own limit."""

    name: Words = Field(description="what they are called, in the plural, with a capital letter")
    value: Cql
    limit: Cql
    words: Cql | list[Cql]
    line: ParameterId = Field(description="the parameter that says which multiple matters")


class EventsEntry(RowEntry):
    """Clinical events as sites report them: SDTM CE."""

    id: Cql | None = Field(default=None, description="SDTM CESPID")
    term: Cql = Field(description="SDTM CETERM and CEDECOD")
    adjudication: Cql | None = Field(default=None, description="the state of the adjudication, for SDTM CESCAT")


class SuitabilityEntry(Entry):
    """Where the record says whether a film is suitable for analysis."""

    suitable: Path = Field(description="a boolean")
    reasons: Path = Field(description="a list of codes why it is not")
    phases: list[Words] = Field(default=[], description="the steps whose films count; without it, all")


class QfrEntry(Entry):
    """The QFR of records: where ``precise qfr … --into`` puts a measurement, and where documents find it."""

    list: Name = Field(description="the list of the record that holds measurements")
    value: Name
    text: Name | None = Field(default=None, description="the number as printed")
    vessel: Name | None = None
    phase: Name | None = Field(default=None, description="the step that the measurement follows")
    acquired_at: Name | None = None
    assessor: Name | None = None
    analysis: Name | None = Field(default=None, description="a part with `file` and `sha256`")
    threshold: ParameterId | None = Field(default=None, description="the parameter that a QFR has to exceed")
    suitability: SuitabilityEntry | None = None


class FactsEntry(Entry):
    """What documents say of each participant beside the roles of record.yaml."""

    participation: Cql | None = Field(default=None, description="where the participant stands in the study: a word")
    ended: Cql | None = Field(
        default=None, description="SDTM DSDECOD of the end of participation; null while it goes on"
    )
    ended_at: Path | None = Field(default=None, description="when participation ended")
    consented: Cql | None = Field(
        default=None, description="whether consent was given; without it, whether its time is known"
    )
    treatment_ended_at: Path | None = Field(
        default=None, description="when the epoch of treatment ended, for SDTM EPOCH"
    )


class ByArmEntry(Entry):
    """What unmasked reports count by arm."""

    populations: list[Name] | None = Field(default=None, description="without it, all but everybody (ITT)")
    outcomes: list[Id] | None = Field(default=None, description="without it, all")


class SideFindingsEntry(Entry):
    """What the side findings are, and which outcomes they are compared with."""

    beside: list[Id] = Field(default=[], description="outcomes that stand above them in their table")
    title: Words | None = Field(default=None, description="what they are, as a heading has it")
    caption: Words | None = Field(default=None, description="of their table in the trial report")
    about: Words | None = Field(default=None, description="what they are, in the report about one participant")


class LimitEntry(Entry):
    """A quality tolerance limit (ICH E6(R3) 3.10.1.3): a share of participants that must not be exceeded."""

    id: Id
    title: Words
    codes: Literal["criteria"] | list[Words] = Field(
        description="a participant counts who has one of these deviations; criteria: one of any criterion"
    )
    of: Literal["enrolled"] | Id = Field(
        default="enrolled", description="of whom: enrolled, or those for whom a rule is due"
    )
    arm: Words | None = Field(default=None, description="of those allocated to one arm only")
    limit: Annotated[Decimal, Field(ge=0, le=100)] = Field(description="percent")


class QualityEntry(Entry):
    """Quality tolerance limits."""

    note: Words | None = Field(default=None, description="where the limits come from")
    limits: list[LimitEntry] = Field(default=[])


class ParametersEntry(Entry):
    """Which parameters of protocol.yaml say what any study has."""

    start: ParameterId = Field(default="study.start", description="the day on which the study started")
    enrollment: ParameterId = Field(default="study.enrollment", description="the planned number of participants")
    least_age: ParameterId | None = Field(default=None, description="in years, for SDTM AGEMIN")


class SummaryEntry(Entry):
    """A row of SDTM TS."""

    code: Words = Field(description="TSPARMCD")
    name: Words = Field(description="TSPARM")
    value: str = ""
    null_flavor: str = ""
    term: str = Field(
        default="", description="the code of the value, where its CDISC list does not tell it or it is another list's"
    )
    reference: str = Field(default="", description="the list that `term` is from, where it is not CDISC's")


class NotesEntry(Entry):
    """Sentences that are true of this trial."""

    conclusion: Words | None = Field(default=None, description="what the report does not conclude")
    comparison: Words | None = Field(default=None, description="why counts by arm are no comparison")
    source: Words | None = Field(default=None, description="what the rules are taken from, and what that leaves open")
    assumed: Words | None = Field(default=None, description="the same, in the report about one participant")


class SectionsEntry(Entry):
    """Which sections documents have, in order."""

    participant: list[ParticipantSection] | None = None
    trial: list[TrialSection] | None = None


class ReportFile(Entry):
    """``report.yaml``: documents of a trial. Every key may be left out."""

    day_zero: Words = Field(
        default="treatment", description="what begins at the moment of the role day_zero, in one word"
    )
    treatment: Words = Field(
        default="A study treatment",
        description="what the role treated is about, as a sentence begins with it: A study device, A dose",
    )
    course_title: Words = Field(default="Course", description="the heading of a participant's course")
    sections: SectionsEntry = SectionsEntry()
    words: dict[Name, dict[str, Words]] = Field(
        default={},
        description="functions from a word of the record to one of documents; `else` for any other and for none",
    )
    facts: FactsEntry = FactsEntry()
    course: CourseEntry = CourseEntry()
    contacts: ContactEntry | None = None
    markers: MarkersEntry | None = None
    qfr: QfrEntry | None = None
    events: EventsEntry | None = None
    gate: list[StepEntry] | None = Field(default=None, description="the moments that a decision of the gate lists")
    by_arm: ByArmEntry = ByArmEntry()
    side_findings: SideFindingsEntry = SideFindingsEntry()
    quality: QualityEntry = QualityEntry()
    parameters: ParametersEntry = ParametersEntry()
    summary: list[SummaryEntry] = Field(
        default=[], description="what SDTM TS has beside what follows from the other files"
    )
    submission: SubmissionEntry = SubmissionEntry()
    notes: NotesEntry = NotesEntry()
