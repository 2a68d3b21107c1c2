"""A log bundle that somebody laid hands on: whatever was changed, taken away, moved or written anew is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from precise_cal.gate.keys import keygen, load_private
from precise_cal.log.bundle import faults, read_bundle, write_bundle
from precise_cal.log.errors import LogError
from precise_cal.log.event import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORIGIN = "a.example/b"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
EVENTS = [
    Event(type="a.b", at=datetime(2026, 3, 10, 1, minute, tzinfo=UTC), sha256=sha256(bytes([minute])).hexdigest(),
          user="李", site="Z")
    for minute in range(6)
]  # fmt: skip


def is_named(data: bytes) -> bool:
    """Whether something is said of a bundle, whose key is trusted from elsewhere."""
    try:
        return any(faults(read_bundle(data), KEY.public_key(), []))
    except LogError as error:
        return bool(str(error))


@pytest.mark.slow
def test_every_other_value_of_every_byte_is_named() -> None:
    data, _ = write_bundle(EVENTS[:1], ORIGIN, KEY)
    assert not is_named(data)
    unnamed = [
        (place, value)
        for place in range(len(data))
        for value in range(256)
        if value != data[place] and not is_named(data[:place] + bytes([value]) + data[place + 1 :])
    ]
    assert unnamed == []


def test_every_byte_taken_away_or_added_is_named() -> None:
    data, _ = write_bundle(EVENTS[:1], ORIGIN, KEY)
    for place in range(len(data)):
        assert is_named(data[:place] + data[place + 1 :]), f"without byte {place}"
        assert is_named(data[:place] + data[place : place + 1] + data[place:]), f"byte {place} twice"
        assert is_named(data[:place]), f"cut before byte {place}"
    for byte in range(256):
        assert is_named(data + bytes([byte])), f"followed by {byte}"


@pytest.fixture
def verify(tmp_path: Path, precise: Callable[..., Any]) -> Callable[..., str]:
    """What ``precise log verify`` says of a bundle that is not sound; nothing where it finds it sound."""
    keygen(tmp_path / "key", tmp_path / "key.pub")

    def said(data: bytes, *options: Any) -> str:
        (tmp_path / "bundle").write_bytes(data)
        found = precise("log", "verify", tmp_path / "bundle", "--public-key", tmp_path / "key.pub", *options)
        assert found.status in (0, 1, 2)
        assert "bundle" in found.err or found.status != 2
        return "" if found.status == 0 else found.out + found.err

    return said


@pytest.fixture
def key(verify: Any, tmp_path: Path) -> Ed25519PrivateKey:
    return load_private(tmp_path / "key").key


def test_lines_taken_away_moved_or_repeated_are_named_by_the_command(
    verify: Callable[..., str], key: Ed25519PrivateKey
) -> None:
    data, _ = write_bundle(EVENTS, ORIGIN, key)
    assert verify(data) == ""
    lines = data.splitlines(keepends=True)
    places = range(1, len(lines) - 1)

    def without(count: int) -> bytes:
        """The heading made to fit, as somebody would who takes events away."""
        return lines[0].replace(b'"events":6', b'"events":%d' % (6 - count))

    for first, last in [*combinations(places, 2), *zip(places, places, strict=True)]:
        rest = [*lines[1:first], *lines[last + 1 :]]
        assert "6, and" in verify(b"".join([without(last - first + 1), *rest])), f"without {first} to {last}"
        if first < last:
            moved = [*lines]
            moved[first], moved[last] = moved[last], moved[first]
            assert "the first 6 events are not those" in verify(b"".join(moved)), f"{first} and {last} exchanged"
    repeated = b"".join([without(-1), *lines[1:3], lines[2], *lines[3:]])
    assert "is over 6 events, and 7 are there" in verify(repeated)


def test_rollback_and_fork_are_named_by_the_command(
    verify: Callable[..., str], key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    """By who has the key: only a checkpoint that was kept elsewhere tells."""
    (tmp_path / "kept").write_text(write_bundle(EVENTS[:4], ORIGIN, key)[1], "utf-8")
    kept = "--checkpoint", tmp_path / "kept"
    assert verify(write_bundle(EVENTS, ORIGIN, key)[0], *kept) == ""
    rolled_back = write_bundle(EVENTS[:3], ORIGIN, key)[0]
    assert verify(rolled_back) == ""
    assert "events are missing: a checkpoint was signed over 4, and 3 are there" in verify(rolled_back, *kept)
    for place in range(4):
        forked = [*EVENTS]
        forked[place] = replace(EVENTS[place], at=EVENTS[place].at + timedelta(seconds=1))
        assert "the first 4 events are not those" in verify(write_bundle(forked, ORIGIN, key)[0], *kept), place
    assert verify(write_bundle([*EVENTS[:4], replace(EVENTS[4], user="x")], ORIGIN, key)[0], *kept) == ""
