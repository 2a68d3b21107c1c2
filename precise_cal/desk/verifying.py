"""A database held against its own log: whatever somebody changed behind the desk is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.desk.accounts import altered
from precise_cal.desk.models import Allocation, Content, Decision, Event, Record
from precise_cal.desk.store.decisions import signed
from precise_cal.desk.store.log import checkpoint
from precise_cal.desk.store.scope import whole
from precise_cal.gate.canonical import sha256, thaw
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message, words_of
from precise_cal.log.bundle import Bundle
from precise_cal.log.bundle import faults as faults_of_log
from precise_cal.log.errors import LogError
from precise_cal.log.event import read_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.desk.home import Place
    from precise_cal.gate.keys import PublicKeys
    from precise_cal.language.catalog import Text
    from precise_cal.log.checkpoint import Checkpoint


@whole()
def faults(place: Place, earlier: Sequence[Checkpoint]) -> list[str]:
    """What does not hold; nothing where all holds.

    Args:
        place: the desk; it need not be running.
        earlier: checkpoints of its log that somebody kept elsewhere.
    """
    keys = place.decision_key.public()
    return [
        *_log(place, earlier),
        *_events(),
        *(one for row in Decision.objects.select_related("event__content").iterator() for one in _decision(row, keys)),
        *(one for row in Allocation.objects.select_related("event__content").iterator() for one in _allocation(row)),
        *(one for row in Record.objects.select_related("event").iterator() for one in _record(row)),
        *altered(),
    ]


def _log(place: Place, earlier: Sequence[Checkpoint]) -> Iterator[str]:
    """Whether events follow each other, and begin with what was seen before."""
    bodies = tuple(bytes(one) for one in Event.objects.order_by("number").values_list("body", flat=True))
    note = checkpoint(place.config.origin, place.log_key.key)[1]
    yield from faults_of_log(Bundle(bodies, note), place.log_key.key.public_key(), earlier)


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


def _decision(row: Decision, keys: PublicKeys) -> Iterator[Text]:
    try:
        one = signed(row, keys).decision
    except GateError as error:
        yield message("decision of event { $number }: { $error }", number=row.event_id, error=words_of(error))
        return
    kept = (row.sequence, row.decision_id, row.subject_id, row.site, row.word, row.decided_at)
    if kept != (one.sequence, one.decision_id, one.subject_id, one.site_id, one.decision, one.decided_at):
        yield message("decision of event { $number }: its row says something else", number=row.event_id)


def _allocation(row: Allocation) -> Iterator[Text]:
    try:
        members: Any = thaw(bytes(row.event.content.data))
        slot, bound = members["allocation"], members["bound"]
        said = members["decision_event"], slot["stratum"], slot["number"], slot["arm"], bound["subject_id"]
    except (GateError, KeyError, TypeError) as error:
        yield message("allocation of event { $number }: { $error }", number=row.event_id, error=words_of(error))
        return
    if said != (row.decision_id, row.stratum, row.number, row.arm, row.subject_id):
        yield message("allocation of event { $number }: its row says something else", number=row.event_id)


def _record(row: Record) -> Iterator[Text]:
    if (row.event.content_id, row.event.site) != (row.content_id, row.site):
        yield message("the latest record of { $subject_id } is not the one of its event", subject_id=row.subject_id)
