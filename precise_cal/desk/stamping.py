"""Time stamps of the desk's own checkpoints: verified, and events of the log."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Event
from precise_cal.desk.store.log import TREES, add
from precise_cal.desk.store.scope import whole
from precise_cal.gate.canonical import thaw
from precise_cal.log.checkpoint import read_checkpoint
from precise_cal.log.stamp import read_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate

    from precise_cal.desk.home import Place
    from precise_cal.desk.store.log import Actor
    from precise_cal.log.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checkpoint of the log with its stamp."""

    number: int
    """Of the event."""
    size: int
    time: str
    authority: str
    note: str
    response: bytes


def enter(place: Place, note: str, response: bytes, roots: Sequence[Certificate], actor: Actor) -> Stamp:
    """Enter a stamp of one of this log's checkpoints.

    Args:
        place: the desk.
        note: the signed checkpoint.
        response: the authority's answer.
        roots: whom to trust.
        actor: who enters it.

    Raises:
        LogError: the stamp does not hold, or the checkpoint is not signed with the log's key.
        DeskError: the log does not begin with what the checkpoint was signed over.
    """
    state = read_checkpoint(note, place.log_key.key.public_key())
    tree, size = TREES.now()
    if state.origin != place.config.origin or state.size > size or tree.root(state.size) != state.root:
        raise DeskError("The log does not begin with the events that this checkpoint was signed over.")
    found = read_stamp(note, response, roots)
    content = {
        "checkpoint": note,
        "size": state.size,
        "response": base64.b64encode(response).decode(),
        "time": found.time.isoformat(),
        "authority": found.authority,
    }
    add("log.stamped", content, actor)
    return found


@whole()
def latest_stamps(count: int) -> list[Stamped]:
    """The last stamps, the newest first."""
    rows = Event.objects.filter(type="log.stamped").order_by("-number").select_related("content")[:count]
    return [_stamped(one) for one in rows]


@whole()
def stamp_at(number: int) -> Stamped | None:
    """The stamp of an event."""
    row = Event.objects.filter(type="log.stamped", pk=number).select_related("content").first()
    return None if row is None else _stamped(row)


def _stamped(row: Event) -> Stamped:
    members: Any = thaw(bytes(row.content.data))
    time = f"{members['time'][:19].replace('T', ' ')} UTC"
    response = base64.b64decode(members["response"])
    size, authority, note = int(members["size"]), str(members["authority"]), str(members["checkpoint"])
    return Stamped(row.number, size, time, authority, note, response)
