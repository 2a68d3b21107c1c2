"""What a compressed frame claims to be, read before a decoder allocates it or is led astray."""

from __future__ import annotations

from dataclasses import dataclass

STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length: TEM, RST0-7, SOI."""
NOT_FRAME = frozenset({0xC4, 0xC8, 0xCC})
"""Markers in the range of the start-of-frame markers that are none: DHT, JPG, DAC (ISO 10918-1 table B.1)."""
JPEG_LS_FRAME = 0xF7


@dataclass(frozen=True, slots=True)
class Claim:
    """Size, samples per pixel and bits per sample in the header of a codestream."""

    rows: int
    columns: int
    samples: int
    bits: int


def claim(data: bytes) -> Claim | None:
    """What a JPEG, JPEG-LS or JPEG 2000 stream says of its frame, or None where it has no such header."""
    if data[:4] == b"\xff\x4f\xff\x51":
        return _jpeg2000(data)
    position = 2 if data[:2] == b"\xff\xd8" else len(data)
    while position + 10 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in STANDALONE:
            position += 2
        elif marker == JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in NOT_FRAME):
            rows, columns = (int.from_bytes(data[position + at : position + at + 2]) for at in (5, 7))
            return Claim(rows, columns, data[position + 9], data[position + 4])
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
    return None


def _jpeg2000(data: bytes) -> Claim | None:
    """Image size of the SIZ segment (ISO 15444-1 A.5.1): extent minus offset; components and bits of the first."""
    if len(data) < 43:
        return None
    x_size, y_size, x_offset, y_offset = (int.from_bytes(data[at : at + 4]) for at in (8, 12, 16, 20))
    return Claim(y_size - y_offset, x_size - x_offset, int.from_bytes(data[40:42]), (data[42] & 0x7F) + 1)
