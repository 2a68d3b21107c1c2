"""The tests' reader of PostgreSQL's write-ahead log."""

from __future__ import annotations

import struct

import pytest

from tests.desk.wal import PAGE, contents

SECRET = bytes(range(1, 33))


def _page(body: bytes, long: bool) -> bytes:
    head = struct.pack("<HH", 0xD110, 0x0002 if long else 0).ljust(40 if long else 24, b"\xff")
    return (head + body).ljust(PAGE, b"\0")


@pytest.mark.parametrize("within", [1, 16, 31])
@pytest.mark.parametrize("long", [False, True])
def test_secret_that_crosses_a_page_is_seen(within: int, long: bool) -> None:
    room = PAGE - 40
    first = _page(b"x" * (room - within) + SECRET[:within], long=True)
    second = _page(SECRET[within:], long=long)
    segments = [first, second] if long else [first + second]
    assert SECRET not in b"".join(segments)
    assert SECRET in contents(segments)


def test_pages_that_were_never_written_say_nothing() -> None:
    assert contents([_page(SECRET, long=True) + bytes(PAGE)]) == _page(SECRET, long=True)[40:]
