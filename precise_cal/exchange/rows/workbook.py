"""A sheet of a workbook: numbers with the digits that the sheet shows, days and moments as the sheet holds them."""

from __future__ import annotations

import re
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.cells import Cell, Place, Row, fits
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.sheet_marks import marks_of
from precise_cal.exchange.rows.table import column_names
from precise_cal.language.catalog import Verbatim, message, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm
    from precise_cal.exchange.rows.sheet_marks import SheetMarks

_DIGITS: Final = re.compile(r"(0+)(?:\.(0+))?(?:_\)|;.*)?\Z")
"""A number format that asks for digits and nothing else."""
_SHOWN_DIGITS: Final = 15
"""The digits of a number that no sheet shows more of; a formula leaves further ones behind."""
_NAMED: Final = 5
"""So many hidden rows or columns are named."""
_ERRORS: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


def read_workbook(path: Path, source: SourceForm) -> Iterator[Row]:
    """The rows of a visible sheet, read as a stream; the texts that cells share are held in memory.

    Raises:
        ExchangeError: the file is no workbook, the sheet is absent or hidden, or cells are merged or hidden.
    """
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise ExchangeError(
            message("{ $name }: is no workbook (.xlsx): { $error }", name=Verbatim(path.name), error=words_of(error))
        ) from None
    try:
        if source.sheet not in book.sheetnames:
            raise ExchangeError(
                message(
                    '{ $name }: has no sheet "{ $sheet }"; it has { $sheetnames }',
                    name=Verbatim(path.name),
                    sheet=source.sheet,
                    sheetnames=", ".join(book.sheetnames),
                )
            )
        yield from _rows(book[source.sheet], path, source)
    finally:
        book.close()


def _rows(sheet: Any, path: Path, source: SourceForm) -> Iterator[Row]:
    from openpyxl.utils import get_column_letter

    where = f"{path.name}!{source.sheet}"
    if sheet.sheet_state != "visible":
        raise ExchangeError(
            message("{ $where }: is a hidden sheet; a person who checks the import would not see it", where=where)
        )
    marks = marks_of(path, sheet.title, source.header)
    sheet.reset_dimensions()  # some programs write a wrong one
    rows = sheet.iter_rows(min_row=source.header)
    heads = ["" if one.value is None else str(one.value) for one in next(rows, ())]
    names = column_names(heads, message("{ $where } row { $row }", where=Verbatim(where), row=source.header))
    _check_hidden(marks, names, where, source)
    for number, shown in enumerate(rows, source.header + 1):
        extra = [place for place, one in enumerate(shown) if place >= len(names) and one.value is not None]
        if extra:
            column = get_column_letter(extra[0] + 1)
            raise ExchangeError(
                message(
                    "{ $where }: the cell { $column }{ $number } stands under no name of a column",
                    where=where,
                    column=Verbatim(column),
                    number=number,
                )
            )
        cells = {}
        for index, name in enumerate(names):
            place = Place(path.name, str(source.sheet), number, name)
            formula = marks.formulas.get((number, index + 1))
            if formula is not None:
                cells[name] = Cell(formula, place, problem="is a formula whose value the workbook does not hold")
            else:
                cells[name] = _cell(shown[index], place) if index < len(shown) else Cell("", place)
        yield Row(number, cells)


def _check_hidden(marks: SheetMarks, names: Sequence[str], where: str, source: SourceForm) -> None:
    """Nothing is read that a person who checks the import would not see."""
    from openpyxl.utils import get_column_letter

    columns = [
        f"{get_column_letter(number)} ({name})"
        for number, name in enumerate(names, 1)
        if number in marks.hidden_columns and not any(fits(name, one) for one in source.ignore)
    ]
    rows = [str(one) for one in sorted(marks.hidden_rows)]
    for found, text in (
        (columns, "{ $where }: hidden columns: { $found }{ $more }; show them, or ignore them in the map"),
        (rows, "{ $where }: hidden rows: { $found }{ $more }; show them, or take them out of the sheet"),
    ):
        if found:
            more = message(" and { $count } more", count=len(found) - _NAMED) if len(found) > _NAMED else ""
            raise ExchangeError(message(text, where=where, found=Verbatim(", ".join(found[:_NAMED])), more=more))


def _cell(shown: Any, place: Place) -> Cell:
    value = shown.value
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
        hidden = len(exact.as_tuple().digits) > _SHOWN_DIGITS
        text_of = "is shown as { $shown }, but the workbook holds more digits"
        problem = message(text_of, shown=f"{value:.{_SHOWN_DIGITS}g}") if hidden else None
        return Cell(text, place, problem=problem)
    digits = _DIGITS.fullmatch(number_format)
    if digits is None:
        return Cell(
            text,
            place,
            problem=message(
                'is a number under the format "{ $number_format }", which is not read; use 0.00',
                number_format=number_format,
            ),
        )
    places = len(digits[2] or "")
    shown = f"{exact:.{places}f}"
    if Decimal(shown) != exact:
        return Cell(
            text,
            place,
            problem=message("is shown as { $shown }, but the workbook holds { $text }", shown=shown, text=text),
        )
    return Cell(shown.zfill(len(digits[1]) + (places + 1 if places else 0)), place)
