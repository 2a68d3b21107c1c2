"""The log over the database: events are added under one lock, and proved by a Merkle tree."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Content, Event, Head
from precise_cal.desk.store.scope import whole
from precise_cal.gate.canonical import canonical, sha256
from precise_cal.log.checkpoint import Checkpoint
from precise_cal.log.event import Event as LogEvent
from precise_cal.log.event import read_event
from precise_cal.log.merkle import Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SKEW: Final = timedelta(seconds=60)
"""By how much the clock may be behind the last event."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and how that person is known."""

    user: str | None
    role: str | None = None
    site: str | None = None
    authenticated: str | None = None


SYSTEM: Final = Actor("system", None, None, None)


@contextmanager
def writing() -> Iterator[Head]:
    """Hold the log's lock until the block ends; what was added is durable then, and gone if it raises.

    A transaction that sees every site, and begins with the lock of the head.
    """
    with whole(atomic=True):
        yield Head.objects.select_for_update().get(pk=1)


def add(
    type_: str,
    content: object,
    actor: Actor,
    *,
    site: str | None = None,
    reason: str | None = None,
    meaning: str | None = None,
) -> Event:
    """Add an event.

    Args:
        type_: a group and what happened.
        content: what it is about: JSON, or the bytes of it.
        actor: who did it.
        site: of what it is about; without it, the actor's.
        reason: why.
        meaning: of a signature.

    Raises:
        DeskError: the clock runs behind the log.
    """
    data = content if isinstance(content, bytes) else canonical(content)
    with writing() as head:
        now = in_order(datetime.now(UTC), head.at)
        kept = keep(data)
        event = LogEvent(
            type=type_,
            at=now,
            sha256=kept.sha256,
            user=actor.user,
            role=actor.role,
            site=site or actor.site,
            authenticated=actor.authenticated,
            reason=reason,
            meaning=meaning,
        )
        row = Event(
            number=head.size + 1, body=event.body(), type=type_, content=kept, site=site or actor.site or "", at=now
        )
        row.save(force_insert=True)
        head.size, head.at = row.number, now
        head.save(update_fields=["size", "at"])
    return row


def keep(data: bytes) -> Content:
    """The content of these bytes, kept once."""
    digest = sha256(data)
    found, _ = Content.objects.get_or_create(sha256=digest, defaults={"data": data})
    return found


def in_order(now: datetime, latest: datetime | None) -> datetime:
    """The time of a new event: the clock, or that of the last event while the clock is behind it by a minute at most.

    Raises:
        DeskError: it is further behind.
    """
    if latest is None or now >= latest:
        return now
    if latest - now <= SKEW:
        return latest
    raise DeskError(f"the server's clock says {now:%F %T}, but the last event is of {latest:%F %T} UTC: set it right")


def events(start: int = 0) -> Iterator[Event]:
    """The events after a number, in their order."""
    yield from Event.objects.filter(number__gt=start).order_by("number").iterator()


def told(event: Event) -> LogEvent:
    """What the log says of an event."""
    return read_event(bytes(event.body))


class _Trees:
    """The tree of this process, brought up to the database whenever it is asked for."""

    def __init__(self) -> None:
        self._tree, self._lock = Tree(), Lock()

    def now(self) -> tuple[Tree, int]:
        """The tree, and how many events it has."""
        with self._lock, whole():
            for event in events(len(self._tree)):
                if event.number != len(self._tree) + 1:
                    raise DeskError(f"the log has no event {len(self._tree) + 1}: events were taken away")
                self._tree.add(leaf_hash(bytes(event.body)))
            return self._tree, len(self._tree)

    def forget(self) -> None:
        """Begin anew: the database was exchanged."""
        with self._lock:
            self._tree = Tree()


TREES: Final = _Trees()


def checkpoint(origin: str, key: Ed25519PrivateKey) -> tuple[Checkpoint, str]:
    """The state of the log now, and the same signed."""
    tree, size = TREES.now()
    state = Checkpoint(origin, size, tree.root(size))
    return state, state.signed(key)
