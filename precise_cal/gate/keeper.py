"""Writing to a ledger: under its lock, after following it to its head, signed, and told to the checkpoint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from precise_cal.gate.canonical import sha256
from precise_cal.gate.checkpoint import Head, read_checkpoint, write_checkpoint
from precise_cal.gate.errors import GateError
from precise_cal.gate.events import Event, Succession
from precise_cal.gate.history import read_history
from precise_cal.gate.ledger import Ledger, Row, origin_sha256
from precise_cal.gate.moments import SKEW
from precise_cal.gate.written import write_time
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from precise_cal.gate.decision import SignedDecision
    from precise_cal.gate.events import EventKind
    from precise_cal.gate.history import History
    from precise_cal.gate.keys import PrivateKey, PublicKeys


class Keeper:
    """Keeps one ledger with one key. Several processes may keep the same ledger."""

    def __init__(
        self,
        ledger: Path,
        *,
        key: PrivateKey,
        trusted: PublicKeys | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: float = 30.0,
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open the ledger, or begin one.

        Args:
            ledger: the SQLite file; its checkpoint stands beside it.
            key: signs entries and checkpoints.
            trusted: further keys whose entries are believed: after a change of key, the old one.
            clock: tells the time, with offset.
            patience: seconds to wait for other writers.
            step: told the name of each step when it is done, for a log.

        Raises:
            GateError: the ledger cannot be opened or written.
        """
        self.key = key
        self.step = step
        self._clock = clock
        self._trusted = key.public() if trusted is None else key.public() | trusted
        self._ledger = Ledger(ledger, writable=True, patience=patience)
        try:
            self._begin()
        except BaseException:
            self._ledger.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    @property
    def path(self) -> str:
        """Where the ledger stands."""
        return str(self._ledger.path.absolute())

    def writing(self) -> AbstractContextManager[None]:
        """Hold the write lock; what was appended is durable when the block is left, and gone if it raises."""
        return self._ledger.writing()

    def history(self, subject_id: str | None) -> History:
        """What the ledger holds, and the decisions on a participant; the caller holds the write lock.

        Raises:
            GateError: the ledger was changed, shortened, or signed with a key that is not trusted; or the keeper's key
                was handed over.
        """
        found = read_history(self._ledger, self._trusted, read_checkpoint(self._ledger.path), subject_id)
        if self.key.fingerprint in found.replaced:
            entry = found.replaced[self.key.fingerprint]
            raise GateError(
                message(
                    "{ $path }: this key was replaced in entry { $entry }; name the new one with --key",
                    path=self.path,
                    entry=entry,
                )
            )
        return found

    def now(self) -> datetime:
        """What the clock says.

        Raises:
            GateError: the clock tells no offset from UTC.
        """
        now = self._clock()
        write_time(now)
        return now

    def append(self, entry: Event | SignedDecision) -> Head:
        """Add an entry; the caller holds the write lock, and gives the head to `move_checkpoint` afterwards."""
        if isinstance(entry, Event):
            body = entry.body()
            row = Row(entry.sequence, body, sha256(body), self.key.sign("event", body))
        else:
            row = Row(entry.decision.sequence, entry.body, entry.sha256, entry.signature)
        self._ledger.renew()
        self._ledger.append(row)
        self.step("inserted")
        return Head(self._ledger.ledger_id, row.sequence, row.sha256)

    def move_checkpoint(self, head: Head) -> None:
        """Bring the checkpoint up to a head; under the write lock, so that it never goes back."""
        with self._ledger.writing():
            told = read_checkpoint(self._ledger.path)
            if told is None or told.head.sequence < head.sequence:
                write_checkpoint(self._ledger.path, head, self.key, self.step)

    def set_clock(self, reason: str) -> Event:
        """Record that the clock ran ahead when the last entry was made, and is right now: times start anew.

        Raises:
            GateError: the clock is not behind the ledger.
        """
        with self.writing():
            history = self.history(None)
            now = self.now()
            if history.latest is None or now >= history.latest:
                raise GateError("the clock is not behind the ledger: there is nothing to set right")
            event = self._event("clock", history, now, reason)
            head = self.append(event)
        self.move_checkpoint(head)
        return event

    def hand_over(self, successor: PrivateKey, reason: str) -> Event:
        """Record that another key signs from here on; this keeper goes on with it.

        Raises:
            GateError: it is the key that signs now, or the clock runs behind the ledger.
        """
        if successor.fingerprint == self.key.fingerprint:
            raise GateError("the new key is the one that signs now")
        with self.writing():
            history = self.history(None)
            event = self._event("succession", history, in_order(self.now(), history), reason, successor)
            head = self.append(event)
        self.key, self._trusted = successor, self._trusted | successor.public()
        self.move_checkpoint(head)
        return event

    def _event(
        self, kind: EventKind, history: History, now: datetime, reason: str, successor: PrivateKey | None = None
    ) -> Event:
        return Event(
            kind=kind,
            ledger_id=history.head.ledger_id,
            sequence=history.place,
            previous_sha256=history.head.sha256,
            recorded_at=now,
            reason=reason,
            key_fingerprint=self.key.fingerprint,
            succession=None if successor is None else Succession.of(history.head.ledger_id, self.key, successor),
        )

    def _begin(self) -> None:
        """Write the checkpoint of an empty ledger: were it missing later, nobody could tell that it ever was."""
        if self._ledger.is_empty() and read_checkpoint(self._ledger.path) is None:
            self.move_checkpoint(Head(self._ledger.ledger_id, 0, origin_sha256(self._ledger.ledger_id)))


def in_order(now: datetime, history: History) -> datetime:
    """The time of a new entry: the clock; that of the last entry while the clock is behind it by no more than `SKEW`.

    Raises:
        GateError: the clock is further behind.
    """
    if history.latest is None or now >= history.latest:
        return now
    if history.latest - now <= SKEW:
        return history.latest
    raise GateError(
        message(
            "the clock says { $write_time }, but entry { $sequence } was made at { $write_time_2 }: "
            "set the clock right and ask again; if it is right now and ran ahead then, record that "
            'with `precise gate clock --reason "…"`',
            write_time=write_time(now),
            sequence=history.head.sequence,
            write_time_2=write_time(history.latest),
        )
    )
