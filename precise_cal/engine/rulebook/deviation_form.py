"""The form of ``deviations.yaml``, as Pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from precise_cal.engine.chaining.form import Facts, RuleForm
from precise_cal.engine.chaining.form import Name as StepName
from precise_cal.engine.rulebook.entry import Code, DeviationCode, Entry, Name, Words


class FindingEntry(Entry):
    """How much a kind of deviation matters where it follows from a certain finding."""

    importance: Literal["important", "non-important"] | None = Field(None, description="without it, that of the kind")
    why: Words = Field(description="why it matters more or less than the kind")
    leaves: list[Name] | None = Field(None, description="without it, those of the kind")


class Follows(Entry):
    """The findings of which each has a deviation for its consequence, without any step between."""

    findings: Annotated[list[Code], Field(min_length=1)]
    id: StepName | None = Field(None, description="the name of this step in chains; without it, the code in lower case")
    about: Words | None = Field(None, description="what was found, in words; without it, the term in lower case")


class DeviationEntry(Entry):
    """A kind of protocol deviation: what it is called, and how much it matters by default."""

    code: DeviationCode
    category: Words = Field(description="SDTM DVCAT")
    term: Words = Field(description="SDTM DVDECOD")
    importance: Literal["important", "non-important"]
    why: Words = Field(description="why the importance is what it is")
    leaves: list[Name] = Field([], description="the analysis populations that it leaves")
    once: StrictBool = Field(False, description="whether a participant has one at most, however many rules find it")
    by_finding: dict[Code, FindingEntry] = Field({}, description="what differs where it follows from a finding")
    follows: Follows | None = Field(None, description="what it follows from, where no rule below concludes it")
    found_by: Literal["gate"] | None = Field(None, description="who finds it, where no record shows it")


class FailedEntry(Entry):
    """The deviation of whoever was enrolled against a criterion; its code is the criterion's ``deviation``."""

    category: Words = Field("ELIGIBILITY", description="SDTM DVCAT")
    term: Words = Field("SELECTION CRITERIA NOT MET", description="SDTM DVDECOD")
    importance: Literal["important", "non-important"] = "important"
    why: Words = Field(
        "randomized against {kind} criterion {number}",
        description="why; {kind} and {id} are the criterion's, {number} is the last one in its id, {title} its title",
    )
    leaves: list[Name] | None = Field(None, description="without it, PP")
    id: StepName = Field("randomized-against-criterion", description="the name of this step in chains")
    about: Words = "a participant was randomized although a criterion fails"


class UndecidedEntry(Entry):
    """The deviation of whoever was enrolled although a criterion could not be decided."""

    code: DeviationCode = "DV-ELG-90"
    category: Words = Field("ELIGIBILITY", description="SDTM DVCAT")
    term: Words = Field("ELIGIBILITY NOT VERIFIABLE", description="SDTM DVDECOD")
    importance: Literal["important", "non-important"] = "important"
    why: Words = "until the source is supplied, eligibility cannot be shown"
    leaves: list[Name] | None = Field(None, description="without it, PP")
    id: StepName = Field("randomized-unverified", description="the name of this step in chains")
    about: Words = "a participant was randomized although a criterion cannot be decided"


class CriteriaEntry(Entry):
    """What follows from the verdicts of all criteria."""

    failed: FailedEntry = FailedEntry.model_validate({})
    undecided: UndecidedEntry | None = UndecidedEntry.model_validate({})


class DeviationFile(Entry):
    """``deviations.yaml``: the taxonomy of deviations, and how they follow from verdicts and findings."""

    criteria: CriteriaEntry | None = Field(
        None, description="the deviations of criteria; without it, they have none here"
    )
    deviations: list[DeviationEntry] = Field([], description="the taxonomy")
    facts: Facts = Field({}, description="kinds of facts (docs/consequences.md); those left out are derived")
    rules: list[RuleForm] = Field([], description="the chaining rules (docs/consequences.md)")
