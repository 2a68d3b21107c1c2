"""The course of a participant: drawings, and the same as a table."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.units import conversion_factor
from precise_cal.reports.document import Column, Figure, Paragraph, Section, Table, code, number, text
from precise_cal.reports.drawing.timeline import Moment, Sample, Window, markers, procedure_day, year
from precise_cal.reports.moments import day_of, hours_after
from precise_cal.reports.words import day, minute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from precise_cal.protocol.part import Part
    from precise_cal.protocol.temporal import Date, DateTime
    from precise_cal.reports.case import Case
    from precise_cal.reports.document import Block
    from precise_cal.reports.study import Study

_DAY_H: Final = 24.0
_EDGE_H: Final = 3.0
_NAMES: Final = {"ctni": "cTnI", "ctnt": "cTnT", "ckmb_mass": "CK-MB mass", "ckmb_activity": "CK-MB activity"}
_EVENTS: Final = {
    "death": "death",
    "mi": "infarction",
    "stroke": "stroke",
    "tlr": "target lesion revascularization",
    "tvr": "target vessel revascularization",
    "thrombosis": "thrombosis",
}
Step = tuple["Date | DateTime | None", str, str, str]
"""When, what, the words, and where it stands in the record."""


def course(case: Case, study: Study, now: DateTime | None, key: str) -> Section:
    """The section with the drawings and their table."""
    record = case.record
    figures: list[Block] = list(_procedure(record))
    figures += _markers(record, study)
    figures += _year(record, study, now, key)
    if not figures:
        figures = [
            Paragraph("The record has no start of the index procedure, so that nothing can be drawn against it.")
        ]
    return Section("course", "Course, from consent to 12 months", (*figures, _table(case, study)))


def _procedure(record: Part) -> Iterator[Figure]:
    moments = list(_moments(record))
    if moments:
        title = "Lanes over the hours of the index procedure; the table below has every time"
        yield Figure(procedure_day(moments, title), "The day of the procedure", title)


def _moments(record: Part) -> Iterator[Moment]:
    """What happened within a day of the procedure; a consent long before it stands at the edge."""
    origin = record.procedure.started_at
    yield from _consent(hours_after(origin, record.consent.signed_at), record)
    end = hours_after(origin, record.procedure.ended_at)
    if end is not None and 0 <= end < _DAY_H:
        yield Moment("procedure", "", 0.0, end)
    steps = (
        *_modifications(record),
        *(
            ("QFR", f"{one.vessel or '?'} {one.value or '?'}", one.acquired_at, None, "diamond")
            for one in record.qfr_measurements or ()
        ),
        *_allocation(record),
    )
    for lane, words, begun, ended, shape in steps:
        start = hours_after(origin, begun)
        if start is not None and abs(start) < _DAY_H:
            yield Moment(lane, words, start, hours_after(origin, ended), shape)


def _consent(hours: float | None, record: Part) -> Iterator[Moment]:
    if hours is None:
        return
    if hours < -_EDGE_H:
        yield Moment(
            "consent", f"signed {minute(record.consent.signed_at)}, {-hours:.0f} h before", -_EDGE_H / 5, shape="square"
        )
    elif hours < _DAY_H:
        yield Moment("consent", "signed", hours, shape="square", loud=hours >= 0)


def _modifications(record: Part) -> Iterator[tuple[str, str, DateTime | None, DateTime | None, str]]:
    for lesion in record.lesions or ():
        for step in lesion.modification or ():
            yield "modification", f"{step.type or '?'} {lesion.lesion_id}", step.started_at, step.ended_at, "circle"


def _allocation(record: Part) -> Iterator[tuple[str, str, DateTime | None, DateTime | None, str]]:
    if record.randomization is not None:
        yield "randomized", record.randomization.arm or "", record.randomization.at, None, "square"
    for lesion in record.lesions or ():
        for device in lesion.devices or ():
            yield "device", f"{device.type or ''} {lesion.lesion_id}".strip(), device.at, None, "triangle"


def _markers(record: Part, study: Study) -> Iterator[Figure]:
    limit = study.marker_multiple
    if limit is None:
        return
    samples = [one for one in (_sample(record, lab, limit) for lab in record.labs or ()) if one is not None]
    if samples:
        title = f"Cardiac markers as multiples of the upper limit of normal; the line is {limit} times the limit"
        drawn = markers(sorted(samples, key=lambda one: one.hours), float(limit), title)
        yield Figure(drawn, f"Cardiac markers against {limit} × the upper limit of normal (ULN)", title)


def _sample(record: Part, lab: Part, multiple: Decimal) -> Sample | None:
    at = hours_after(record.procedure.started_at, lab.collected_at)
    limit = lab.uln.quantity if lab.uln else None
    if at is None or lab.quantity is None or limit is None or not -72 <= at <= 240:
        return None
    factor = conversion_factor(lab.unit or "", limit.unit or "")
    if factor is None:
        return None
    ratio = Fraction(lab.quantity.value) * factor / Fraction(limit.value)
    return Sample(at, float(ratio), ratio > Fraction(multiple), f"{lab.comparator or ''}{lab.quantity}")


def _year(record: Part, study: Study, now: DateTime | None, key: str) -> Iterator[Figure]:
    if day_of(record, record.procedure.started_at, study.utc_offset_minutes) is None or record.randomization is None:
        return
    windows = [Window(one.name, one.first, one.last) for one in study.visits]
    cutoff = day_of(record, now or record.data_cutoff, study.utc_offset_minutes)
    title = "Contacts against their windows, events, and the end of participation, by day after the procedure"
    assumed = " (assumed)" if any(one.status == "assumed" for one in study.visits) else ""
    drawn = year(list(_days(record, study)), windows, cutoff, title, key)
    yield Figure(drawn, f"The year after; hatched: the windows of the contacts{assumed}", title)


def _days(record: Part, study: Study) -> Iterator[Moment]:
    offset = study.utc_offset_minutes
    windows = {one.name: one for one in study.visits}
    for visit in record.visits or ():
        at = day_of(record, visit.date, offset)
        if at is not None:
            plan = windows.get(visit.visit or "")
            outside = visit.status == "done" and plan is not None and not plan.first <= at <= plan.last
            words = f"{visit.visit} day {at}" + ("" if visit.status == "done" else f", {visit.status}")
            yield Moment("contacts", words, at, shape="circle" if visit.status == "done" else "cross", loud=outside)
    for one in record.qfr_measurements or ():
        at = day_of(record, one.acquired_at, offset)
        if one.phase == "month_12" and at is not None:
            yield Moment("QFR", f"{one.vessel or '?'} {one.value or '?'}", at, shape="diamond")
    for event in record.events or ():
        at = day_of(record, event.onset, offset)
        if at is not None:
            yield Moment("events", _event_words(event), at, shape="cross", loud=True)
    out = day_of(record, record.hospital.discharged_at, offset)
    if out is not None and -30 <= out <= 400:
        yield Moment("stay", f"discharged day {out}", out, shape="square")
    ended = day_of(record, record.disposition.date, offset)
    if ended is not None and record.disposition.status in ("died", "withdrawn", "lost_to_follow_up", "completed"):
        yield Moment("stay", record.disposition.status.replace("_", " "), ended, shape="square")


def _event_words(event: Part) -> str:
    kind = _EVENTS.get(event.type or "", "event of unknown kind")
    return kind + (f", {event.adjudication}" if event.adjudication else "")


def _table(case: Case, study: Study) -> Table:
    record = case.record
    steps = sorted(_steps(record), key=lambda step: str(step[0] or "9"))
    rows = []
    for moment, what, words, pointer in steps:
        days = day_of(record, moment, study.utc_offset_minutes)
        shown = number("–" if days is None else str(days).replace("-", "−"))
        rows.append(
            (text(minute(moment) if "T" in str(moment) else day(moment)), shown, text(what), text(words), code(pointer))
        )
    columns = (
        Column("When", width=1.3),
        Column("Day", "number", width=0.5),
        Column("What"),
        Column("As recorded", width=1.6),
        Column("Source field", width=2.2),
    )
    return Table(
        "course-table", "The same as a table; days are counted from the procedure as day 0", columns, tuple(rows)
    )


def _steps(record: Part) -> Iterator[Step]:
    yield (
        record.consent.signed_at,
        "consent",
        f"form {record.consent.form_version or 'not known'}",
        "/consent/signed_at",
    )
    yield record.hospital.admitted_at, "admission", "", "/hospital/admitted_at"
    yield record.procedure.started_at, "procedure begins", "", "/procedure/started_at"
    yield record.procedure.ended_at, "procedure ends", "", "/procedure/ended_at"
    for place, lesion in enumerate(record.lesions or ()):
        at = f"/lesions/{place}"
        for index, step in enumerate(lesion.modification or ()):
            done = {True: "completed", False: "not completed", None: "completion not known"}[step.completed]
            words = f"{step.type or 'tool not known'}, {lesion.lesion_id}, {done}"
            yield step.ended_at, "modification", words, f"{at}/modification/{index}"
        for index, device in enumerate(lesion.devices or ()):
            words = ", ".join(part for part in (device.type, device.role, lesion.lesion_id, device.reason) if part)
            yield device.at, "device", words, f"{at}/devices/{index}" if device.type else f"{at}/devices"
        for index, seen in enumerate(lesion.assessments or ()):
            words = f"{seen.phase}, TIMI {_known(seen.timi)}, dissection {_known(seen.dissection)}, {lesion.lesion_id}"
            yield seen.at, "angiogram", words, f"{at}/assessments/{index}"
    yield from _measured(record)
    yield from _afterwards(record)


def _measured(record: Part) -> Iterator[Step]:
    for index, one in enumerate(record.qfr_measurements or ()):
        phase, assessor = one.phase or "phase not known", one.assessor or "assessor not known"
        words = f"{_known(one.value)} {one.vessel or 'vessel not known'}, {phase}, {assessor}".replace("_", " ")
        yield one.acquired_at, "QFR", words, f"/qfr_measurements/{index}"
    if record.randomization is not None:
        yield record.randomization.at, "randomization", record.randomization.arm or "", "/randomization/at"
    for index, lab in enumerate(record.labs or ()):
        limit = f", limit {lab.uln.quantity}" if lab.uln and lab.uln.quantity else ", limit not known"
        unit = "" if lab.unit else ", unit not known"
        words = (
            f"{_NAMES.get(lab.test or '', 'marker not known')} "
            f"{lab.comparator or ''}{_known(lab.quantity or lab.value)}{unit}{limit}"
        )
        yield lab.collected_at, "marker", words, f"/labs/{index}"


def _afterwards(record: Part) -> Iterator[Step]:
    yield record.hospital.discharged_at, "discharge", "", "/hospital/discharged_at"
    for index, visit in enumerate(record.visits or ()):
        words = ", ".join(part for part in (visit.visit, visit.status, visit.mode) if part)
        yield visit.date, "contact", words, f"/visits/{index}"
    for index, event in enumerate(record.events or ()):
        yield event.onset, "event", f"{_event_words(event)} {event.vessel or ''}".strip(), f"/events/{index}"
    status = (record.disposition.status or "not known").replace("_", " ")
    yield record.disposition.date, "participation", status, "/disposition/status"


def _known(value: object) -> str:
    return "not known" if value is None else str(value)
