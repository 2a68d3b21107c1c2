"""A database held against its own log: whatever somebody changed behind the desk is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from precise_cal.desk.accounts import altered
from precise_cal.desk.models import Allocation, Content, Decision, Event, Head, Record
from precise_cal.desk.store.decisions import signed
from precise_cal.desk.store.log import checkpoint
from precise_cal.desk.store.scope import whole
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message, words_of
from precise_cal.log.bundle import Bundle
from precise_cal.log.bundle import faults as faults_of_log
from precise_cal.log.errors import LogError
from precise_cal.log.event import read_event
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.desk.home import Place
    from precise_cal.desk.trial import Trial
    from precise_cal.gate.keys import PublicKeys
    from precise_cal.language.catalog import Text
    from precise_cal.log.checkpoint import Checkpoint


_Row: TypeAlias = "tuple[str, str, int, str]"
"""Subject, site, event, and the SHA-256 of the record."""


@whole()
def faults(place: Place, trial: Trial, earlier: Sequence[Checkpoint]) -> list[str]:
    """What does not hold; nothing where all holds.

    Args:
        place: the desk; it need not be running.
        trial: its rules, which say whom a record is about, and what the gate reads of it.
        earlier: checkpoints of its log that somebody kept elsewhere.
    """
    keys = place.decision_key.public()
    decisions = Decision.objects.select_related("event__content", "record")
    allocations = Allocation.objects.select_related("event__content", "decision")
    return [
        *_log(place, earlier),
        *_head(),
        *_events(),
        *_without_row(),
        *(one for row in decisions.iterator() for one in _decision(trial, row, keys)),
        *(one for row in allocations.iterator() for one in _allocation(row)),
        *_records(trial),
        *altered(),
    ]


def _log(place: Place, earlier: Sequence[Checkpoint]) -> Iterator[str]:
    """Whether events follow each other, and begin with what was seen before."""
    bodies = tuple(bytes(one) for one in Event.objects.order_by("number").values_list("body", flat=True))
    note = checkpoint(place.config.origin, place.log_key.key)[1]
    yield from faults_of_log(Bundle(bodies, note), place.log_key.key.public_key(), earlier)


def _head() -> Iterator[Text]:
    """Whether the next event will follow the last one."""
    last = Event.objects.order_by("-number").values_list("number", "at").first() or (0, None)
    head = Head.objects.values_list("size", "at").get(pk=1)
    if last != head:
        yield message("the log's head says { $size } events, and the last one is { $last }", size=head[0], last=last[0])


def _without_row() -> Iterator[Text]:
    """Decisions and allocations of the log that the tables lack: who was allocated would be allocated again."""
    for number in _missing("gate.decision", Decision):
        yield message("event { $number }: no row of a decision", number=number)
    for number in _missing("list.opened", Allocation):
        yield message("event { $number }: no row of an allocation", number=number)


def _missing(type_: str, model: type[Decision | Allocation]) -> Iterator[int]:
    rows = Event.objects.filter(type=type_).exclude(pk__in=model.objects.values("pk"))
    yield from rows.order_by("number").values_list("number", flat=True)


def _events() -> Iterator[Text]:
    """Whether columns and contents are those of the events."""
    for one in Content.objects.iterator():
        if sha256(bytes(one.data)) != one.sha256:
            yield message("the content { $sha256 } is another", sha256=one.sha256)
    for row in Event.objects.order_by("number").iterator():
        try:
            event = read_event(bytes(row.body))
        except LogError:  # it was named above
            continue
        if (event.type, event.site or "", event.at, event.sha256) != (row.type, row.site, row.at, row.content_id):
            yield message("event { $number }: its row says something else than the event", number=row.number)


def _decision(trial: Trial, row: Decision, keys: PublicKeys) -> Iterator[Text]:
    try:
        one = signed(row, keys).decision
    except GateError as error:
        yield message("decision of event { $number }: { $error }", number=row.event_id, error=words_of(error))
        return
    kept = (row.sequence, row.decision_id, row.subject_id, row.site, row.word, row.decided_at, row.participant)
    said = one.sequence, one.decision_id, one.subject_id, one.site_id, one.decision, one.decided_at
    if kept != (*said, skeleton(one.subject_id)):
        yield message("decision of event { $number }: its row says something else", number=row.event_id)
    if one.rules.sha256 == trial.files.sha256 and _read_of(trial, bytes(row.record.data)) != one.snapshot_sha256:
        yield message("decision of event { $number }: its record is not the one that was judged", number=row.event_id)


def _read_of(trial: Trial, data: bytes) -> str | None:
    """The SHA-256 of what the gate reads of a record; None where it is none."""
    try:
        return sha256(canonical(trial.request(data).snapshot))
    except PreciseError:
        return None


def _allocation(row: Allocation) -> Iterator[Text]:
    try:
        members: Any = thaw(bytes(row.event.content.data))
        slot, bound = members["allocation"], members["bound"]
        said = members["decision_event"], slot["stratum"], slot["number"], slot["arm"], bound["subject_id"]
        who = skeleton(bound["subject_id"])
    except (GateError, KeyError, TypeError) as error:
        yield message("allocation of event { $number }: { $error }", number=row.event_id, error=words_of(error))
        return
    kept = row.decision_id, row.stratum, row.number, row.arm, row.subject_id
    if (said, who, row.event.site) != (kept, row.participant, row.site):
        yield message("allocation of event { $number }: its row says something else", number=row.event_id)


def _records(trial: Trial) -> Iterator[Text]:
    """Whether the latest records are those that the log received last, and their origins are of the log."""
    latest, unread = _received(trial)
    origins = {*Event.objects.filter(type="record.origins").values_list("content_id", flat=True), None}
    there = set()
    for row in Record.objects.iterator():
        there.add(row.participant)
        kept = row.subject_id, row.site, row.event_id, row.content_id
        is_its_own = row.participant == skeleton(row.subject_id) and row.origins_id in origins
        if not is_its_own or kept != latest.get(row.participant, unread.get(row.event_id, kept[:1])):
            yield message("the latest record of { $subject_id } is not the one of its event", subject_id=row.subject_id)
    for who, (subject_id, *_) in latest.items():
        if who not in there:
            yield message("there is no latest record of { $subject_id }", subject_id=subject_id)


def _received(trial: Trial) -> tuple[dict[str, _Row], dict[int, _Row]]:
    """What the row of the latest record should say: by participant, and by event where these rules cannot read it."""
    found: dict[str, _Row] = {}
    unread: dict[int, _Row] = {}
    subjects = dict(Record.objects.values_list("event_id", "subject_id"))
    for event in Event.objects.filter(type="record.received").order_by("number").select_related("content").iterator():
        place = event.site, event.number, event.content_id
        try:
            named = trial.participant(bytes(event.content.data))
        except PreciseError:
            unread[event.number] = (subjects.get(event.number, ""), *place)
        else:
            found[skeleton(named)] = (named, *place)
    return found, unread
