"""A log as a file that anybody can verify offline: a heading, an event a line, and the signed checkpoint.

Every line is canonical JSON, so that no byte can be changed without being seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message, words_of
from precise_cal.log.checkpoint import Checkpoint, read_checkpoint
from precise_cal.log.errors import LogError
from precise_cal.log.event import read_event
from precise_cal.log.merkle import Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    from precise_cal.log.event import Event

FORM: Final = "precise log bundle 1"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds, nothing checked but its form."""

    bodies: tuple[bytes, ...]
    note: str


def write_bundle(events: Iterable[Event], origin: str, key: Ed25519PrivateKey) -> tuple[bytes, str]:
    """A bundle of these events, and the signed checkpoint within it.

    Raises:
        LogError: the origin is no name of a log.
    """
    bodies = [event.body() for event in events]
    tree = Tree(map(leaf_hash, bodies))
    note = Checkpoint(origin, len(tree), tree.root()).signed(key)
    lines = [canonical({"form": FORM, "events": len(bodies)}), *bodies, canonical({"checkpoint": note})]
    return b"".join(line + b"\n" for line in lines), note


def read_bundle(data: bytes) -> Bundle:
    """A bundle from its bytes.

    Raises:
        LogError: they are none; the message names the line.
    """
    lines = data.split(b"\n")
    if len(lines) < 3 or lines[-1]:
        raise LogError("no log bundle: expected a heading, a line an event, and a checkpoint")
    heading, checkpoint = _line(lines[0], 1), _line(lines[-2], len(lines) - 1)
    if not isinstance(heading, dict) or heading.keys() != {"form", "events"} or heading["form"] != FORM:
        raise LogError(
            message('no log bundle: line 1 is no heading: expected {"events": …, "form": "{ $form }"}', form=FORM)
        )
    if not isinstance(checkpoint, dict) or checkpoint.keys() != {"checkpoint"}:
        raise LogError(message("no log bundle: line { $count } is no checkpoint", count=len(lines) - 1))
    bodies = tuple(lines[1:-2])
    if heading["events"] != len(bodies) or type(heading["events"]) is not int:
        raise LogError(
            message(
                "line 1: the heading counts { $events } events, and { $count } are there",
                events=heading["events"],
                count=len(bodies),
            )
        )
    return Bundle(bodies, str(checkpoint["checkpoint"]))


def _line(line: bytes, number: int) -> Any:
    try:
        return thaw(line)
    except GateError as error:
        raise LogError(
            message("no log bundle: line { $number }: { $error }", number=number, error=words_of(error))
        ) from error


def faults(
    bundle: Bundle, key: Ed25519PublicKey, earlier: Sequence[Checkpoint], events: Sequence[Event] | None = None
) -> Iterator[str]:
    """Everything that does not hold of a bundle; nothing where all holds.

    Args:
        bundle: the bundle.
        key: the log's, trusted from elsewhere.
        earlier: checkpoints that somebody kept.
        events: those that the bundle should begin with, where they are kept elsewhere as well.
    """
    tree = Tree(map(leaf_hash, bundle.bodies))
    yield from _order(bundle.bodies)
    try:
        now = read_checkpoint(bundle.note, key)
    except LogError as error:
        yield words_of(error)
        now = None
    for one in [*([now] if now else []), *earlier]:
        if now and one.origin != now.origin:
            yield message("a checkpoint of another log ({ $origin }) was named", origin=one.origin)
        elif one.size > len(tree):
            yield message(
                "events are missing: a checkpoint was signed over { $size }, and { $count } are there",
                size=one.size,
                count=len(tree),
            )
        elif tree.root(one.size) != one.root:
            yield message("the first { $size } events are not those that a checkpoint was signed over", size=one.size)
    if now and now.size != len(tree):
        yield message(
            "the checkpoint of the bundle is over { $size } events, and { $count } are there",
            size=now.size,
            count=len(tree),
        )
    if events is not None:
        yield from _others(bundle.bodies, events)


def _order(bodies: Sequence[bytes]) -> Iterator[str]:
    """Each event is one, and none lies before the one above it; a clock that was set right says so."""
    latest = None
    for number, body in enumerate(bodies, 1):
        try:
            event = read_event(body)
        except LogError as error:
            yield message("event { $number }: { $error }", number=number, error=words_of(error))
            continue
        if latest is not None and event.at < latest and event.type != "gate.clock":
            yield message("event { $number }: lies before the event above it", number=number)
        latest = event.at


def _others(bodies: Sequence[bytes], events: Sequence[Event]) -> Iterator[str]:
    for number, (body, event) in enumerate(zip(bodies, events, strict=False), 1):
        if body != event.body():
            yield message("event { $number }: not what is kept", number=number)
    if len(events) < len(bodies):
        yield message("of { $count } events { $count_2 } are kept", count=len(bodies), count_2=len(events))
