"""The sheets of the workbook: every column with its title, its width and what it tells, and the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.language.catalog import Joined, message
from precise_cal.protocol.elapsed import days_after
from precise_cal.reports.participant.findings import observed, rule_and_clause
from precise_cal.reports.words import day, minute, population_words, word
from precise_cal.reports.workbook.layout import Column, Layout, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.language.catalog import Catalog
    from precise_cal.reports.case import Asked, Case, Decision, Finding, Trial
    from precise_cal.reports.record import Contact
    from precise_cal.reports.study import PlannedVisit
    from precise_cal.reports.workbook.layout import Value


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is shown, and what was decided of it."""

    id: str
    shown: tuple[Value, ...]
    decision: Decision
    fingerprint: str


def sheets(trial: Trial) -> Iterator[tuple[Layout[Any], list[Row]]]:
    """Every sheet with its rows, in the language of the trial's documents."""
    for layout, rows in _sheets(trial):
        yield layout, [replace(row, shown=tuple(_in(trial.catalog, value) for value in row.shown)) for row in rows]


def _in(catalog: Catalog, value: Value) -> Value:
    return catalog(value) if isinstance(value, str) else value


def _sheets(trial: Trial) -> Iterator[tuple[Layout[Any], list[Row]]]:
    criteria = eligibility(tuple(one.id for one in trial.study.criteria))
    judged = [_Judged(case, one) for case in trial.cases for one in case.findings]
    yield DEVIATIONS, [_row(DEVIATIONS, one, one.of.id, one.of.decision, one.of.fingerprint) for one in judged]
    yield criteria, [_row(criteria, case, case.id, case.row) for case in trial.cases]
    asked = [_Asked(case, one) for case in trial.cases for one in case.queries]
    yield QUERIES, [_row(QUERIES, one, one.of.id, one.of.decision, one.of.fingerprint) for one in asked]
    contacts = [one for case in trial.cases for one in _contacts(case, trial)]
    yield VISITS, [_row(VISITS, one, f"{one.case.id} {one.name}", one.case.visits[one.name]) for one in contacts]


def _row(layout: Layout[Shown], of: Shown, identifier: str, decision: Decision, fingerprint: str = "") -> Row:
    return Row(identifier, tuple(column.value(of) for column in layout.shown), decision, fingerprint)


class _Judged(NamedTuple):
    case: Case
    of: Finding


DEVIATIONS: Final[Layout[_Judged]] = Layout(
    "Deviations",
    (
        Column("Site", 8, lambda one: one.case.site),
        Column("Participant", 13, lambda one: one.case.id),
        Column("Code", 12, lambda one: one.of.deviation.code),
        Column("Term", 30, lambda one: one.of.deviation.term),
        Column("Category", 18, lambda one: one.of.deviation.category),
        Column("Importance", 14, lambda one: one.of.deviation.importance),
        Column("Rule", 12, lambda one: one.of.deviation.rule),
        Column("Item", 8, lambda one: one.of.deviation.item),
        Column("Occurred", 18, lambda one: minute(one.of.deviation.occurred_at)),
        Column("Found", 42, lambda one: observed(one.case, one.of)),
        Column("Rule and clause", 42, lambda one: rule_and_clause(one.case, one.of)),
        Column("Why this importance", 34, lambda one: one.of.deviation.why),
        Column("How it follows", 40, lambda one: Joined("\n", [reason.text for reason in one.of.deviation.chain])),
        Column("Populations", 24, lambda one: population_words(one.of.deviation.populations)),
    ),
    (
        ("Decision", 13),
        ("Importance decided", 16),
        ("Reason", 34),
        ("Corrective and preventive action", 34),
        ("Decided by", 18),
        ("Decided on", 13),
    ),
    "Decided by",
    "Decided on",
)


def eligibility(criteria: tuple[str, ...]) -> Layout[Case]:
    """The matrix of participants and criteria."""
    shown: tuple[Column[Case], ...] = (
        Column("Site", 8, lambda case: case.site),
        Column("Gate", 13, lambda case: word(case.subject.gate.decision)),
        Column("Randomized", 13, _randomized),
        *(Column(name, 10, partial(_criterion, name)) for name in criteria),
    )
    return Layout("Eligibility", shown, _COMMENT, "Comment by", "Comment on")


def _randomized(case: Case) -> str:
    return (day(case.facts.enrolled_at) or "yes") if case.randomized else "no"


def _criterion(name: str, case: Case) -> str:
    verdict = case.verdict(name)
    return word(verdict.verdict) if verdict else ""


_COMMENT: Final = (("Comment", 44), ("Comment by", 18), ("Comment on", 13))


class _Asked(NamedTuple):
    case: Case
    of: Asked


QUERIES: Final[Layout[_Asked]] = Layout(
    "Queries",
    (
        Column("Site", 8, lambda one: one.case.site),
        Column("Participant", 13, lambda one: one.case.id),
        Column("Rule", 12, lambda one: one.of.query.rule),
        Column("Please supply", 60, lambda one: one.of.query.ask),
        Column("Source field", 40, lambda one: one.case.source(one.of.query.pointer)),
    ),
    (("Answer", 44), ("Answered by", 18), ("Answered on", 13)),
    "Answered by",
    "Answered on",
)


class _Planned(NamedTuple):
    """A planned contact of a participant, with what is recorded of it."""

    case: Case
    name: str
    plan: PlannedVisit | None
    recorded: list[Contact]
    unrecorded: str
    days: list[int | None]

    @property
    def day(self) -> Value:
        """The day of the contact, or of several."""
        if len(self.days) == 1:
            return self.days[0]
        return _joined([None if one is None else str(one) for one in self.days])


def _contacts(case: Case, trial: Trial) -> Iterator[_Planned]:
    plans = {plan.name: plan for plan in case.planned(trial.study)}
    unrecorded = "not recorded" if trial.study.has_contacts else ""
    for name in case.visits:
        recorded = [contact for contact in case.contacts if contact.visit == name]
        days = [days_after(case.facts.day_zero, one.date, trial.study.utc_offset_minutes) for one in recorded]
        yield _Planned(case, name, plans.get(name), recorded, unrecorded, days)


VISITS: Final[Layout[_Planned]] = Layout(
    "Visits",
    (
        Column("Site", 8, lambda one: one.case.site),
        Column("Participant", 13, lambda one: one.case.id),
        Column("Contact", 10, lambda one: one.name or "not stated"),
        Column("Status", 12, lambda one: _joined([contact.status for contact in one.recorded]) or one.unrecorded),
        Column("Mode", 13, lambda one: _joined([contact.mode for contact in one.recorded])),
        Column("Date", 13, lambda one: _joined([day(contact.date) for contact in one.recorded])),
        Column("Day", 8, lambda one: one.day),
        Column("Window", 14, lambda one: _window(one.plan)),
        Column("Window is", 11, lambda one: one.plan.status if one.plan else ""),
        Column("Verdict", 15, lambda one: _criterion(one.plan.rule, one.case) if one.plan else ""),
    ),
    _COMMENT,
    "Comment by",
    "Comment on",
)


def _window(plan: PlannedVisit | None) -> str:
    return message("{ $first } to { $last }", first=plan.first, last=plan.last) if plan else ""


def _joined(values: list[str | None]) -> str:
    return Joined("; ", [value for value in values if value])
