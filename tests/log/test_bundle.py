"""Bundles: every change of a byte, deletion, reordering, rollback and fork is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from precise_cal.log.bundle import faults, read_bundle, write_bundle
from precise_cal.log.checkpoint import Checkpoint, read_checkpoint
from precise_cal.log.errors import LogError
from precise_cal.log.event import Event, read_event

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
ORIGIN = "sponsor.example/zs01"
START = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
EVENTS = [
    Event(
        type="gate.decision",
        at=START + timedelta(minutes=number),
        sha256=sha256(bytes([number])).hexdigest(),
        site="ZS01",
        reason="转录错误" if number == 3 else None,
    )
    for number in range(9)
]
DATA, NOTE = write_bundle(EVENTS, ORIGIN, KEY)


def found(data: bytes, earlier: list[Checkpoint] | None = None, events: list[Event] | None = None) -> list[str]:
    """The faults, those of the form among them."""
    try:
        return list(faults(read_bundle(data), PUBLIC, earlier or [], events))
    except LogError as error:
        return [str(error)]


def seen(count: int) -> Checkpoint:
    return read_checkpoint(write_bundle(EVENTS[:count], ORIGIN, KEY)[1], PUBLIC)


def test_what_holds_is_sound() -> None:
    assert found(DATA, [seen(size) for size in range(1, 10)], EVENTS) == []
    assert found(write_bundle([], ORIGIN, KEY)[0]) == []


def test_every_byte_matters() -> None:
    """Each byte, with one of its bits turned, another one from byte to byte."""
    data, _ = write_bundle(EVENTS[2:4], ORIGIN, KEY)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
        assert found(changed), place


def test_every_line_matters() -> None:
    lines = DATA.splitlines(keepends=True)
    for place in range(len(lines)):
        assert found(b"".join(lines[:place] + lines[place + 1 :])), f"without line {place}"
        assert found(b"".join([*lines[:place], lines[place], *lines[place:]])), f"line {place} twice"
        for other in range(place):
            swapped = list(lines)
            swapped[place], swapped[other] = swapped[other], swapped[place]
            assert found(b"".join(swapped)), f"lines {place} and {other} exchanged"


def test_a_log_that_was_taken_back() -> None:
    shorter, _ = write_bundle(EVENTS[:5], ORIGIN, KEY)
    assert found(shorter) == [], "by itself it holds together"
    assert found(shorter, [seen(7)]) == ["events are missing: a checkpoint was signed over 7, and 5 are there"]


def test_a_log_that_was_written_anew() -> None:
    forked = [*EVENTS[:4], replace(EVENTS[4], sha256="0" * 64), *EVENTS[5:]]
    data, _ = write_bundle(forked, ORIGIN, KEY)
    assert found(data, [seen(4)]) == []
    assert found(data, [seen(5)]) == ["the first 5 events are not those that a checkpoint was signed over"]


def test_a_checkpoint_of_another_log() -> None:
    other = read_checkpoint(write_bundle(EVENTS[:3], "sponsor.example/zs02", KEY)[1], PUBLIC)
    assert found(DATA, [other]) == ["a checkpoint of another log (sponsor.example/zs02) was named"]


def test_another_key() -> None:
    data, _ = write_bundle(EVENTS, ORIGIN, Ed25519PrivateKey.generate())
    assert found(data) == ["the checkpoint is signed with another key than the one that is trusted"]


def test_what_is_kept_elsewhere_is_what_the_log_names() -> None:
    assert found(DATA, events=[*EVENTS[:4], replace(EVENTS[4], sha256="0" * 64), *EVENTS[5:]]) == [
        "event 5: not what is kept"
    ]
    assert found(DATA, events=EVENTS[:8]) == ["of 9 events 8 are kept"]
    assert found(DATA, events=[*EVENTS, EVENTS[-1]]) == [], "it has gone on since"


def test_events_follow_each_other() -> None:
    early = replace(EVENTS[4], at=START)
    data, _ = write_bundle([*EVENTS[:4], early], ORIGIN, KEY)
    assert found(data) == ["event 5: lies before the event above it"]
    data, _ = write_bundle([*EVENTS[:4], replace(early, type="gate.clock"), EVENTS[1]], ORIGIN, KEY)
    assert found(data) == []


@pytest.mark.parametrize("event", EVENTS[2:4])
def test_an_event_is_read_back(event: Event) -> None:
    assert read_event(event.body()) == event


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"at":"2026-03-10T01:00:00+00:00"}',
        EVENTS[0].body().replace(b"+00:00", b"+08:00"),
        EVENTS[0].body().replace(b'"role":null', b'"role":1'),
        EVENTS[0].body().replace(b'"user":null', b'"user":null,"what":null'),
        EVENTS[0].body().replace(b'"type":"gate.decision"', b'"type":null'),
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(LogError, match="not an event"):
        read_event(body)


def test_what_cannot_be_read_is_told_by_its_line() -> None:
    lines = DATA.split(b"\n")
    for place, number in ((0, 1), (len(lines) - 2, len(lines) - 1)):
        broken = [*lines[:place], b"{", *lines[place + 1 :]]
        with pytest.raises(LogError, match=f"line {number}: "):
            read_bundle(b"\n".join(broken))
    assert any(one.startswith("event 2: ") for one in found(b"\n".join([*lines[:2], b"{}", *lines[3:]])))
