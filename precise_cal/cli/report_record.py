"""What documents show of a record, read by the roles of the trial and the rows of its report.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.language.catalog import Joined
from precise_cal.protocol.part import value_at
from precise_cal.reports.record import Contact, Facts, Mark, Readers, ReportedEvent, Result, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.report_rows import Reading
    from precise_cal.engine.rulebook.reporting import Kind
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part


def readers_of(book: Rulebook) -> Readers:
    """What reads the records of a trial."""

    def rows(kind: Kind) -> Callable[[Part], list[Reading]]:
        def read(record: Part) -> list[Reading]:
            return book.reporting.read(kind, record, book.role("day_zero", record), book.utc_offset_minutes)

        return read

    read = {kind: rows(kind) for kind in ("table", "day", "year", "contacts", "markers", "events")}
    return Readers(
        facts=lambda record: _facts(book, record),
        steps=lambda record: [_step(one) for one in read["table"](record)],
        day=lambda record: [_mark(one) for one in read["day"](record)],
        year=lambda record: [_mark(one) for one in read["year"](record)],
        contacts=lambda record: [_contact(one) for one in read["contacts"](record)],
        results=lambda record: [_result(one) for one in read["markers"](record)],
        events=lambda record: [_event(one) for one in read["events"](record)],
        collected=lambda record: [
            (one.dataset, row) for one in book.reporting.collected for row in one.rows(record, book.utc_offset_minutes)
        ],
    )


def _facts(book: Rulebook, record: Part) -> Facts:
    reporting, offset = book.reporting, book.utc_offset_minutes
    facts = reporting.file.facts
    return Facts(
        enrolled=book.is_enrolled(record),
        enrolled_at=book.role("enrolled_at", record),
        arm=book.role("arm", record),
        day_zero=book.role("day_zero", record),
        cutoff=book.role("cutoff", record),
        consented=reporting.fact("consented", record, offset) is True,
        consented_at=book.role("consented_at", record),
        protocol_version=book.role("protocol_version", record),
        participation=reporting.fact("participation", record, offset),
        ended=reporting.fact("ended", record, offset),
        ended_at=value_at(record, facts.ended_at) if facts.ended_at else None,
        treatment_ended_at=value_at(record, facts.treatment_ended_at) if facts.treatment_ended_at else None,
    )


def _step(one: Reading) -> Step:
    return Step(one.at, one.texts["what"], _words(one), one.source)


def _mark(one: Reading) -> Mark:
    loud = one.value("loud") is True if "loud" in one.values else one.texts["loud"] == str(True)
    edge = one.texts["edge"] == str(True)
    return Mark(one.texts["lane"], one.at, one.until, _words(one), one.texts["shape"], loud, edge)


def _contact(one: Reading) -> Contact:
    visit, status, mode = (one.value(name) or "" for name in ("visit", "status", "mode"))
    return Contact(visit, one.at, one.value("done") is True, status, mode)


def _result(one: Reading) -> Result:
    return Result(one.at, one.value("value"), one.value("limit"), _words(one))


def _event(one: Reading) -> ReportedEvent:
    name, term, adjudication = (one.value(key) or "" for key in ("id", "term", "adjudication"))
    return ReportedEvent(name, term, adjudication, one.at)


def _words(one: Reading) -> str:
    return Joined(", ", [text for text in map(_shown, one.values.get("words", ())) if text])


def _shown(value: Any) -> str:
    """A value in words; a list is a phrase, whose words stand side by side."""
    if isinstance(value, tuple):
        return Joined(" ", [_shown(part) for part in value if part is not None])
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
