"""An event of the log: who did what, when, in which role and why; of the thing itself only the digest."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.errors import GateError
from precise_cal.log.errors import LogError

if TYPE_CHECKING:
    from precise_cal.gate.canonical import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. Its leaf is the canonical JSON (RFC 8785) of these members."""

    type: str
    """A group and what happened: `gate.decision`."""
    at: datetime
    """In UTC."""
    sha256: str
    """Of the object that the event is about, as it is kept elsewhere."""
    user: str | None = None
    role: str | None = None
    site: str | None = None
    authenticated: str | None = None
    """How the user proved to be that person."""
    reason: str | None = None
    meaning: str | None = None
    """What a signature stands for: review, approval, responsibility."""

    def body(self) -> bytes:
        """The bytes of the leaf."""
        return canonical({name: getattr(self, name) for name in _NAMES} | {"at": self.at.isoformat()})


_NAMES: Final = tuple(one.name for one in fields(Event))


def read_event(body: bytes) -> Event:
    """The event of a leaf.

    Raises:
        LogError: the bytes are not exactly what an event writes.
    """
    try:
        members: Any = thaw(body)
        event = Event(**members | {"at": datetime.fromisoformat(members["at"])})
        if event.at.utcoffset() != timedelta(0) or not _is_of_texts(members) or event.body() != body:
            raise ValueError
    except (GateError, TypeError, ValueError, KeyError) as error:
        raise LogError("not an event, or not written in the one way there is") from error
    return event


def _is_of_texts(members: dict[str, Json]) -> bool:
    """Whether every member is a text, or null where it may be."""
    return all(
        isinstance(value, str) or (value is None and name not in ("type", "at", "sha256"))
        for name, value in members.items()
    )
