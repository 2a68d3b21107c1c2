"""What a sheet of a workbook says beside its values: merged cells, what is hidden, formulas whose value was not saved.

The XML of the sheet is read as a stream, since merged cells stand behind all rows.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree.ElementTree import Element, iterparse

from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import message, placed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

_TRUE: Final = ("1", "true")


class SheetMarks(NamedTuple):
    """What a sheet says beside its values, by numbers from 1."""

    formulas: dict[tuple[int, int], str]
    """The formulas that have no value, by row and column."""
    hidden_rows: set[int]
    """Those from the row of names on in which something stands."""
    hidden_columns: set[int]


def marks_of(path: Path, name: str, header: int) -> SheetMarks:
    """What a sheet says beside its values.

    Args:
        path: of the workbook.
        name: of the sheet.
        header: the row of the names of columns.

    Raises:
        ExchangeError: cells of the table are merged.
    """
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.utils.cell import range_boundaries

    reader = ExcelReader(path, read_only=True)
    marks = SheetMarks({}, set(), set())
    with reader.archive as archive:
        reader.read_manifest()
        reader.read_workbook()
        part = next(relation.target for sheet, relation in reader.parser.find_sheets() if sheet.name == name)
        with archive.open(part) as xml:
            for element, row, column in _elements(xml):
                if element.tag == f"{_SPACE}mergeCell":
                    cells = str(element.get("ref"))
                    if range_boundaries(cells)[3] >= header:
                        text = message(
                            "the cells { $cells } are merged; which row their value is of is not known", cells=cells
                        )
                        raise ExchangeError(placed(f"{path.name}!{name}", text))
                elif element.tag == f"{_SPACE}col":
                    if element.get("hidden") in _TRUE:
                        marks.hidden_columns.update(range(int(element.get("min", 1)), int(element.get("max", 1)) + 1))
                elif element.tag == f"{_SPACE}row":
                    if row >= header and element.get("hidden") in _TRUE and any(len(one) for one in element):
                        marks.hidden_rows.add(row)
                else:
                    _look_at(element, row, column, marks)
    return marks


def _look_at(cell: Element, row: int, column: int, marks: SheetMarks) -> None:
    formula = cell.find(f"{_SPACE}f")
    is_text = cell.get("t") == "str"  # of which no letters are a value too
    if formula is not None and not (cell.findtext(f"{_SPACE}v") or is_text):
        marks.formulas[row, column] = f"={formula.text or ''}"


def _elements(xml: IO[bytes]) -> Iterator[tuple[Element, int, int]]:
    """The cells with their rows and columns, the rows, and what says which cells are merged and which columns hidden.

    Each is let go once it was looked at.
    """
    from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

    rows: Any = None
    row = column = 0
    for event, element in iterparse(xml, ("start", "end")):  # noqa: S314 - expat bounds what entities become
        if event == "start":
            if element.tag == f"{_SPACE}sheetData":
                rows = element
            elif element.tag == f"{_SPACE}row":
                row, column = int(element.get("r") or row + 1), 0
        elif element.tag == f"{_SPACE}c":
            reference = element.get("r")
            column = column_index_from_string(coordinate_from_string(reference)[0]) if reference else column + 1
            yield element, row, column
        elif element.tag == f"{_SPACE}row":
            yield element, row, 0
            rows.clear()
        elif element.tag in (f"{_SPACE}mergeCell", f"{_SPACE}col"):
            yield element, 0, 0
