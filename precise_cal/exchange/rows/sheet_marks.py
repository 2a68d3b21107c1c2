"""What a sheet of a workbook says beside its values: merged cells, and formulas whose value was not saved.

The XML of the sheet is read as a stream, since merged cells stand behind all rows.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, iterparse

from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import message, placed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def formulas_without_value(path: Path, name: str, header: int) -> dict[tuple[int, int], str]:
    """The formulas of a sheet that have no value, by row and column from 1.

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
    with reader.archive as archive:
        reader.read_manifest()
        reader.read_workbook()
        part = next(relation.target for sheet, relation in reader.parser.find_sheets() if sheet.name == name)
        with archive.open(part) as xml:
            found = {}
            for element, row, column in _elements(xml):
                if element.tag == f"{_SPACE}mergeCell":
                    cells = str(element.get("ref"))
                    if range_boundaries(cells)[3] >= header:
                        text = message(
                            "the cells { $cells } are merged; which row their value is of is not known", cells=cells
                        )
                        raise ExchangeError(placed(f"{path.name}!{name}", text))
                formula = element.find(f"{_SPACE}f")
                is_text = element.get("t") == "str"  # of which no letters are a value too
                if formula is not None and not (element.findtext(f"{_SPACE}v") or is_text):
                    found[row, column] = f"={formula.text or ''}"
    return found


def _elements(xml: IO[bytes]) -> Iterator[tuple[Element, int, int]]:
    """The cells with their rows and columns, and what says which are merged; each is let go once it was looked at."""
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
            rows.clear()
        elif element.tag == f"{_SPACE}mergeCell":
            yield element, 0, 0
