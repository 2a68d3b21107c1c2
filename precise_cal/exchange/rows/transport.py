"""SAS transport files: version 5 as a stream, by its published layout (SAS TS-140), version 8 in blocks by a library.

The libraries at hand read version 5 from the start for every block, or a zero as 5.4e-79, and take the headers of a
second dataset in the file for rows.
"""

from __future__ import annotations

import math
import struct
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import Verbatim, message, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

_BLOCK: Final = 10_000
"""Rows that are read at a time."""
_CARD: Final = 80
_LIBRARY: Final = b"HEADER RECORD*******LIBRARY HEADER RECORD"
_LIBRARY_8: Final = b"HEADER RECORD*******LIBV8   HEADER RECORD"
_MEMBER: Final = b"HEADER RECORD*******MEMBER"
_NUMBER: Final = 1
_MISSING: Final = frozenset((*range(0x41, 0x5B), 0x2E, 0x5F))
"""The first byte of a number that is missing: A to Z, a point, an underscore."""


def read_transport(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a dataset; a missing number is blank. Raises: ExchangeError."""
    encoding = source.encoding or "utf-8"
    try:
        with path.open("rb") as file:
            head = file.read(_CARD)
            rows: Iterator[dict[str, str]]
            if head.startswith(_LIBRARY):
                sheet, columns = _description(file, path.name)
                rows = (_cells(row, columns, encoding) for row in _records(file, columns, path.name))
            elif head.startswith(_LIBRARY_8):
                sheet, rows = _version_8(path, encoding)
            else:
                raise ExchangeError(
                    message(
                        "{ $name }: cannot be read as a SAS transport file: it has no header of one",
                        name=Verbatim(path.name),
                    )
                )
            for number, values in enumerate(rows, 1):
                cells = {name: Cell(text, Place(path.name, sheet, number, name)) for name, text in values.items()}
                yield Row(number, cells)
    except (ValueError, struct.error) as error:
        raise ExchangeError(
            message(
                "{ $name }: cannot be read as a SAS transport file: { $error }",
                name=Verbatim(path.name),
                error=words_of(error),
            )
        ) from None


class _Column(NamedTuple):
    name: str
    is_number: bool
    start: int
    length: int


def _description(file: IO[bytes], name: str) -> tuple[str, list[_Column]]:
    """The name of the dataset and its columns; the file stands behind them, at the first row."""
    file.seek(3 * _CARD)
    member = file.read(5 * _CARD)
    if not member.startswith(_MEMBER):
        raise ExchangeError(
            message("{ $name }: cannot be read as a SAS transport file: it has no dataset", name=Verbatim(name))
        )
    size, count = int(member[74:78]), int(member[4 * _CARD + 54 : 4 * _CARD + 58])
    described = file.read(-(-size * count // _CARD) * _CARD)
    file.read(_CARD)
    columns = []
    for start in range(0, size * count, size):
        kind, _, length, _, label = struct.unpack_from(">hhhh8s", described, start)
        (place,) = struct.unpack_from(">l", described, start + 84)
        columns.append(_Column(label.decode("ascii").strip(), kind == _NUMBER, place, length))
    return member[2 * _CARD + 8 : 2 * _CARD + 16].decode("ascii").strip(), columns


def _records(file: IO[bytes], columns: Iterable[_Column], name: str) -> Iterator[bytes]:
    """The rows as bytes; blank ones at the end fill up the last card."""
    length = max((one.start + one.length for one in columns), default=0)
    blank, waiting, before = b" " * length, 0, b""
    while length and (block := file.read(length * _BLOCK)):
        if _MEMBER in before[-len(_MEMBER) :] + block:
            raise ExchangeError(
                message(
                    "{ $name }: holds several datasets, whose rows would be mixed up; export one a file",
                    name=Verbatim(name),
                )
            )
        before = block
        for start in range(0, len(block) - length + 1, length):
            row = block[start : start + length]
            if row == blank:
                waiting += 1
                continue
            yield from (blank for _ in range(waiting))
            waiting = 0
            yield row


def _cells(row: bytes, columns: Iterable[_Column], encoding: str) -> dict[str, str]:
    found = {}
    for one in columns:
        part = row[one.start : one.start + one.length]
        found[one.name] = _number(part) if one.is_number else part.decode(encoding).rstrip(" \x00")
    return found


def _number(part: bytes) -> str:
    """A floating point number of IBM mainframes, of eight bytes or cut to fewer: sign, power of 16, fraction."""
    if part[0] in _MISSING and not any(part[1:]):
        return ""
    fraction = int.from_bytes(part[1:].ljust(7, b"\0"), "big")
    value = math.ldexp(fraction, 4 * ((part[0] & 0x7F) - 64) - 56)
    return _text(-value if part[0] & 0x80 else value)


def _version_8(path: Path, encoding: str) -> tuple[str, Iterator[dict[str, str]]]:
    import pyreadstat

    def block(start: int, rows: int) -> Any:
        try:
            return pyreadstat.read_xport(
                str(path),
                encoding=encoding,
                row_offset=start,
                row_limit=rows,
                disable_datetime_conversion=True,
                output_format="dict",
            )
        except pyreadstat.ReadstatError as error:
            raise ExchangeError(
                message(
                    "{ $name }: cannot be read as a SAS transport file: { $error }",
                    name=Verbatim(path.name),
                    error=words_of(error),
                )
            ) from None

    def rows() -> Iterator[dict[str, str]]:
        start, length = 0, _BLOCK
        while length == _BLOCK:
            columns, _ = block(start, _BLOCK)
            length = len(next(iter(columns.values()), ()))
            for values in zip(*columns.values(), strict=True):
                yield dict(zip(columns, map(_text, values), strict=True))
            start += length

    return str(block(0, 1)[1].table_name or ""), rows()


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return str(value)
