"""Rows of an export as text, with the place of every cell; numbers are written as the export shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN: Final = 60
_NARROWED: Final = re.compile(r"\[[^\]]*\]")


@immutable()
class Place:
    """Where a cell stands: `sheet` is that of a workbook, the item group of ODM, the resource of FHIR; else empty."""

    file: str
    sheet: str
    row: int
    column: str

    @property
    def words(self) -> str:
        """The place as a text."""
        sheet = f"!{self.sheet}" if self.sheet else ""
        return message(
            "{ $file }{ $sheet } row { $row }, column { $column }",
            file=Verbatim(self.file),
            sheet=Verbatim(sheet),
            row=self.row,
            column=Verbatim(self.column),
        )

    def __str__(self) -> str:
        return str(self.words)


@immutable()
class Cell:
    """A cell: its text as it stands in the file.

    `typed` is ISO 8601 text where the file itself says that the cell is a day or a moment (a workbook does); `problem`
    says why the cell cannot be read, such as a formula without a value.
    """

    raw: str
    place: Place
    typed: str | None = None
    problem: str | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not self.raw.strip() and self.problem is None

    @property
    def shown(self) -> str:
        """Its text in quotes, shortened."""
        text = self.raw if len(self.raw) <= _SHOWN else f"{self.raw[: _SHOWN - 1]}…"
        return f'"{text}"'


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells by the names of their columns, and its own number in the file, counted from 1."""

    number: int
    cells: Mapping[str, Cell]
    kind: str = ""
    """The item group of ODM, the resource type of FHIR; a table of a map may take rows of one kind alone."""
    identity: str = ""
    """What tells it apart wherever it stands, where its format says so: rows with the same identity are one item."""

    def place_of(self, column: str) -> Place:
        """The place of a cell, also of one that the row does not have."""
        cell = self.cells.get(column)
        if cell is not None:
            return cell.place
        beside = next(iter(self.cells.values())).place
        return Place(beside.file, beside.sheet or self.kind, self.number, column)


@immutable()
class Refusal:
    """A cell that was not taken, and what would be right."""

    place: Place
    value: str
    text: str

    @property
    def words(self) -> str:
        """The refusal as a text; the value stands as it is in every language."""
        return message(
            "{ $place }: { $value } { $text }", place=self.place.words, value=Verbatim(self.value), text=self.text
        )

    def __str__(self) -> str:
        return str(self.words)


@lru_cache(1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)


def fits(name: str, pattern: str) -> bool:
    """Whether a name is as a pattern of a map says, in which ``*`` stands for anything and all else for itself."""
    return _pattern(pattern).fullmatch(name) is not None


def plain(name: str) -> str:
    """The name of a column of FHIR without what narrows it: ``code.coding.code``; any other name as it is."""
    return _NARROWED.sub("", name)
