"""Every participant's latest record, judged: for the lists of participants, deviations and queries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from precise_cal.desk.models import Allocation, Decision, Record
from precise_cal.desk.versions import at_site
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.reading import allocation_rules
from precise_cal.protocol.from_json import parse_json
from precise_cal.protocol.temporal import DateTime
from precise_cal.reports.public import Mask, public_record, public_subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from precise_cal.desk.trial import Trial
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject


@dataclass(frozen=True, slots=True)
class Row:
    """A participant of the list."""

    subject_id: str
    site: str
    decision: Decision | None
    allocation: Allocation | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A participant with what is found."""

    subject: Subject
    site: str
    fields: Part


def participants(site: str | None) -> list[Row]:
    """The participants of a site, or of all: whoever has a record or a decision."""
    rows: dict[str, Row] = {}
    for record in _of(site, Record.objects.all()):
        rows[record.participant] = Row(record.subject_id, record.site, None, None, record)
    for one in _of(site, Decision.objects.order_by("sequence")):
        before = rows.get(one.participant)
        rows[one.participant] = Row(one.subject_id, one.site, one, None, before.record if before else None)
    for slot in _of(site, Allocation.objects.all()):
        before = rows.get(slot.participant)
        rows[slot.participant] = Row(
            slot.subject_id, slot.site, before.decision if before else None, slot, before.record if before else None
        )
    return sorted(rows.values(), key=lambda one: (one.site, one.subject_id))


def _of(site: str | None, rows: Any) -> Iterator[Any]:
    yield from rows.filter(site=site) if site else rows


def judged(trial: Trial, site: str | None, now: datetime, *, unmasked: bool) -> list[Judged]:
    """The latest records, judged as of the hour; without what tells the allocation unless it may be seen.

    Args:
        trial: the rules.
        site: whose participants; None for all.
        now: an instant in UTC.
        unmasked: whether arms may be shown.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    query = Record.objects.select_related("content").order_by("site", "subject_id")
    mask = Mask(allocation_rules(trial.book), trial.book.schema.revealing)
    found = []
    rows = [*(query.filter(site=site) if site else query)]
    trials = {name: at_site(trial, name) for name in {one.site for one in rows}}
    for row in rows:
        there = trials[row.site]
        key = trial.book.sha256, there.book.timeline.site(row.site), row.content_id
        record, subject = _subject(key, hour, _Reading(there, bytes(row.content.data)))
        if unmasked:
            found.append(Judged(subject, row.site, record))
        else:
            found.append(Judged(public_subject(subject, mask), row.site, public_record(record)))
    return found


class _Reading:
    """A record to be read if it was not yet: the key of the cache is its digest, not this."""

    def __init__(self, trial: Trial, data: bytes) -> None:
        self.trial, self.data = trial, data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reading)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=5000)
def _subject(_key: tuple[Any, ...], hour: datetime, reading: _Reading) -> tuple[Part, Subject]:
    book = reading.trial.book
    now = DateTime.parse(hour.isoformat(timespec="milliseconds"))
    with reading.trial.judging:
        record = book.records.record(parse_json(reading.data))
        return record, Checker(book, now).subject(record, reading.data)
