"""The log over the database: events are added under one lock, and proved by a Merkle tree."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Content, Event, Head
from precise_cal.desk.store.prepared import Prepared, insert, update
from precise_cal.desk.store.scope import whole
from precise_cal.desk.store.turn import turn
from precise_cal.gate.canonical import canonical, sha256
from precise_cal.log.checkpoint import Checkpoint
from precise_cal.log.event import Event as LogEvent
from precise_cal.log.event import read_event
from precise_cal.log.merkle import Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


_HEAD: Final[Prepared[Head]] = Prepared(lambda: Head.objects.select_for_update().filter(pk=1))
_STATE: Final[Prepared[tuple[int, datetime | None]]] = Prepared(
    lambda: Head.objects.filter(pk=1).values_list("size", "at")
)
_CONTENT: Final[Prepared[Content]] = Prepared(lambda sha256: Content.objects.filter(pk=sha256), str)
_AFTER: Final[Prepared[Event]] = Prepared(
    lambda number: Event.objects.filter(number__gt=number).order_by("number"), int
)
_HELD: ContextVar[Head | None] = ContextVar("held", default=None)


@contextmanager
def writing() -> Iterator[Head]:
    """Hold the log's lock until the block ends; what was added is durable then, and gone if it raises.

    A transaction that sees every site, and begins with the lock of the head. Within one it is that one.
    """
    held = _HELD.get()
    if held is not None:
        yield held
        return
    with turn(), whole(atomic=True):
        head = _HEAD()[0]
        size, token = head.size, _HELD.set(head)
        try:
            yield head
            if head.size != size:
                update(head, "size", "at")
        finally:
            _HELD.reset(token)


def how_far() -> tuple[int, datetime | None]:
    """How many events the log has, and when the last one was: another state of the desk has another answer."""
    return _STATE()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An event to be added."""

    type: str
    """A group and what happened."""
    content: object
    """What it is about: JSON, the bytes of it, or where it is kept already, that."""
    site: str | None = None
    """Of what it is about; without it, the actor's."""
    reason: str | None = None
    meaning: str | None = None
    """Of a signature."""


def add(
    type_: str,
    content: object,
    actor: Actor,
    *,
    site: str | None = None,
    reason: str | None = None,
    meaning: str | None = None,
) -> Event:
    """Add an event; `New` says what the arguments are. Raises: DeskError, as `add_all`."""
    return add_all([New(type=type_, content=content, site=site, reason=reason, meaning=meaning)], actor)[0]


def add_all(news: Sequence[New], actor: Actor) -> list[Event]:
    """Add events, in their order.

    Args:
        news: the events.
        actor: who did it.

    Raises:
        DeskError: the clock runs behind the log.
    """
    contents = [_content(one.content) for one in news]
    with writing() as head:
        now = in_order(datetime.now(UTC), head.at)
        made = {one.sha256: one for one in contents if one._state.adding}  # noqa: SLF001 - how Django says it
        if made:
            insert(*made.values(), if_new=True)
        rows = [
            _row(number, one, content, now, actor)
            for number, (one, content) in enumerate(zip(news, contents, strict=True), head.size + 1)
        ]
        insert(*rows)
        head.size, head.at = head.size + len(rows), now
    return rows


def _content(content: object) -> Content:
    if isinstance(content, Content):
        return content
    data = content if isinstance(content, bytes) else canonical(content)
    return Content(sha256=sha256(data), data=data)


def _row(number: int, one: New, content: Content, now: datetime, actor: Actor) -> Event:
    site = one.site or actor.site
    event = LogEvent(
        type=one.type,
        at=now,
        sha256=content.sha256,
        user=actor.user,
        role=actor.role,
        site=site,
        authenticated=actor.authenticated,
        reason=one.reason,
        meaning=one.meaning,
    )
    return Event(number=number, body=event.body(), type=one.type, content=content, site=site or "", at=now)


def kept(digest: str) -> Content | None:
    """The content of a SHA-256."""
    return _CONTENT.first(digest)


def keep(data: bytes) -> Content:
    """The content of these bytes, kept once."""
    digest = sha256(data)
    found = kept(digest)
    if found is None:
        found = Content(sha256=digest, data=data)
        insert(found, if_new=True)
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
            for event in _AFTER(len(self._tree)):
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
