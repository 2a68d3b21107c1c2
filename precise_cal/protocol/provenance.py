"""Where values of records come from: the lines that an import writes beside them, found by participant and pointer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Verbatim, message, placed
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_INDEX: Final = re.compile(r"/\d+(?=/|$)")
_SHOWN: Final = 40


class ProvenanceError(PreciseError):
    """A file of origins that cannot be read."""


@immutable()
class Origin:
    """A cell of an export: `sheet` is that of a workbook, `raw` the text as it stands there.

    `raw` is None for a place where a value would stand, `column` where it is not known which one that is.
    """

    file: str
    sha256: str | None
    sheet: str | None
    row: int | None
    column: str | None
    raw: str | None

    @property
    def form(self) -> str:
        """The file, with its sheet."""
        return f"{self.file}!{self.sheet}" if self.sheet else self.file

    @property
    def text(self) -> str:
        """For people: ``visits.xlsx!M1 row 12 "2026/4/19"``, or the column where nothing stands there."""
        row = message(" row { $row }", row=self.row) if self.row else ""
        if self.raw is None:
            column = message(", column { $column }", column=self.column) if self.column else ""
            return Verbatim(self.form) + row + column
        raw = self.raw if len(self.raw) <= _SHOWN else f"{self.raw[: _SHOWN - 1]}…"
        return Verbatim(self.form) + row + Verbatim(f' "{raw}"')

    def as_json(self) -> dict[str, Any]:
        """The fields of the line that an import wrote."""
        return {"file": self.file, "sha256": self.sha256, "sheet": self.sheet, "row": self.row,
                "column": self.column, "raw": self.raw}  # fmt: skip


@immutable()
class Origins:
    """The origins of one participant's values, by pointer.

    Attributes:
        by_pointer: of every value.
        columns: of every field of any participant, positions in lists left out, the sheet and column that it stands in.
    """

    by_pointer: Mapping[str, Origin]
    columns: Mapping[str, Origin]

    def of(self, pointer: str) -> Origin | None:
        """Where a value comes from; of several values in one place, the first of them."""
        found = self.by_pointer.get(pointer)
        if found is None and pointer:
            found = next((one for at, one in self.by_pointer.items() if at.startswith(f"{pointer}/")), None)
        return found

    def near(self, pointer: str) -> Origin | None:
        """Where a value comes from, or where it would stand: the row of what belongs to the same item, and its column.

        None where neither the value nor anything of the same item has an origin.
        """
        found = self.of(pointer)
        if found is not None or not pointer:
            return found
        column = self.columns.get(_INDEX.sub("", pointer))
        item = _item_of(pointer)
        same = [one for at, one in self.by_pointer.items() if _item_of(at) == item]
        if column is not None:
            same = [one for one in same if (one.file, one.sheet) == (column.file, column.sheet)] or same
        if not same:
            return None
        first = same[0]
        is_there = column is not None and (first.file, first.sheet) == (column.file, column.sheet)
        name = column.column if column is not None and is_there else None
        return Origin(first.file, first.sha256, first.sheet, first.row, name, None)

    def without(self, is_hidden: Callable[[str], bool]) -> Origins:
        """The same without the origins of values that are not shown."""
        return Origins(
            {at: one for at, one in self.by_pointer.items() if not is_hidden(at)},
            {at: one for at, one in self.columns.items() if not is_hidden(at)},
        )


NO_ORIGINS: Final = Origins({}, {})


def _item_of(pointer: str) -> str:
    """The innermost item of a list that a pointer leads into; empty for the record itself."""
    hits = list(_INDEX.finditer(pointer))
    return pointer[: hits[-1].end()] if hits else ""


class Provenance:
    """The origins of all participants."""

    def __init__(self) -> None:
        self._by_participant: dict[str, dict[str, Origin]] = {}
        self._columns: dict[str, Origin] = {}

    def of(self, participant: str) -> Origins:
        """The origins of a participant's values; none for one who was not imported."""
        return Origins(self._by_participant.get(participant, {}), self._columns)

    def add(self, participant: str, pointer: str, origin: Origin) -> None:
        """Take note of an origin."""
        self._by_participant.setdefault(participant, {})[pointer] = origin
        self._columns.setdefault(_INDEX.sub("", pointer), origin)


def read_provenance(lines: Iterable[bytes], name: str) -> Provenance:
    """The origins that an import wrote, one a line.

    Args:
        lines: of the file.
        name: of the file, for what is wrong with it.

    Raises:
        ProvenanceError: a line is no origin.
    """
    found = Provenance()
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.add(*_read(json.loads(line)))
            except (ValueError, TypeError, KeyError, RecursionError):
                wanted = 'should be an origin as precise import --provenance writes it: {"subject_id": …, "pointer": …}'
                raise ProvenanceError(placed(f"{name}:{number}", wanted)) from None
    return found


def _read(line: Any) -> tuple[str, str, Origin]:
    texts = [line["subject_id"], line["pointer"], line["file"], line["column"], line["raw"]]
    row, sheet, digest = line["row"], line.get("sheet"), line.get("sha256")
    if not all(isinstance(one, str) for one in texts) or type(row) is not int:
        raise TypeError
    if not all(one is None or isinstance(one, str) for one in (sheet, digest)):
        raise TypeError
    participant, pointer, file, column, raw = texts
    return participant, pointer, Origin(file, digest, sheet, row, column, raw)
