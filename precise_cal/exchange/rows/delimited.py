"""Delimited text (RFC 4180), in the encoding and with the delimiter that the map names."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.table import column_names
from precise_cal.language.catalog import Verbatim, message, words_of

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
            where = message("{ $where } row { $row }", where=Verbatim(path.name), row=source.header)
            names = column_names(next(lines, []), where)
            line = lines.line_num
            for cells in lines:
                start, line = line + 1, lines.line_num
                if cells:
                    yield Row(start, dict(_cells(path.name, start, names, cells)))
    except UnicodeDecodeError as error:
        hint = message(
            "byte { $start } of a block after line { $line } is not { $encoding }",
            start=f"{error.start:,}",
            line=line,
            encoding=Verbatim(source.encoding),
        )
        raise ExchangeError(
            message(
                "{ $name }: is not in the encoding that the map names: { $hint }", name=Verbatim(path.name), hint=hint
            )
        ) from None
    except UnicodeError as error:
        raise ExchangeError(
            message(
                "{ $name }: is not in the encoding { $encoding }: { $error }",
                name=Verbatim(path.name),
                encoding=Verbatim(source.encoding),
                error=words_of(error),
            )
        ) from None
    except csv.Error as error:
        raise ExchangeError(
            message(
                "{ $name } after line { $line }: { $error }", name=Verbatim(path.name), line=line, error=words_of(error)
            )
        ) from None


def _cells(file: str, number: int, names: list[str], cells: list[str]) -> Iterator[tuple[str, Cell]]:
    if len(cells) > len(names) and any(one.strip() for one in cells[len(names) :]):
        raise ExchangeError(
            message(
                "{ $file } row { $number }: has { $count } cells under { $count_2 } names of columns",
                file=file,
                number=number,
                count=len(cells),
                count_2=len(names),
            )
        )
    if len(cells) < len(names):
        raise ExchangeError(
            message(
                "{ $file } row { $number }: has { $count } cells for { $count_2 } columns",
                file=file,
                number=number,
                count=len(cells),
                count_2=len(names),
            )
        )
    for name, raw in zip(names, cells, strict=False):
        problem = "holds a NUL character; expected text" if _NUL in raw else None
        yield name, Cell(raw, Place(file, "", number, name), problem=problem)
