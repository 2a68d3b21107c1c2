"""The form of ``schedule.yaml``, as Pydantic models: the visits of a trial, and how records hold contacts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from precise_cal.engine.rulebook.entry import Ambiguity, Cql, Entry, Id, Name, ParameterId, Words
from precise_cal.engine.rulebook.entry import Path as RecordPath
from precise_cal.engine.rulebook.rule_form import (
    MomentWord,
    NoticeEntry,
    QueryEntry,
    RuleBody,
    RuleEntry,
    RuleFileBody,
    RuleFindingEntry,
    SentenceEntry,
)

Days = StrictInt | ParameterId


class ContactsEntry(Entry):
    """How the record holds contacts: a list of parts, with the fields that tell which one, whether, when and how."""

    list_: RecordPath = Field(alias="list", description="the list of the record that holds them")
    visit: Name = Field("visit", description="the field that names the visit, by its id here")
    status: Name | None = Field(
        "status", description="the field that says whether it took place; null: what stands did"
    )
    done: Words = Field("done", description="the word of the status for a contact that took place")
    excused: list[Words] = Field(
        [], description="words of the status for a contact that is no longer owed, such as refused"
    )
    date: Name = Field("date", description="the field that holds its day")
    mode: Name | None = Field(None, description="the field that says how it took place")


class VisitEntry(Entry):
    """A visit. Days may be numbers, or parameters, so that their quote and status stay visible."""

    id: Words = Field(description="the word that names it in the record")
    rule: Id | None = Field(None, description="the id of its rule; without it, VISIT- and its own")
    title: Words
    quote: Words = Field(description="the words of the source, verbatim")
    source: Words = Field(description="where the quoted words stand")
    ambiguities: list[Ambiguity] = Field([], description="entries of docs/assumptions.md")
    anchor: Name | None = Field(None, description="the role that the days are counted from, where it is another one")
    target: Days = Field(description="the day on which it is planned, counted from the anchor as day 0")
    minus: Days = Field(0, description="how many days early it may be")
    plus: Days = Field(0, description="how many days late it may be")
    modes: list[Words] | ParameterId | None = Field(None, description="how it may take place; without it, in any way")
    activities: list[Words] = Field([], description="what is done there, in words")
    at: MomentWord | None = Field(None, description="the moment of its rule, where it is another one than of the rest")
    visit_on: Cql | None = Field(None, description="at: visit, the date of the visit, or the day on which it was due")
    ask: Words | None = Field(None, description="what to supply where it cannot be judged")


class ScheduleFile(Entry):
    """``schedule.yaml``: the visits, and how records hold contacts."""

    anchor: Name = Field("day_zero", description="the role that days are counted from")
    left_at: Cql | None = Field(None, description="the day on which participation ended, for who has the role `left`")
    at: MomentWord | None = Field(
        None, description="the moment whose version of the protocol judges a visit; without it, enrollment"
    )
    visit_on: Cql | None = Field(
        None, description="at: visit, the day of a visit; without it, that of its contact, else the last of its window"
    )
    contacts: ContactsEntry | None = Field(None, description="needed where no rule with `each: visit` judges visits")
    visits: Annotated[list[VisitEntry], Field(min_length=1)]


class VisitFinding(RuleFindingEntry):
    """A finding of a rule with `each: visit`; its texts may have blanks, such as {id} and {code}."""

    code: Words
    visits: list[Words] = Field([], description="the visits that have it; without it, all")


class VisitNotice(NoticeEntry):
    """A notice of a rule with `each: visit`."""

    if_assumed: list[Words] = Field([], description="raised only while one of these parameters is assumed")
    visits: list[Words] = Field([], description="the visits that have it; without it, all")


class VisitQuery(QueryEntry):
    """A question of a rule with `each: visit`."""

    visits: list[Words] = Field([], description="the visits that have it; without it, all")


class VisitSentence(SentenceEntry):
    """A sentence of a rule with `each: visit`."""

    visits: list[Words] = Field([], description="the visits that have it; without it, all")


class VisitRule(RuleBody):
    """A rule that stands for one rule of each visit of schedule.yaml; what it leaves out is the visit's."""

    each: Literal["visit"]
    id: Id | None = None
    title: Words | None = None
    quote: Words | None = None
    source: Words | None = None
    findings: list[VisitFinding] = Field([], description="what it may find")
    notices: list[VisitNotice] = Field([], description="what it may remark")
    queries: list[VisitQuery] = Field([], description="what it may ask")
    says: list[VisitSentence] = Field([], description="its findings in sentences")


class WrittenRuleFile(RuleFileBody):
    """``eligibility.yaml`` and ``events.yaml`` as they are written."""

    rules: list[RuleEntry | VisitRule] = Field([], description="rules, and rules of each visit")
