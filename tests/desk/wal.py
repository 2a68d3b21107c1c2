"""What PostgreSQL's write-ahead log says, without the headers that it puts at the beginning of every page."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = 8192
_SHORT, _LONG = 24, 40
_IS_LONG = 0x0002


def contents(segments: Iterable[bytes]) -> bytes:
    """The records of segments in their order, joined: what goes on on the next page stands in one piece.

    A page begins with its magic number and flags (two bytes each, little-endian; PostgreSQL's ``xlog_internal.h``): its
    header has 40 bytes where the flags say so, as on the first page of a segment, and 24 otherwise. A page of zeros was
    never written.
    """
    parts = []
    for segment in segments:
        for begin in range(0, len(segment), PAGE):
            magic, flags = struct.unpack_from("<HH", segment, begin)
            if magic:
                parts.append(segment[begin + (_LONG if flags & _IS_LONG else _SHORT) : begin + PAGE])
    return b"".join(parts)
