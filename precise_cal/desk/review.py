"""Every participant's latest record, judged: for the lists of participants, deviations and queries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from precise_cal.desk.models import Allocation, Decision, Record
from precise_cal.desk.store.log import how_far
from precise_cal.desk.store.prepared import Prepared, PreparedOf
from precise_cal.desk.versions import at_site
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.reading import allocation_rules
from precise_cal.protocol.from_json import parse_json
from precise_cal.protocol.temporal import DateTime
from precise_cal.reports.public import Mask, public_record, public_subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from precise_cal.desk.trial import Trial
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject


class Name(NamedTuple):
    """Who is in the list, and at which site."""

    participant: str
    subject_id: str
    site: str
    is_randomized: bool
    event: int
    """The last one about the participant: a record, a decision, or the slot."""


class Decided(NamedTuple):
    """The last decision on a participant."""

    event_id: int
    word: str
    decided_at: datetime


class Slot(NamedTuple):
    """An allocation, and the number of its event."""

    event_id: int
    arm: str


class Row(NamedTuple):
    """A participant of the list."""

    name: Name
    decision: Decided | None
    allocation: Slot | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A participant with what is found."""

    subject: Subject
    site: str
    fields: Part


def _names(model: Any, order: str) -> tuple[Prepared[_Named], Prepared[_Named]]:
    """Whom a table names: at every site, and at one."""

    def everywhere() -> Any:
        return model.objects.order_by(order).values_list("participant", "subject_id", "site", "event_id")

    return Prepared(everywhere), Prepared(lambda site: everywhere().filter(site=site), str)


_Named: TypeAlias = "tuple[str, str, str, int]"
_NAMES: Final = (_names(Record, "pk"), _names(Decision, "sequence"), _names(Allocation, "pk"))


_COURSES: Final[PreparedOf[Any]] = PreparedOf(
    lambda names: (
        Decision.objects.filter(participant__in=names)
        .order_by("sequence")
        .values_list("participant", "site", "event_id", "word", "decided_at", "allocation__event_id", "allocation__arm")
    ),
    100,
)


def participants(site: str | None) -> tuple[Name, ...]:
    """The participants of a site, or of all: whoever has a record or a decision; named as they were last."""
    return _participants(site, how_far())


@lru_cache(maxsize=64)
def _participants(site: str | None, _how_far: tuple[int, datetime | None]) -> tuple[Name, ...]:
    """The same as the log was then: who is in the list changes with an event."""
    found: dict[str, Name] = {}
    for is_randomized, (everywhere, of_site) in zip((False, False, True), _NAMES, strict=True):
        for who, subject_id, where, event in of_site(site) if site else everywhere():
            last = max(event, found[who].event) if who in found else event
            found[who] = Name(who, subject_id, where, is_randomized, last)
    return tuple(sorted(found.values(), key=attrgetter("site", "subject_id")))


def rows_of(names: Sequence[Name], site: str | None) -> list[Row]:
    """How far participants have come, as far as a site, or all, may see it."""
    decided: dict[str, Decided] = {}
    slots: dict[str, Slot] = {}
    for who, where, number, word, at, event_id, arm in _COURSES([one.participant for one in names]):
        if site not in (None, where):
            continue
        decided[who] = Decided(number, word, at)
        if event_id is not None:
            slots[who] = Slot(event_id, arm)
    return [Row(one, decided.get(one.participant), slots.get(one.participant)) for one in names]


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
