"""What a reviewer filled in: the rows of a workbook, or everything that is wrong with it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile

from precise_cal.files.regular import read_regular
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.house import house_texts
from precise_cal.reports.workbook.layout import (
    CHECK,
    CHOICES,
    FINGERPRINT,
    ID,
    REVISION,
    TECHNICAL,
)
from precise_cal.reports.workbook.sheets import DEVIATIONS, QUERIES, VISITS, eligibility
from precise_cal.reports.workbook.text import from_cell, row_check
from precise_cal.reports.workbook.write import KEPT, README

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from precise_cal.reports.workbook.layout import Layout

LAYOUTS: Final[dict[str, Layout[Any]]] = {one.name: one for one in (DEVIATIONS, eligibility(()), QUERIES, VISITS)}
_SHOWN: Final = 20
MAX_BYTES: Final = 50_000_000
"""The largest workbook that is read."""
MAX_CONTENT: Final = 100_000_000
"""Of what a workbook unfolds to."""
MAX_COLUMNS: Final = 200
MAX_ROWS: Final = 300_000


class WorkbookError(PreciseError):
    """A workbook that cannot be taken back; every problem is told, and nothing of it is taken."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        super().__init__("\n  ".join([f"{name}: not merged, nothing was written", *problems[:_SHOWN], *more]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A row as the reviewer left it."""

    sheet: str
    number: int
    id: str
    fingerprint: str
    revision: int
    values: dict[str, str]

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.sheet} row {self.number} ({self.id})"


def read_workbook(path: Path) -> tuple[Reviewed, ...]:
    """Every row of every sheet.

    Raises:
        WorkbookError: it is no workbook of this program, a column is missing or new, or a cell cannot be read.
    """
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    try:
        book = load_workbook(_bounded(path))
    except WorkbookError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file can make the library fail in any way
        raise WorkbookError(str(path), [f"cannot be read as a workbook: {type(error).__name__}"]) from None
    names = {english(name): name for name in book.sheetnames}
    problems = [f"sheet {name} is missing" for name in LAYOUTS if name not in names]
    problems += [
        f"sheet {name} is not one of ours: its content would be lost; move it elsewhere"
        for name in names
        if name not in (*LAYOUTS, README, KEPT)
    ]
    problems += [
        f"sheet {one.title} has cells out to {get_column_letter(one.max_column)}{one.max_row}; remove what stands there"
        for one in book.worksheets
        if one.max_column > MAX_COLUMNS or one.max_row > MAX_ROWS
    ]
    rows: list[Reviewed] = []
    for name, layout in LAYOUTS.items() if not problems else ():
        if name in names:
            rows += _rows(book[names[name]], layout, problems)
    if problems:
        raise WorkbookError(str(path), problems)
    return tuple(rows)


def english(text: str) -> str:
    """A title, the name of a sheet or a choice of a workbook in any language, in English."""
    return _english().get(text, text)


@cache
def _english() -> dict[str, str]:
    titles = (title for layout in LAYOUTS.values() for title in (layout.name, *layout.titles))
    words = {*titles, *(word for choices in CHOICES.values() for word in choices), README, KEPT}
    return {house_texts()[word]: word for word in words if word in house_texts()}


def _bounded(path: Path) -> BytesIO:
    """The content of a workbook that is a file and does not grow beyond measure when it is read.

    Raises:
        WorkbookError: it is none, or too large.
    """
    try:
        data = read_regular(path, MAX_BYTES + 1)
    except OSError as error:
        raise WorkbookError(str(path), [f"cannot be read: {error.strerror}"]) from None
    if len(data) > MAX_BYTES:
        raise WorkbookError(str(path), [f"has more than {MAX_BYTES:,} bytes"])
    with ZipFile(BytesIO(data)) as archive:
        size = sum(one.file_size for one in archive.infolist())
    if size > MAX_CONTENT:
        raise WorkbookError(str(path), [f"unfolds to {size:,} bytes; the most is {MAX_CONTENT:,}"])
    return BytesIO(data)


def _rows(sheet: Any, layout: Layout[Any], problems: list[str]) -> Iterator[Reviewed]:
    titles = [english(_text(cell.value)) for cell in sheet[1]]
    needed = (ID, *layout.review_names, *TECHNICAL)
    missing = [title for title in needed if titles.count(title) != 1]
    if missing:
        problems.append(f"{layout.name}: column {', '.join(missing)} is missing or doubled")
        return
    first, last = titles.index(layout.review_names[0]), titles.index(FINGERPRINT)
    for number, cells in enumerate(sheet.iter_rows(min_row=2), start=2):
        texts = {}
        for title, cell in zip(titles, cells, strict=True):
            texts[title] = _text(cell.value)
            if title in layout.review_names and cell.data_type == "f":
                problems.append(f'{layout.name} row {number}: "{title}" holds a formula; write its value')
        if not any(texts.values()):
            continue
        if texts.pop("", ""):
            problems.append(f"{layout.name} row {number}: a cell outside the columns has content that would be lost")
        if not titles[:first].count(ID) or first > last or not texts[REVISION].isdecimal() or not texts[ID]:
            problems.append(
                f"{layout.name} row {number}: the stable id or a hidden "
                "column was changed; take the row from a fresh workbook"
            )
            continue
        if row_check(*(_text(cell.value) for cell in cells[:first])) != texts[CHECK]:
            problems.append(
                f"{layout.name} row {number} ({texts[ID]}): a cell before "
                "the yellow columns was changed; decide in the yellow ones"
            )
            continue
        given = {name: texts[name] for name in layout.review_names if texts[name]}
        values = {name: english(value) if name in CHOICES else value for name, value in given.items()}
        yield Reviewed(layout.name, number, texts[ID], texts[FINGERPRINT], int(texts[REVISION]), values)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return (
            value.date().isoformat()
            if value.time() == datetime.time()
            else value.isoformat(sep=" ", timespec="minutes")
        )
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return from_cell(str(value)).strip()
