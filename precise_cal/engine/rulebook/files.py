"""The form of the rule files, as Pydantic models: their check on reading, and the JSON Schema that editors use."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    create_model,
    model_validator,
)

from precise_cal.protocol.verdicts import CONDITIONS, RuleKind, RuleVerdict

Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
ParameterId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
Path = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
DeviationCode = Annotated[str, StringConstraints(pattern=r"^DV(-[A-Z0-9]+)+$")]
Ambiguity = Annotated[str, StringConstraints(pattern=r"^AMB-\d\d$")]
Words = Annotated[str, StringConstraints(min_length=1)]


def _text(value: Any) -> Any:
    """A version called ``2`` is a number in YAML."""
    return str(value) if type(value) is int else value


def _day_or_version(value: Any) -> Any:
    """A day where it is written as one, else the id of a version: ``2.0``, ``amendment-1``."""
    text = _text(value)
    is_day = isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None
    return datetime.date.fromisoformat(text) if is_day else text


VersionId = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$"), BeforeValidator(_text)]
Bound = Annotated[datetime.date | str, BeforeValidator(_day_or_version)]
Since = Annotated[Bound | None, Field(description="the version of the protocol, or the day, from which it holds")]
Until = Annotated[
    Bound | None,
    Field(description="the first version of the protocol, or the first day, with which it holds no more"),
]
Cql = Annotated[str, StringConstraints(min_length=1), Field(description="a CQL expression (docs/cql.md)")]


class Entry(BaseModel):
    """An entry of a rule file: frozen, and closed to keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Study(Entry):
    id: Words = Field(description="the registry number")
    title: Words
    short_title: Words
    version: Words = Field(description="the version of the protocol that these files state")
    source: Words = Field(description="where the quoted words stand")
    sponsor: Words
    utc_offset: Annotated[str, StringConstraints(pattern=r"^[+-]\d\d:\d\d$")] = Field(
        description="the offset from UTC in which calendar days are counted"
    )


class Arm(Entry):
    code: Words
    title: Words
    quote: Words


class Scope(Entry):
    """What a rule can be judged for one by one: an item of the record, such as each target lesion."""

    id: Name
    title: Words
    word: Name = Field(description="the scope in the report: lesion, vessel")
    variable: Name = Field(description="the name of the item in conditions")
    items: Cql
    key: Cql = Field(description="the item's name in the report")
    member_when: Cql = Field(description="whether the item is one of those that the scope means")
    ask: Words = Field(description="what to supply where no item is known to be a member")
    field: Path


class Confirmed(Entry):
    by: Words
    on: datetime.date
    document: Words


class ParameterValue(Entry):
    since: Bound = Field(description="the day, or the version of the protocol, from which the value holds")
    until: Until = None
    value: StrictBool | StrictInt | str | list[str]
    status: Literal["registry", "assumed", "confirmed"]
    quote: Words | None = Field(None, description="the words of the registry record, for status registry")
    why: Words | None = Field(None, description="the reason, for status assumed")
    confirmed: Confirmed | None = Field(None, description="who confirmed it, for status confirmed")


class ParameterRow(Entry):
    """A row of a table: the words that it is found by, and its value with its own quote and status."""

    key: Words | list[Words] = Field(description="one word, or one for each name under `by`")
    values: Annotated[list[ParameterValue], Field(min_length=1)]


class Parameter(Entry):
    id: ParameterId
    meaning: Words
    type: Literal["integer", "decimal", "quantity", "duration", "boolean", "word", "words", "date"]
    unit: Words | None = Field(None, description="UCUM for a quantity; days, months or years for a duration")
    words: list[Words] = Field([], description="the words that a word parameter may hold")
    ambiguities: list[Ambiguity] = []
    informative: StrictBool = Field(False, description="whether no rule uses it; it is stated for people only")
    values: list[ParameterValue] = []
    by: list[Name] = Field([], description="of a table: what its rows are found by, such as assay or site_kind")
    lookup: Name | None = Field(None, description="of a table: the function that gives a row's value; null without one")
    rows: list[ParameterRow] = []


class VersionEntry(Entry):
    """A version of the protocol: the first one, or an amendment."""

    id: VersionId
    date: datetime.date = Field(description="the day from which it holds where sites.yaml says nothing else")
    about: Words | None = Field(None, description="what it changed")


class SiteEntry(Entry):
    """What a site has adopted."""

    id: Words = Field(description="the site, as records name it")
    approved: datetime.date | None = Field(None, description="the day from which its ethics committee lets it consent")
    activated: datetime.date | None = Field(None, description="the day from which it may enroll")
    versions: dict[VersionId, datetime.date] = Field(
        {}, description="the day on which it adopted each version; without any, the dates of the versions"
    )


class SiteFile(Entry):
    """``sites.yaml``: the sites, and when each adopted which version of the protocol."""

    sites: list[SiteEntry]


class UniqueEntry(Entry):
    """A datum that no two participants share."""

    field: Path
    name: Words = Field(description="its name in sentences, with its article")
    finding: Code | None = Field(None, description="what the second one is found to have (deviations.yaml)")


class CountEntry(Entry):
    """How many participants there may be."""

    of: Path = Field(description="the field or part that those have who count")
    at_most: ParameterId | StrictInt = Field(description="a number, or a parameter of type integer")


class LogEntry(Entry):
    """A list whose numbers have no gap."""

    field: Path = Field(description="the field that ends in the number; what stands before it tells the lists apart")


class AcrossEntry(Entry):
    """What must hold among participants, wherever several are read: check, report, cohorts."""

    rule: Id = Field("ACROSS", description="the name under which notices and deviations stand")
    unique: list[UniqueEntry] = []
    count: CountEntry | None = None
    log: LogEntry | None = None
    inactive: Code | None = Field(
        None, description="what one is found to have who was enrolled at a site before its activation (deviations.yaml)"
    )


class ProtocolFile(Entry):
    """``protocol.yaml``: the study, its versions and arms, the scopes of its rules, and their parameters."""

    study: Study
    versions: list[VersionEntry] = Field([], description="the versions of the protocol, the first one first")
    arms: list[Arm] = []
    scopes: list[Scope] = []
    parameters: list[Parameter] = []
    across: AcrossEntry = Field(
        default_factory=lambda: AcrossEntry.model_validate({}), description="what must hold among participants"
    )


class Definition(Entry):
    define: Name
    means: Words
    for_each: Name | None = Field(None, description="the scope whose item the definition reads")
    operands: dict[Name, Words] = Field({}, description="names and types of operands, which make it a function")
    as_: Cql = Field(alias="as")


class Notice(Entry):
    code: Code
    text: Words
    when: Cql
    if_assumed: list[ParameterId] = Field([], description="raised only while one of these parameters is assumed")


class Finding(Entry):
    """Something definite that a rule found; consequences follow from it (``deviations.yaml``)."""

    code: Code
    when: Cql
    done: Cql | None = Field(None, description="whether the duty that follows from it was done")
    at: Cql | None = Field(None, description="when it happened: an instant or a date")


class Query(Entry):
    when: Cql
    field: Path = Field(description="the field that the query is about: of the record, or of the item")
    item: Cql | None = Field(None, description="the item of a list that holds the field, such as a measurement")
    values: dict[Name, Cql] = Field({}, description="what the question names, as CQL")
    ask: Words = Field(description="what to supply: one datum, that a site can answer; { $name } is a value")


class SentenceEntry(Entry):
    """What a rule says to people where it has one of some verdicts: the first entry that fits, for each item."""

    of: RuleVerdict | list[RuleVerdict] = Field(description="the verdicts of which it is said")
    when: Cql | None = Field(None, description="said only where this is true")
    values: dict[Name, Cql] = Field({}, description="what the patterns name, as CQL")
    en: Words = Field(description="the sentence, a pattern of Fluent: Called on day { $day }")
    zh: Words | None = Field(None, description="the same in Chinese; lint asks for it")


class DatedQuote(Entry):
    """The words of the protocol as they stand in some of its versions."""

    text: Words
    since: Since = None
    until: Until = None


MomentWord = Literal["consent", "enrollment", "visit"]


class _RuleHead(Entry):
    kind: RuleKind
    status: Literal["active", "retired"] = "active"
    enabled: StrictBool = Field(True, description="whether it judges; a rule that is off waits until a trial wants it")
    off_because: Words | None = Field(None, description="enabled: false, why it is off")
    since: Since = None
    until: Until = None
    at: MomentWord = Field(
        "enrollment", description="the moment whose version of the protocol judges; before enrollment, day zero"
    )
    visit_on: Cql | None = Field(None, description="at: visit, the date of the visit, or the day on which it was due")
    ambiguities: list[Ambiguity] = []
    ietestcd: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,7}$")] | None = Field(
        None, description="the SDTM name of a criterion"
    )
    deviation: DeviationCode | None = Field(
        None, description="the deviation of a participant randomized against the criterion"
    )
    for_each: Name | None = Field(None, description="the scope; without it, the participant")
    frame: Name | None = Field(
        None, description="the definition that says from when to when: a function of a moment or a day"
    )
    attested: Path | Literal[True] | None = Field(
        None, description="a criterion that a person answers: where the answer stands; true: in the list attestations"
    )


if TYPE_CHECKING:
    _RuleWithConditions = _RuleHead
else:
    _RuleWithConditions = create_model(
        "_RuleWithConditions",
        __base__=_RuleHead,
        **{name: (Cql | None, Field(None, description=about)) for name, about in CONDITIONS.items()},
    )


class RuleBody(_RuleWithConditions):
    """What any rule has. Which of the conditions it has depends on its kind."""

    ask: Words | None = Field(None, description="what to supply where a whole list is missing")

    @model_validator(mode="after")
    def _says_why_it_is_off(self) -> Self:
        if not self.enabled and self.off_because is None:
            raise ValueError("is off (enabled: false): say why (off_because)")
        return self

    @property
    def is_judged(self) -> bool:
        """Whether it is neither retired nor off."""
        return self.status == "active" and self.enabled

    @property
    def conditions(self) -> dict[str, str]:
        """The conditions that it has, by name."""
        return {name: text for name in CONDITIONS if (text := getattr(self, name)) is not None}


class Rule(RuleBody):
    """A rule. Of several with one id, one holds at a time."""

    id: Id
    title: Words
    quote: Words | Annotated[list[DatedQuote], Field(min_length=1)] = Field(
        description="the words of the registry record, verbatim; or those of each version of the protocol"
    )
    source: Words = Field(description="where the quoted words stand")
    findings: list[Finding] = Field([])
    notices: list[Notice] = Field([])
    queries: list[Query] = Field([])
    says: list[SentenceEntry] = Field([], description="its findings in sentences")


class Gate(Entry):
    requires: list[Id] = Field([], description="the conduct rules that must be compliant beside every criterion")


class MomentEntry(Entry):
    """A date or instant of the record that takes part in the chronology."""

    id: Name
    name: Words = Field(description="its name in sentences, with its article")
    at: Path = Field(description="the field that holds it; one within lists is a moment for each item")
    where: dict[Name, Words | list[Words]] = Field({}, description="words of fields beside it that make it this moment")


class OrderEntry(Entry):
    """Moments of which none of the earlier may lie after any of the later."""

    earlier: Annotated[list[Name], Field(min_length=1)]
    later: Annotated[list[Name], Field(min_length=1)]
    wrong: Literal["earlier", "later"] | None = Field(
        None,
        description="which one is in doubt, unless one is by other pairs; without it, the one in more reversed pairs",
    )
    at_par: Literal["earlier", "later"] | None = Field(
        None, description="which one is in doubt where both are in as many; without it, both"
    )


class ChronologyEntry(Entry):
    """Pairs of moments that must not be reversed. One that is in doubt counts as unknown in every rule."""

    rule: Id = Field(description="the name under which deviations and queries stand")
    finding: Code = Field(description="the finding that a reversed pair is (deviations.yaml)")
    moments: list[MomentEntry]
    order: list[OrderEntry] = Field(description="the pairs")


class LeaveEntry(Entry):
    """What takes a participant out of an analysis population without a deviation."""

    code: Code
    when: Cql
    text: Words = Field(description="why, in words")


class PopulationEntry(Entry):
    """An analysis population: of whom it is made, and who leaves it beside those whom a deviation takes out."""

    id: Name
    title: Words
    of: Cql
    leaves: list[LeaveEntry] = []


class RuleFileBody(Entry):
    """What ``eligibility.yaml`` and ``events.yaml`` have beside rules."""

    definitions: list[Definition] = []
    gate: Gate | None = None
    chronology: ChronologyEntry | None = Field(None, description="the table of chronology; in one file only")
    populations: list[PopulationEntry] = Field([], description="the analysis populations; in one file only")


class RuleFile(RuleFileBody):
    """``eligibility.yaml`` and ``events.yaml``: definitions, and the rules that use them."""

    rules: list[Rule] = []
