"""Delimited text (RFC 4180), in the encoding and with the delimiter that the map names."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.table import column_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

_NUL: Final = "\x00"


def read_delimited(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a file; its number is that of the line on which a row begins.

    Raises:
        ExchangeError: the file is not in that encoding, or a row has other cells than the header.
    """
    assert source.encoding is not None
    assert source.delimiter is not None
    encoding = "utf-8-sig" if source.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else source.encoding
    line = 0
    try:
        with path.open(encoding=encoding, newline="") as file:
            lines = csv.reader(file, delimiter=source.delimiter, strict=True)
            for _ in range(source.header - 1):
                next(lines, None)
            names = column_names(next(lines, []), f"{path.name} row {source.header}")
            line = lines.line_num
            for cells in lines:
                start, line = line + 1, lines.line_num
                if cells:
                    yield Row(start, dict(_cells(path.name, start, names, cells)))
    except UnicodeDecodeError as error:
        hint = f"byte {error.start:,} of a block after line {line} is not {source.encoding}"
        raise ExchangeError(f"{path.name}: is not in the encoding that the map names: {hint}") from None
    except UnicodeError as error:
        raise ExchangeError(f"{path.name}: is not in the encoding {source.encoding}: {error}") from None
    except csv.Error as error:
        raise ExchangeError(f"{path.name} after line {line}: {error}") from None


def _cells(file: str, number: int, names: list[str], cells: list[str]) -> Iterator[tuple[str, Cell]]:
    if len(cells) > len(names) and any(one.strip() for one in cells[len(names) :]):
        raise ExchangeError(f"{file} row {number}: has {len(cells)} cells under {len(names)} names of columns")
    if len(cells) < len(names):
        raise ExchangeError(f"{file} row {number}: has {len(cells)} cells for {len(names)} columns")
    for name, raw in zip(names, cells, strict=False):
        problem = "holds a NUL character; expected text" if _NUL in raw else None
        yield name, Cell(raw, Place(file, "", number, name), problem=problem)
