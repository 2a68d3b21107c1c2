"""The rows of the workbook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from precise_cal.protocol.catalog import Joined, message
from precise_cal.protocol.elapsed import days_after
from precise_cal.reports.participant.findings import observed, rule_and_clause
from precise_cal.reports.words import day, minute, population_words, word
from precise_cal.reports.workbook.layout import DEVIATIONS, QUERIES, VISITS, Layout, eligibility

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.protocol.catalog import Catalog
    from precise_cal.reports.case import Case, Decision, Trial
    from precise_cal.reports.study import PlannedVisit

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is shown, and what was decided of it."""

    id: str
    shown: tuple[Value, ...]
    decision: Decision
    fingerprint: str


def sheets(trial: Trial) -> Iterator[tuple[Layout, list[Row]]]:
    """Every sheet with its rows, in the language of the trial's documents."""
    for layout, rows in _sheets(trial):
        yield layout, [replace(row, shown=tuple(_in(trial.catalog, value) for value in row.shown)) for row in rows]


def _in(catalog: Catalog, value: Value) -> Value:
    return catalog(value) if isinstance(value, str) else value


def _sheets(trial: Trial) -> Iterator[tuple[Layout, list[Row]]]:
    yield DEVIATIONS, [row for case in trial.cases for row in _deviations(case)]
    layout = eligibility(tuple(one.id for one in trial.study.criteria))
    yield layout, [_criteria(case, trial) for case in trial.cases]
    yield QUERIES, [row for case in trial.cases for row in _queries(case)]
    yield VISITS, [row for case in trial.cases for row in _visits(case, trial)]


def _deviations(case: Case) -> Iterator[Row]:
    for one in case.findings:
        deviation = one.deviation
        shown = (
            case.site,
            case.id,
            deviation.code,
            deviation.term,
            deviation.category,
            deviation.importance,
            deviation.rule,
            deviation.item,
            minute(deviation.occurred_at),
            observed(case, one),
            rule_and_clause(case, one),
            deviation.why,
            Joined("\n", [reason.text for reason in deviation.chain]),
            population_words(deviation.populations),
        )
        yield Row(one.id, shown, one.decision, one.fingerprint)


def _criteria(case: Case, trial: Trial) -> Row:
    verdicts = [case.verdict(one.id) for one in trial.study.criteria]
    words = [word(one.verdict) if one else "" for one in verdicts]
    when = day(case.facts.enrolled_at) or "yes" if case.randomized else "no"
    shown = (case.site, word(case.subject.gate.decision), when, *words)
    return Row(case.id, shown, case.row, "")


def _queries(case: Case) -> Iterator[Row]:
    for one in case.queries:
        shown = (case.site, case.id, one.query.rule, one.query.ask, one.query.pointer)
        yield Row(one.id, shown, one.decision, one.fingerprint)


def _visits(case: Case, trial: Trial) -> Iterator[Row]:
    plans = {plan.name: plan for plan in case.planned(trial.study)}
    for name, decision in case.visits.items():
        plan = plans.get(name)
        verdict = case.verdict(plan.rule) if plan else None
        recorded = [contact for contact in case.contacts if contact.visit == name]
        days = [days_after(case.facts.day_zero, one.date, trial.study.utc_offset_minutes) for one in recorded]
        shown = (
            case.site,
            case.id,
            name or "not stated",
            _joined([one.status for one in recorded]) or ("not recorded" if trial.study.has_contacts else ""),
            _joined([one.mode for one in recorded]),
            _joined([day(one.date) for one in recorded]),
            days[0] if len(days) == 1 else _joined([None if one is None else str(one) for one in days]),
            _window(plan),
            plan.status if plan else "",
            word(verdict.verdict) if verdict else "",
        )
        yield Row(f"{case.id} {name}", shown, decision, "")


def _window(plan: PlannedVisit | None) -> str:
    return message("{ $first } to { $last }", first=plan.first, last=plan.last) if plan else ""


def _joined(values: list[str | None]) -> str:
    return Joined("; ", [value for value in values if value])
