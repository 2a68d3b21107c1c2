"""Following the chain of a ledger from its origin to its head, and the keys that were handed over on the way."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from precise_cal.gate.canonical import sha256
from precise_cal.gate.decision import FORMATS, SignedDecision, read_decision
from precise_cal.gate.errors import GateError
from precise_cal.gate.events import EVENT_FORMATS, read_event
from precise_cal.gate.ledger import origin_sha256
from precise_cal.language.catalog import message, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from precise_cal.gate.events import Event, Succession
    from precise_cal.gate.keys import PublicKeys, Purpose
    from precise_cal.gate.ledger import Ledger, Row

FaultCode = Literal[
    "DAMAGED", "SCHEMA", "CHANGED", "KEY", "SEQUENCE", "CHAIN", "CLOCK", "RULES", "REPLAY", "REASON", "SHORTENED",
]  # fmt: skip
_KINDS: Final = {**dict.fromkeys(FORMATS.values(), "decision"), **EVENT_FORMATS}


_TEXTS: Final = ("ledger_id", "previous_sha256", "key_fingerprint")
"""What every entry says of its place, as text."""


class Fault(NamedTuple):
    """Something found wrong: the number of the entry where it concerns one."""

    code: FaultCode
    sequence: int | None
    text: str


class Link(NamedTuple):
    """A row whose bytes are those that were hashed: what it is, and the members of its body."""

    row: Row
    kind: str
    members: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        """When it was recorded."""
        return datetime.fromisoformat(self.members["decided_at" if self.kind == "decision" else "recorded_at"])

    def decision(self) -> SignedDecision:
        """The decision of the row, its form checked; its signature is not (`Keys.check`).

        Raises:
            GateError: the bytes are not exactly what a decision writes.
        """
        return SignedDecision(read_decision(self.row.body), self.row.body, self.row.sha256, self.row.signature)


class Chain:
    """Takes the rows of a ledger in their order, and tells what does not follow from what came before."""

    def __init__(self, ledger_id: str) -> None:
        self.ledger_id = ledger_id
        self.sequence = 0
        self.head_sha256 = origin_sha256(ledger_id)
        self.latest: datetime | None = None
        """The time of the last entry, None before the first."""
        self.decisions = 0

    def add(self, row: Row) -> tuple[Link | None, list[Fault]]:
        """The link of a row, None where its bytes are not what was hashed; and the faults."""
        faults: list[Fault] = []
        if row.sequence != self.sequence + 1:
            faults.append(
                Fault("SEQUENCE", row.sequence, message("should be number { $sequence }", sequence=self.sequence + 1))
            )
        previous, self.sequence, self.head_sha256 = self.head_sha256, row.sequence, row.sha256
        try:
            link = _link(row)
            faults += self._check(link, previous)
        except GateError as error:
            return None, [*faults, Fault("CHANGED", row.sequence, words_of(error))]
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            text = message(
                "not an entry of this program: { $name } at { $error }",
                name=type(error).__name__,
                error=words_of(error),
            )
            return None, [*faults, Fault("CHANGED", row.sequence, text)]
        self.decisions += link.kind == "decision"
        return link, faults

    def _check(self, link: Link, previous: str) -> Iterator[Fault]:
        number, members = link.row.sequence, link.members
        if members["ledger_id"] != self.ledger_id:
            yield Fault(
                "CHAIN",
                number,
                message(
                    "was made for the ledger { $ledger_id }, not for { $ledger_id_2 }",
                    ledger_id=members["ledger_id"],
                    ledger_id_2=self.ledger_id,
                ),
            )
        if members["sequence"] != number:
            yield Fault("CHANGED", number, message("was signed as number { $sequence }", sequence=members["sequence"]))
        if members["previous_sha256"] != previous:
            yield Fault("CHAIN", number, "does not follow the entry before it")
        at = link.at
        if link.kind != "clock" and self.latest is not None and at < self.latest:
            yield Fault("CLOCK", number, "was made before its predecessor: the clock was set back")
        self.latest = at


def _link(row: Row) -> Link:
    if sha256(row.body) != row.sha256:
        raise GateError("was changed: its SHA-256 is another")
    members = json.loads(row.body)
    link = Link(row, _KINDS[members["format"]], members)
    names = _TEXTS if link.kind != "decision" else (*_TEXTS, "subject_id")
    if not all(type(members[name]) is str for name in names):
        raise GateError(message("not an entry of this program: one of { $names } is no text", names=", ".join(names)))
    if row.repeated is not None and row.repeated != _repeated(members):
        raise GateError("was changed: its columns differ from what was signed")
    return link


def _repeated(members: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("decision_id", "site_id", "subject_id")
    return (*(members[name] for name in names), members["input"]["sha256"], members["rules"]["sha256"])


class Handover(NamedTuple):
    """A succession of keys, in the entry that records it."""

    event: Event
    succession: Succession
    row: Row


class Keys:
    """The keys that may sign each entry: those trusted from outside, and those that were handed over in the ledger."""

    def __init__(self, trusted: PublicKeys, handovers: Iterable[Handover]) -> None:
        """Extend trust along the successions, forwards and backwards.

        Raises:
            GateError: a succession that a trusted key did not sign.
        """
        self.trusted = trusted
        self.replaced: dict[str, int] = {}
        """In which entry a key was handed over."""
        waiting = list(handovers)
        while known := [one for one in waiting if self._trusts_one_of(one.succession)]:
            for event, succession, row in known:
                self.trusted = succession.extend(self.trusted, event.ledger_id, row.body, row.signature)
                self.replaced[event.key_fingerprint] = row.sequence
            waiting = [one for one in waiting if one not in known]

    def _trusts_one_of(self, succession: Succession) -> bool:
        return any(fingerprint in self.trusted for fingerprint in succession.fingerprints)

    def check(self, link: Link) -> None:
        """Check the signature of an entry.

        Raises:
            UntrustedKeyError: the key is not among the trusted ones.
            GateError: the signature is not valid, or the key had been replaced.
        """
        fingerprint = link.members["key_fingerprint"]
        purpose: Purpose = "decision" if link.kind == "decision" else "event"
        self.trusted.check(fingerprint, purpose, link.row.body, link.row.signature)
        replaced = self.replaced.get(fingerprint)
        if replaced is not None and link.row.sequence > replaced:
            raise GateError(
                message(
                    "signed with the key { $fingerprint }, which was replaced in entry { $replaced }",
                    fingerprint=fingerprint,
                    replaced=replaced,
                )
            )


def handovers(ledger: Ledger) -> list[Handover]:
    """The successions of keys that a ledger records; what is no entry is left to `Chain`."""
    found = []
    for row in ledger.rows():
        if b'"format":"precise-cal-gate-succession-' in row.body:
            try:
                event = read_event(row.body)
            except GateError:
                continue
            if event.succession is not None:
                found.append(Handover(event, event.succession, row))
    return found


def untrusted_text(links: list[Link]) -> str:
    """One sentence for all the entries of a key that is not trusted."""
    numbers = (
        f"{links[0].row.sequence}"
        if len(links) == 1
        else message(
            "{ $sequence } to { $sequence_2 }", sequence=links[0].row.sequence, sequence_2=links[-1].row.sequence
        )
    )
    entries = "entry" if len(links) == 1 else message("{ $count } entries,", count=len(links))
    fingerprint = links[0].members["key_fingerprint"]
    return message(
        "{ $entries } { $numbers }: signed with the key { $fingerprint }, which is not trusted; "
        "name its public half with --public-key if it is the gate's",
        entries=entries,
        numbers=numbers,
        fingerprint=fingerprint,
    )
