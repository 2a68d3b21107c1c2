"""The form of ``eligibility.yaml`` and ``events.yaml``, as Pydantic models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, StrictBool, StringConstraints, create_model, model_validator

from precise_cal.engine.rulebook.entry import (
    Ambiguity,
    Code,
    Cql,
    DeviationCode,
    Entry,
    Id,
    Name,
    ParameterId,
    Path,
    Since,
    Until,
    Words,
)
from precise_cal.protocol.verdicts import CONDITIONS, RuleKind, RuleVerdict


class DefinitionEntry(Entry):
    define: Name
    means: Words
    for_each: Name | None = Field(None, description="the scope whose item the definition reads")
    operands: dict[Name, Words] = Field({}, description="names and types of operands, which make it a function")
    as_: Cql = Field(alias="as")


class NoticeEntry(Entry):
    code: Code
    text: Words
    when: Cql
    if_assumed: list[ParameterId] = Field([], description="raised only while one of these parameters is assumed")


class RuleFindingEntry(Entry):
    """Something definite that a rule found; consequences follow from it (``deviations.yaml``)."""

    code: Code
    when: Cql
    done: Cql | None = Field(None, description="whether the duty that follows from it was done")
    at: Cql | None = Field(None, description="when it happened: an instant or a date")


class QueryEntry(Entry):
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


class RuleEntry(RuleBody):
    """A rule. Of several with one id, one holds at a time."""

    id: Id
    title: Words
    quote: Words | Annotated[list[DatedQuote], Field(min_length=1)] = Field(
        description="the words of the registry record, verbatim; or those of each version of the protocol"
    )
    source: Words = Field(description="where the quoted words stand")
    findings: list[RuleFindingEntry] = Field([])
    notices: list[NoticeEntry] = Field([])
    queries: list[QueryEntry] = Field([])
    says: list[SentenceEntry] = Field([], description="its findings in sentences")


class GateEntry(Entry):
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

    definitions: list[DefinitionEntry] = []
    gate: GateEntry | None = None
    chronology: ChronologyEntry | None = Field(None, description="the table of chronology; in one file only")
    populations: list[PopulationEntry] = Field([], description="the analysis populations; in one file only")


class RuleFile(RuleFileBody):
    """``eligibility.yaml`` and ``events.yaml``: definitions, and the rules that use them."""

    rules: list[RuleEntry] = []
