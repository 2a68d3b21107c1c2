"""What a reviewer filled in: the rows of a workbook, or everything that is wrong with it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZipFile

from precise_cal.files.regular import read_regular
from precise_cal.language.catalog import Joined, message
from precise_cal.language.house import house_texts
from precise_cal.protocol.errors import PreciseError
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
        more = [message("and { $count } more", count=len(problems) - _SHOWN)] if len(problems) > _SHOWN else []
        super().__init__(
            Joined(
                "\n  ", [message("{ $name }: not merged, nothing was written", name=name), *problems[:_SHOWN], *more]
            )
        )
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
        return message("{ $sheet } row { $number } ({ $id })", sheet=self.sheet, number=self.number, id=self.id)


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
        raise WorkbookError(
            str(path), [message("cannot be read as a workbook: { $name }", name=type(error).__name__)]
        ) from None
    names = {english(name): name for name in book.sheetnames}
    problems: list[str] = [message("sheet { $name } is missing", name=name) for name in LAYOUTS if name not in names]
    problems += [
        message("sheet { $name } is not one of ours: its content would be lost; move it elsewhere", name=name)
        for name in names
        if name not in (*LAYOUTS, README, KEPT)
    ]
    problems += [
        message(
            "sheet { $title } has cells out to { $get_column_letter }{ $max_row }; remove what stands there",
            title=one.title,
            get_column_letter=get_column_letter(one.max_column),
            max_row=one.max_row,
        )
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
        raise WorkbookError(str(path), [message("cannot be read: { $strerror }", strerror=error.strerror)]) from None
    if len(data) > MAX_BYTES:
        raise WorkbookError(str(path), [message("has more than { $max_bytes } bytes", max_bytes=f"{MAX_BYTES:,}")])
    with ZipFile(BytesIO(data)) as archive:
        size = sum(one.file_size for one in archive.infolist())
    if size > MAX_CONTENT:
        raise WorkbookError(
            str(path),
            [
                message(
                    "unfolds to { $size } bytes; the most is { $max_content }",
                    size=f"{size:,}",
                    max_content=f"{MAX_CONTENT:,}",
                )
            ],
        )
    return BytesIO(data)


def _rows(sheet: Any, layout: Layout[Any], problems: list[str]) -> Iterator[Reviewed]:
    titles = [english(_text(cell.value)) for cell in sheet[1]]
    needed = (ID, *layout.review_names, *TECHNICAL)
    missing = [title for title in needed if titles.count(title) != 1]
    if missing:
        problems.append(
            message(
                "{ $name }: column { $missing } is missing or doubled", name=layout.name, missing=", ".join(missing)
            )
        )
        return
    first, last = titles.index(layout.review_names[0]), titles.index(FINGERPRINT)
    for number, cells in enumerate(sheet.iter_rows(min_row=2), start=2):
        texts = {}
        for title, cell in zip(titles, cells, strict=True):
            texts[title] = _text(cell.value)
            if title in layout.review_names and cell.data_type == "f":
                problems.append(
                    message(
                        '{ $name } row { $number }: "{ $title }" holds a formula; write its value',
                        name=layout.name,
                        number=number,
                        title=title,
                    )
                )
        if not any(texts.values()):
            continue
        if texts.pop("", ""):
            problems.append(
                message(
                    "{ $name } row { $number }: a cell outside the columns has content that would be lost",
                    name=layout.name,
                    number=number,
                )
            )
        if not titles[:first].count(ID) or first > last or not texts[REVISION].isdecimal() or not texts[ID]:
            problems.append(
                message(
                    "{ $name } row { $number }: the stable id or a hidden column was changed; take the row "
                    "from a fresh workbook",
                    name=layout.name,
                    number=number,
                )
            )
            continue
        if row_check(*(_text(cell.value) for cell in cells[:first])) != texts[CHECK]:
            problems.append(
                message(
                    "{ $name } row { $number } ({ $texts }): a cell before the yellow columns was changed; "
                    "decide in the yellow ones",
                    name=layout.name,
                    number=number,
                    texts=texts[ID],
                )
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
