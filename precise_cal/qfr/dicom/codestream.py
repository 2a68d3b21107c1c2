"""The size that a compressed frame claims for itself, read before a decoder allocates it."""

from __future__ import annotations

STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length: TEM, RST0-7, SOI."""
NOT_FRAME = frozenset({0xC4, 0xC8, 0xCC})
"""Markers in the range of the start-of-frame markers that are none: DHT, JPG, DAC (ISO 10918-1 table B.1)."""
JPEG_LS_FRAME = 0xF7


def frame_size(data: bytes) -> tuple[int, int] | None:
    """Rows and columns in the header of a JPEG, JPEG-LS or JPEG 2000 stream, or None."""
    if data[:4] == b"\xff\x4f\xff\x51":
        return _jpeg2000_size(data)
    position = 2 if data[:2] == b"\xff\xd8" else len(data)
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in STANDALONE:
            position += 2
        elif marker == JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in NOT_FRAME):
            return int.from_bytes(data[position + 5 : position + 7]), int.from_bytes(data[position + 7 : position + 9])
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
    return None


def _jpeg2000_size(data: bytes) -> tuple[int, int] | None:
    """Image size of the SIZ segment (ISO 15444-1 A.5.1): extent minus offset."""
    if len(data) < 24:
        return None
    x_size, y_size, x_offset, y_offset = (int.from_bytes(data[at : at + 4]) for at in (8, 12, 16, 20))
    return y_size - y_offset, x_size - x_offset
