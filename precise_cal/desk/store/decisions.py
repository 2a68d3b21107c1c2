"""Decisions and allocations, written as events and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Allocation, Decision, Event, Record
from precise_cal.desk.origins import as_content, origins_of, still
from precise_cal.desk.store.log import add, keep
from precise_cal.desk.store.scope import whole
from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.decision import read_envelope
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from precise_cal.desk.origins import Origins
    from precise_cal.desk.store.log import Actor
    from precise_cal.gate.decision import SignedDecision
    from precise_cal.gate.keys import PublicKeys
    from precise_cal.sealer.messages import Answered


def envelope_of(row: Decision) -> bytes:
    """The signed decision as its file."""
    return bytes(row.event.content.data)


def signed(row: Decision, keys: PublicKeys) -> SignedDecision:
    """The decision of a row. Raises: GateError, if it was changed."""
    return read_envelope(envelope_of(row), keys)


def named_sha256(row: Decision) -> str:
    """The digest of a decision, by which the next one names it."""
    members: Any = thaw(envelope_of(row))
    return str(members["sha256"])


@whole()
def of_participant(subject_id: str) -> list[Decision]:
    """The decisions on a participant, under whatever spelling, oldest first."""
    rows = Decision.objects.filter(participant=skeleton(subject_id)).select_related("event__content")
    return [*rows.order_by("sequence")]


@whole()
def allocation_of(subject_id: str) -> Allocation | None:
    """The slot of a participant, if there is one."""
    found: Allocation | None = (
        Allocation.objects.filter(participant=skeleton(subject_id)).select_related("event", "decision__event").first()
    )
    return found


@whole()
def is_elsewhere(subject_id: str, site: str) -> bool:
    """Whether a record, a decision or a slot of a participant is of another site than this."""
    rows: tuple[Any, ...] = Record.objects, Decision.objects, Allocation.objects
    return any(one.filter(participant=skeleton(subject_id)).exclude(site=site).exists() for one in rows)


def elsewhere() -> DeskError:
    """What is said of such a participant; of the other site nothing."""
    return DeskError("This participant is known at another site.")


def proof_of(row: Allocation) -> dict[str, Any]:
    """Arm, salt and path of an allocation, as the sealer gave them."""
    members: Any = thaw(bytes(row.event.content.data))
    return members["allocation"]


def add_decision(one: SignedDecision, record: bytes, actor: Actor, meaning: str | None) -> Decision:
    """Write a decision; the caller holds the log's lock."""
    decision = one.decision
    event = add("gate.decision", one.envelope(), actor, site=decision.site_id, reason=decision.reason, meaning=meaning)
    row = Decision(
        event=event,
        sequence=decision.sequence,
        decision_id=decision.decision_id,
        participant=skeleton(decision.subject_id),
        subject_id=decision.subject_id,
        site=decision.site_id,
        word=decision.decision,
        decided_at=decision.decided_at,
        record=keep(record),
    )
    row.save(force_insert=True)
    return row


def add_allocation(decision: Decision, answered: Answered, actor: Actor, root: str) -> Allocation:
    """Write an allocation; the caller holds the log's lock."""
    content = {
        "allocation": answered.allocation.model_dump(),
        "bound": answered.bound.model_dump(),
        "decision_event": decision.event_id,
        "root": root,
    }
    event = add("list.opened", content, actor, site=decision.site)
    row = Allocation(
        event=event,
        participant=decision.participant,
        subject_id=decision.subject_id,
        site=decision.site,
        decision=decision,
        stratum=answered.allocation.stratum,
        number=answered.allocation.number,
        arm=answered.allocation.arm,
    )
    row.save(force_insert=True)
    return row


@whole()
def receive_record(data: bytes, subject_id: str, site: str, actor: Actor, origins: Origins | None = None) -> Record:
    """Keep the latest record of a participant; an event, where it is another than the one before.

    Args:
        data: the record.
        subject_id: whom it is about.
        site: of that participant.
        actor: who brings it.
        origins: where its values come from; None: where those come from that are as before.
    """
    content, who = keep(data), skeleton(subject_id)
    row: Record | None = Record.objects.filter(pk=who).select_related("content", "origins").first()
    if origins is None:
        origins = still(origins_of(row), bytes(row.content.data), data) if row else {}
    kept = keep(canonical(as_content(origins))) if origins else None
    is_same = row is not None and row.content_id == content.pk
    if row is not None and is_same and row.origins_id == (kept.pk if kept else None):
        return row
    event: Event = row.event if row is not None and is_same else add("record.received", data, actor, site=site)
    if kept is not None:
        add("record.origins", bytes(kept.data), actor, site=site)
    row = Record(participant=who, subject_id=subject_id, site=site, content=content, event=event, origins=kept)
    row.save()
    return row
