"""What a ledger holds when a question is asked: the whole chain followed, and the participant's own decisions read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.gate.chain import Chain, Keys, Link, handovers, untrusted_text
from precise_cal.gate.checkpoint import Checkpoint, Head
from precise_cal.gate.errors import GateError, UntrustedKeyError
from precise_cal.language.catalog import message, placed, words_of
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from precise_cal.gate.decision import SignedDecision
    from precise_cal.gate.keys import PublicKeys
    from precise_cal.gate.ledger import Ledger


@dataclass(frozen=True, slots=True)
class History:
    """What a ledger holds.

    Attributes:
        head: the last entry.
        latest: when it was recorded, None in an empty ledger.
        decisions: how many decisions there are.
        of_participant: those on one participant, under whatever spelling of the name, oldest first.
        replaced: in which entry each key that signs no more was handed over.
    """

    head: Head
    latest: datetime | None
    decisions: int
    of_participant: tuple[SignedDecision, ...]
    replaced: Mapping[str, int]

    @property
    def place(self) -> int:
        """The number of the next entry."""
        return self.head.sequence + 1


def read_history(ledger: Ledger, trusted: PublicKeys, told: Checkpoint | None, subject_id: str | None) -> History:
    """Follow a ledger to its head, and read what concerns a participant.

    The chain holds every row to the last one, whose signature is checked, as are those of the participant's
    decisions and of every event. So nothing is believed that a trusted key did not sign for this ledger, and nothing
    is missing between the rows that are there.

    Args:
        ledger: the ledger; the caller holds its write lock or a read transaction.
        trusted: the keys that are trusted.
        told: the checkpoint, read before the ledger.
        subject_id: the participant; None reads nobody's decisions.

    Raises:
        GateError: the ledger was changed, shortened, or signed with a key that is not trusted.
    """
    chain = Chain(ledger.ledger_id)
    keys = Keys(trusted, handovers(ledger))
    sought = None if subject_id is None else skeleton(subject_id)
    own: list[SignedDecision] = []
    last: Link | None = None
    told_sha256 = chain.head_sha256 if told is not None and told.head.sequence == 0 else None
    for row in ledger.rows():
        link, faults = chain.add(row)
        if faults or link is None:
            raise GateError(
                message(
                    "{ $path }, entry { $sequence }: { $text }; `precise gate verify` tells more",
                    path=ledger.path,
                    sequence=row.sequence,
                    text=faults[0].text,
                )
            )
        is_own = link.kind == "decision" and skeleton(link.members["subject_id"]) == sought
        if is_own or link.kind != "decision":
            _check(ledger, keys, link)
        if is_own:
            own.append(link.decision())
        if told is not None and row.sequence == told.head.sequence:
            told_sha256 = row.sha256
        last = link
    if last is not None:
        _check(ledger, keys, last)
    head = Head(ledger.ledger_id, chain.sequence, chain.head_sha256)
    if told is not None:
        told.check(keys.trusted)
    fault = shortened(head, told, told_sha256)
    if fault is not None and not (told is None and head.sequence == 0):
        raise GateError(placed(ledger.path, fault))
    return History(head, chain.latest, chain.decisions, tuple(own), keys.replaced)


def _check(ledger: Ledger, keys: Keys, link: Link) -> None:
    try:
        keys.check(link)
    except UntrustedKeyError as error:
        raise UntrustedKeyError(placed(ledger.path, untrusted_text([link]))) from error
    except GateError as error:
        raise GateError(
            message(
                "{ $path }, entry { $sequence }: { $error }",
                path=ledger.path,
                sequence=link.row.sequence,
                error=words_of(error),
            )
        ) from error


def shortened(head: Head, told: Checkpoint | None, told_sha256: str | None) -> str | None:
    """What a checkpoint says against a ledger; None if the ledger goes on from it.

    Args:
        head: of the ledger.
        told: its checkpoint.
        told_sha256: the hash of the entry that the ledger has in the checkpoint's place.
    """
    if told is None:
        return "its checkpoint is missing, so nothing tells whether the ledger was shortened"
    if told.head.ledger_id != head.ledger_id or told.head.sequence > head.sequence:
        return message(
            "has { $sequence } entries of ledger { $ledger_id }, but its checkpoint tells of { "
            "$sequence_2 } of ledger { $ledger_id_2 }: it was shortened or replaced",
            sequence=head.sequence,
            ledger_id=head.ledger_id,
            sequence_2=told.head.sequence,
            ledger_id_2=told.head.ledger_id,
        )
    if told_sha256 != told.head.sha256:
        return message("entry { $sequence } is not the one that the checkpoint tells of", sequence=told.head.sequence)
    return None
