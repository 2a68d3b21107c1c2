"""SAS transport files, version 5 (TS-140), written: records of 80 bytes, numbers as IBM mainframes have them."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_RECORD: Final = 80
_NUMBER: Final = 8
"""Bytes of a number."""
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MISSING: Final = b"." + bytes(7)
_LIBRARY: Final = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000000000000000000000000000"
_MEMBER: Final = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140"
_DESCRIPTOR: Final = b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!000000000000000000000000000000"
_VARIABLES: Final = "HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000{:04}00000000000000000000"
_ROWS: Final = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!000000000000000000000000000000"
_VERSION: Final = "6.06"
_SYSTEM: Final = "bsd4.2"


class Column(NamedTuple):
    """A variable with its values, each a text or a number; None is a missing number.

    Attributes:
        name: at most 8 characters.
        label: at most 40 characters.
        format: by which SAS shows it, as (name, width); empty for none.
    """

    name: str
    label: str
    values: Sequence[str | float | None]
    is_text: bool
    format: tuple[str, int] = ("", 0)

    @property
    def length(self) -> int:
        """Bytes of a value."""
        return max((len(str(one)) for one in self.values), default=0) or 1 if self.is_text else _NUMBER


def xport(name: str, label: str, columns: Sequence[Column]) -> bytes:
    """The transport file of one dataset; all texts are ASCII.

    Args:
        name: of the dataset, at most 8 characters.
        label: of the dataset, at most 40 characters.
        columns: its variables, all of one length.
    """
    now = _moment(datetime.datetime.now().astimezone())
    starts = [0]
    for one in columns:
        starts.append(starts[-1] + one.length)
    described = b"".join(
        _described(one, number, start) for number, (one, start) in enumerate(zip(columns, starts, strict=False), 1)
    )
    encoded = [_encoded(one) for one in columns]
    rows = b"".join(part for row in zip(*encoded, strict=True) for part in row)
    records = (
        _LIBRARY, _text(("SAS", 8), ("SAS", 8), ("SASLIB", 8), (_VERSION, 8), (_SYSTEM, 32), (now, 16)), now.encode(),
        _MEMBER, _DESCRIPTOR, _text(("SAS", 8), (name, 8), ("SASDATA", 8), (_VERSION, 8), (_SYSTEM, 32), (now, 16)),
        _text((now, 32), (label, 40)), _VARIABLES.format(len(columns)).encode(), described, _ROWS, rows,
    )  # fmt: skip
    return b"".join(map(_padded, records))


def _moment(at: datetime.datetime) -> str:
    return f"{at.day:02}{_MONTHS[at.month - 1]}{at.year % 100:02}:{at:%H:%M:%S}"


def _text(*parts: tuple[str, int]) -> bytes:
    return "".join(text.ljust(width) for text, width in parts).encode("ascii")


def _padded(record: bytes) -> bytes:
    return record.ljust(-(-len(record) // _RECORD) * _RECORD)


def _described(one: Column, number: int, start: int) -> bytes:
    """What the header says of a variable, in 140 bytes."""
    numbers = (2 if one.is_text else 1, 0, one.length, number)
    head = b"".join(_integer(value, 2) for value in numbers) + _text((one.name, 8), (one.label, 40))
    shown = _text((one.format[0], 8)) + b"".join(_integer(value, 2) for value in (one.format[1], 0, not one.is_text, 0))
    return head + shown + _text(("", 8)) + bytes(4) + _integer(start, 4) + bytes(52)


def _integer(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def _encoded(one: Column) -> list[bytes]:
    if one.is_text:
        length = one.length
        return [str(value).encode("ascii").ljust(length) for value in one.values]
    return [_MISSING if value is None else ibm(float(value)) for value in one.values]


def ibm(value: float) -> bytes:
    """A number as eight bytes: sign, power of 16, fraction of 56 bits; every number of 53 bits is kept exactly."""
    if math.isnan(value):
        return _MISSING
    if not value:
        return bytes(_NUMBER)
    fraction, power = math.frexp(abs(value))
    sixteens = -(-power // 4)
    bits = int(math.ldexp(fraction, 56)) >> (4 * sixteens - power)
    return bytes([(0x80 if value < 0 else 0) | (sixteens + 64)]) + bits.to_bytes(7, "big")
