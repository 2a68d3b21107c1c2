"""A sheet of a workbook: numbers with the digits that the sheet shows, days and moments as the sheet holds them."""

from __future__ import annotations

import re
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.table import column_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

_DIGITS: Final = re.compile(r"(0+)(?:\.(0+))?(?:_\)|;.*)?\Z")
"""A number format that asks for digits and nothing else."""
_ERRORS: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


def read_workbook(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a visible sheet.

    Raises:
        ExchangeError: the file is no workbook, the sheet is absent or hidden, or cells of the table are merged.
    """
    values, formulas = _sheet(path, source, data_only=True), _sheet(path, source, data_only=False)
    where = f"{path.name}!{source.sheet}"
    if values.sheet_state != "visible":
        raise ExchangeError(f"{where}: is a hidden sheet; a person who checks the import would not see it")
    for merged in values.merged_cells.ranges:
        if merged.max_row >= source.header:
            raise ExchangeError(
                f"{where}: the cells {merged.coord} are merged; which row their value is of is not known"
            )
    rows = zip(values.iter_rows(min_row=source.header), formulas.iter_rows(min_row=source.header), strict=True)
    header = next(rows, ((), ()))[0]
    names = column_names(
        ["" if one.value is None else str(one.value) for one in header], f"{where} row {source.header}"
    )
    for number, (shown, written) in enumerate(rows, source.header + 1):
        extra = [one for one in shown[len(names) :] if one.value is not None]
        if extra:
            raise ExchangeError(f"{where}: the cell {extra[0].coordinate} stands under no name of a column")
        yield Row(
            number,
            {
                name: _cell(one, formula, Place(path.name, str(source.sheet), number, name))
                for name, one, formula in zip(names, shown, written, strict=False)
            },
        )


def _sheet(path: Path, source: SourceForm, *, data_only: bool) -> Any:
    state = path.stat()
    book = _book(path, state.st_size, state.st_mtime_ns, data_only)
    if source.sheet not in book.sheetnames:
        raise ExchangeError(f'{path.name}: has no sheet "{source.sheet}"; it has {", ".join(book.sheetnames)}')
    return book[source.sheet]


@lru_cache(2)
def _book(path: Path, size: int, changed: int, data_only: bool) -> Any:
    """A workbook; its sheets are read one after the other."""
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    del size, changed
    try:
        return load_workbook(path, data_only=data_only)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise ExchangeError(f"{path.name}: is no workbook (.xlsx): {error}") from None


def _cell(shown: Any, written: Any, place: Place) -> Cell:
    value = shown.value
    if written.data_type == "f" and value is None:
        return Cell(str(written.value), place, problem="is a formula whose value the workbook does not hold")
    if value is None:
        return Cell("", place)
    if isinstance(value, datetime):
        has_time = value.time() != time() or re.search("[hs]", str(shown.number_format), re.IGNORECASE)
        text = value.isoformat(sep=" ") if has_time else value.date().isoformat()
        return Cell(text, place, typed=value.isoformat() if has_time else text)
    if isinstance(value, time):
        return Cell(value.isoformat(), place, typed=value.isoformat("seconds"))
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE", place)
    if isinstance(value, int | float):
        return _number(value, str(shown.number_format), place)
    text = str(value)
    return Cell(text, place, problem="is an error of the workbook" if text in _ERRORS else None)


def _number(value: float, number_format: str, place: Place) -> Cell:
    """A number with the digits of its format: 0.8 under ``0.00`` is 0.80."""
    exact = Decimal(repr(value))
    text = f"{exact:f}".removesuffix(".0")
    if number_format in ("General", "@"):
        return Cell(text, place)
    digits = _DIGITS.fullmatch(number_format)
    if digits is None:
        return Cell(text, place, problem=f'is a number under the format "{number_format}", which is not read; use 0.00')
    places = len(digits[2] or "")
    shown = f"{exact:.{places}f}"
    if Decimal(shown) != exact:
        return Cell(text, place, problem=f"is shown as {shown}, but the workbook holds {text}")
    return Cell(shown.zfill(len(digits[1]) + (places + 1 if places else 0)), place)
