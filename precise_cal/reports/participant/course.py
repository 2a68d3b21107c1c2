"""The course of a participant: drawings, and the same as a table."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import message
from precise_cal.protocol.elapsed import days_after, hours_after
from precise_cal.protocol.units import conversion_factor
from precise_cal.reports.document import Column, Figure, Paragraph, Section, Table, code, number, text
from precise_cal.reports.drawing.timeline import Moment, Sample, Window, markers, procedure_day, year
from precise_cal.reports.words import day, minute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from precise_cal.protocol.temporal import Date, DateTime
    from precise_cal.reports.case import Case
    from precise_cal.reports.document import Block
    from precise_cal.reports.record import Contact, Mark, Result
    from precise_cal.reports.study import PlannedVisit, Study

CONTACTS: Final = "contacts"
"""The lane of follow-up contacts."""
_DAY_H: Final = 24.0
_EDGE_H: Final = 3.0
_RESULTS_H: Final = (-72, 240)
"""Results from when to when are drawn, in hours after day zero."""


def course(case: Case, study: Study, now: DateTime | None, key: str) -> Section:
    """The section with the drawings and their table."""
    figures: list[Block] = list(_first_day(case, study))
    figures += _markers(case, study)
    figures += _year(case, study, now, key)
    if not figures:
        figures = [
            Paragraph(
                message(
                    "The record has no start of the index { $day_zero }, so that nothing can be drawn against it.",
                    day_zero=study.day_zero,
                )
            )
        ]
    return Section("course", study.course_title, (*figures, _table(case, study)))


def _first_day(case: Case, study: Study) -> Iterator[Figure]:
    moments = [one for mark in study.read.day(case.record) for one in _within_a_day(mark, case.facts.day_zero)]
    if moments:
        title = message(
            "Lanes over the hours of the index { $day_zero }; the table below has every time", day_zero=study.day_zero
        )
        drawn = procedure_day(moments, title, study.day_zero)
        yield Figure(drawn, message("The day of the { $day_zero }", day_zero=study.day_zero), title)


def _within_a_day(mark: Mark, origin: Date | DateTime | None) -> Iterator[Moment]:
    """What happened within a day of day zero; of what may, a moment long before it stands at the edge."""
    hours = hours_after(origin, mark.at)
    if hours is None:
        return
    if mark.edge and hours < -_EDGE_H:
        words = message(
            "{ $words } { $at }, { $hours } h before", words=mark.words, at=minute(mark.at), hours=f"{-hours:.0f}"
        )
        yield Moment(mark.lane, words, -_EDGE_H / 5, shape=mark.shape)
    elif abs(hours) < _DAY_H:
        yield Moment(mark.lane, mark.words, hours, hours_after(origin, mark.until), mark.shape, mark.loud)


def _markers(case: Case, study: Study) -> Iterator[Figure]:
    if study.markers is None:
        return
    limit, name = study.markers.multiple, study.markers.name
    results = study.read.results(case.record)
    samples = [one for one in (_sample(case, result, limit) for result in results) if one is not None]
    if samples:
        title = message(
            "{ $name } as multiples of the upper limit of normal; the line is { $limit } times the limit",
            name=name,
            limit=limit,
        )
        drawn = markers(sorted(samples, key=lambda one: one.hours), float(limit), title, study.day_zero)
        yield Figure(
            drawn,
            message("{ $name } against { $limit } × the upper limit of normal (ULN)", name=name, limit=limit),
            title,
        )


def _sample(case: Case, result: Result, multiple: Decimal) -> Sample | None:
    at = hours_after(case.facts.day_zero, result.at)
    value, limit = result.value, result.limit
    if at is None or value is None or limit is None or not _RESULTS_H[0] <= at <= _RESULTS_H[1]:
        return None
    factor = conversion_factor(value.unit or "", limit.unit or "")
    if factor is None:
        return None
    ratio = Fraction(value.value) * factor / Fraction(limit.value)
    return Sample(at, float(ratio), ratio > Fraction(multiple), result.words)


def _year(case: Case, study: Study, now: DateTime | None, key: str) -> Iterator[Figure]:
    origin, offset = case.facts.day_zero, study.utc_offset_minutes
    if days_after(origin, origin, offset) is None or not case.randomized:
        return
    planned = case.planned(study)
    windows = [Window(one.name, one.first, one.last) for one in planned]
    cutoff = days_after(origin, now or case.facts.cutoff, offset)
    title = message(
        "Contacts against their windows, events, and the end of participation, by day after the { $day_zero }",
        day_zero=study.day_zero,
    )
    assumed = " (assumed)" if any(one.status == "assumed" for one in planned) else ""
    drawn = year(
        list(_days(case, study)), windows, cutoff, title, key, study.day_zero, [CONTACTS] if study.has_contacts else []
    )
    yield Figure(
        drawn, message("The year after; hatched: the windows of the contacts{ $assumed }", assumed=assumed), title
    )


def _days(case: Case, study: Study) -> Iterator[Moment]:
    origin, offset, planned = case.facts.day_zero, study.utc_offset_minutes, case.planned(study)
    for contact in case.contacts:
        at = days_after(origin, contact.date, offset)
        if at is not None:
            yield _contact(contact, at, planned)
    for mark in study.read.year(case.record):
        at = days_after(origin, mark.at, offset)
        if at is not None:
            yield Moment(mark.lane, mark.words, at, days_after(origin, mark.until, offset), mark.shape, mark.loud)


def _contact(contact: Contact, at: int, planned: Sequence[PlannedVisit]) -> Moment:
    plan = next((one for one in planned if one.name == contact.visit), None)
    outside = contact.done and plan is not None and not plan.first <= at <= plan.last
    status = "" if contact.done else message(", { $status }", status=contact.status)
    words = message("{ $visit } day { $day }{ $status }", visit=contact.visit, day=at, status=status)
    return Moment(CONTACTS, words, at, shape="circle" if contact.done else "cross", loud=outside)


def _table(case: Case, study: Study) -> Table:
    steps = sorted(study.read.steps(case.record), key=lambda step: str(step.at or "9"))
    rows = []
    for step in steps:
        days = days_after(case.facts.day_zero, step.at, study.utc_offset_minutes)
        shown = number("–" if days is None else str(days).replace("-", "−"))
        when = minute(step.at) if "T" in str(step.at) else day(step.at)
        rows.append((text(when), shown, text(step.what), text(step.words), code(case.source(step.pointer))))
    columns = (
        Column("When", width=1.3),
        Column("Day", "number", width=0.5),
        Column("What"),
        Column("As recorded", width=1.6),
        Column("Source field", width=2.2),
    )
    caption = message("The same as a table; days are counted from the { $day_zero } as day 0", day_zero=study.day_zero)
    return Table("course-table", caption, columns, tuple(rows))
