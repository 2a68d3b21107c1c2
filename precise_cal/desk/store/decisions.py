"""Decisions and allocations, written as events and read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from precise_cal.desk.errors import OtherSiteError
from precise_cal.desk.models import Allocation, Decision, Event, Record
from precise_cal.desk.origins import as_content, origins_of, still
from precise_cal.desk.store.log import New, add, add_all, keep
from precise_cal.desk.store.prepared import Prepared, insert
from precise_cal.desk.store.scope import whole
from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.decision import digest_in, read_envelope
from precise_cal.language.catalog import message
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from precise_cal.desk.models import Content
    from precise_cal.desk.origins import Origins
    from precise_cal.desk.store.log import Actor
    from precise_cal.gate.canonical import Json
    from precise_cal.gate.decision import SignedDecision
    from precise_cal.gate.keys import PublicKeys
    from precise_cal.sealer.messages import Answered


_EVERY: Final = 2**62
"""A number of an event that none has."""
_DECISIONS: Final[Prepared[Decision]] = Prepared(
    lambda who: (
        Decision.objects.filter(participant=who)
        .select_related("event__content", "allocation__event")
        .order_by("sequence")
    ),
    str,
)
_ALLOCATION: Final[Prepared[Allocation]] = Prepared(
    lambda who: Allocation.objects.filter(participant=who).select_related("event", "decision__event"), str
)
_ALLOCATION_AT: Final[Prepared[Allocation]] = Prepared(
    lambda number: Allocation.objects.filter(pk=number).select_related("event__content", "decision__event"), int
)
_RECORD: Final[Prepared[Record]] = Prepared(
    lambda who: Record.objects.filter(pk=who).select_related("content", "origins"), str
)
_LATEST: Final[Prepared[Decision]] = Prepared(
    lambda: Decision.objects.order_by("-sequence").select_related("event__content")[:1]
)


def envelope_of(row: Decision) -> bytes:
    """The signed decision as its file."""
    return bytes(row.event.content.data)


def signed(row: Decision, keys: PublicKeys) -> SignedDecision:
    """The decision of a row. Raises: GateError, if it was changed."""
    return read_envelope(envelope_of(row), keys)


def named_sha256(row: Decision) -> str:
    """The digest of a decision, by which the next one names it."""
    return digest_in(envelope_of(row))


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk knows of a participant, under whatever spelling."""

    decisions: tuple[Decision, ...]
    """Oldest first."""
    allocation: Allocation | None
    record: Record | None
    """The latest."""

    def is_elsewhere(self, site: str) -> bool:
        """Whether a record, a decision or the slot is of another site than this."""
        rows: tuple[Any, ...] = (*self.decisions, self.allocation, self.record)
        return any(one is not None and one.site != site for one in rows)


@whole()
def known_of(subject_id: str) -> Known:
    """What the desk knows of a participant."""
    who = skeleton(subject_id)
    decisions = tuple(_DECISIONS(who))
    slots = (getattr(one, "allocation", None) for one in decisions)
    return Known(decisions, next((one for one in slots if one is not None), None), _RECORD.first(who))


@whole()
def allocation_of(subject_id: str) -> Allocation | None:
    """The slot of a participant, if there is one."""
    return _ALLOCATION.first(skeleton(subject_id))


def allocation_at(number: int) -> Allocation | None:
    """The slot of an event, with what the sealer gave, if there is one."""
    return _ALLOCATION_AT.first(number)


@whole()
def latest_decision() -> Decision | None:
    """The last decision of the log."""
    return _LATEST.first()


def elsewhere() -> OtherSiteError:
    """What is said of such a participant; of the other site nothing."""
    return OtherSiteError("This participant is known at another site.")


def other_site(site: str, own: str) -> OtherSiteError:
    """What is said of a record of another site."""
    return OtherSiteError(
        message("This record is of site { $site }, not of { $own }.", site=site or "unknown", own=own)
    )


@whole()
def numbers_of() -> dict[int, str]:
    """The number of randomization of every allocation, by its event: R-0001 was the first of the trial."""
    events = Allocation.objects.order_by("event_id").values_list("event_id", flat=True)
    return {event: f"R-{number:04}" for number, event in enumerate(events, 1)}


def number_of_randomization(row: Allocation) -> str:
    """That of one allocation."""
    return f"R-{count_allocations(row.event_id):04}"


@whole()
def count_allocations(until: int = _EVERY) -> int:
    """How many slots the log has as opened, up to an event."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM desk_allocation WHERE event_id <= %s", [until])
        return int(cursor.fetchone()[0])


def proof_of(row: Allocation) -> dict[str, Any]:
    """Arm, salt and path of an allocation, as the sealer gave them."""
    members: Any = thaw(bytes(row.event.content.data))
    return members["allocation"]


def add_decision(
    one: SignedDecision, record: Content, signature: dict[str, Json], actor: Actor, meaning: str
) -> Decision:
    """Write a decision with what was signed of it; the caller holds the log's lock."""
    decision = one.decision
    _, event = add_all(
        [
            New(type="gate.signature", content=signature, meaning=meaning),
            New(type="gate.decision", content=one.envelope(), site=decision.site_id, reason=decision.reason,
                meaning=meaning),
        ],
        actor,
    )  # fmt: skip
    row = Decision(
        event=event,
        sequence=decision.sequence,
        decision_id=decision.decision_id,
        participant=skeleton(decision.subject_id),
        subject_id=decision.subject_id,
        site=decision.site_id,
        word=decision.decision,
        decided_at=decision.decided_at,
        record=record,
    )
    insert(row)
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
    insert(row)
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
    row = _RECORD.first(skeleton(subject_id))
    return replace_record(row, keep(data), (subject_id, site), actor, origins)


def replace_record(
    row: Record | None, content: Content, of: tuple[str, str], actor: Actor, origins: Origins | None = None
) -> Record:
    """The same, where it is known what is to be replaced: the latest record so far, or that there is none.

    Args:
        row: the latest record.
        content: that of the new one.
        of: the participant, and the site.
        actor: who brings it.
        origins: as for `receive_record`.
    """
    subject_id, site = of
    if origins is None:
        origins = still(origins_of(row), bytes(row.content.data), bytes(content.data)) if row else {}
    kept = keep(canonical(as_content(origins))) if origins else None
    is_same = row is not None and row.content_id == content.pk
    if row is not None and is_same and row.origins_id == (kept.pk if kept else None):
        return row
    event: Event = row.event if row is not None and is_same else add("record.received", content, actor, site=site)
    if kept is not None:
        add("record.origins", kept, actor, site=site)
    who = skeleton(subject_id)
    made = Record(participant=who, subject_id=subject_id, site=site, content=content, event=event, origins=kept)
    if row is None:
        insert(made)
    else:
        made.save()
    return made
