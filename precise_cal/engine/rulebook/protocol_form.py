"""The form of ``protocol.yaml`` and ``sites.yaml``, as Pydantic models."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StringConstraints

from precise_cal.engine.rulebook.entry import (
    Ambiguity,
    Bound,
    Code,
    Cql,
    Entry,
    Id,
    Name,
    ParameterId,
    Path,
    Until,
    VersionId,
    Words,
)


class StudyEntry(Entry):
    id: Words = Field(description="the registry number")
    title: Words
    short_title: Words
    version: Words = Field(description="the version of the protocol that these files state")
    source: Words = Field(description="where the quoted words stand")
    sponsor: Words
    utc_offset: Annotated[str, StringConstraints(pattern=r"^[+-]\d\d:\d\d$")] = Field(
        description="the offset from UTC in which calendar days are counted"
    )


class ArmEntry(Entry):
    code: Words
    title: Words
    quote: Words


class ScopeEntry(Entry):
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


class ParameterEntry(Entry):
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

    study: StudyEntry
    versions: list[VersionEntry] = Field([], description="the versions of the protocol, the first one first")
    arms: list[ArmEntry] = []
    scopes: list[ScopeEntry] = []
    parameters: list[ParameterEntry] = []
    across: AcrossEntry = Field(
        default_factory=lambda: AcrossEntry.model_validate({}), description="what must hold among participants"
    )
