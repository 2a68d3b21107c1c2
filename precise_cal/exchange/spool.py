"""What rows gave, on disk until every file was read: exports are read in any order and size, in little memory."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from pydantic_core import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

StoredValue = tuple[str, Any, "str | None", "tuple[str, str, int, str, str] | None"]
"""Path, value as JSON data, reason of a missing one, and origin: file, sheet, row, column, text."""
_BATCH: Final = 2_000
"""Rows that are written at a time."""
_RECENT: Final = 10_000
"""Participants whose numbers are remembered; rows of one mostly follow each other."""
_decode: Final = json.JSONDecoder().decode


TAKEN_BACK: Final[StoredValue] = ("", None, None, None)
"""In place of values: what was said of the item before no longer holds."""


class Stored(NamedTuple):
    """A value of a participant's record, or of an item of one of its lists."""

    into: str
    """The list, as a dotted path; empty for the record."""
    item: str
    """What tells the item apart, as JSON."""
    parent: str
    path: str
    value: Any
    """As JSON data; None where the export says why there is none."""
    reason: str | None
    origin: tuple[str, str, int, str, str] | None
    """Where it comes from: file, sheet, row, column and text; None for a value that the map states."""

    @property
    def takes_back(self) -> bool:
        """Whether it says that what was said of the item before no longer holds."""
        return not self.path

    @property
    def text(self) -> str:
        """The value as JSON."""
        return _encode(self.value)


def _encode(value: Any) -> str:
    return to_json(value).decode()


class Spool:
    """The values of all participants, written in any order and read by participant. Deleted when it is closed."""

    def __init__(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / "spool.sqlite", isolation_level=None)
        self._waiting: list[tuple[int, str]] = []
        self._recent: dict[str, tuple[int, bool]] = {}

    def __enter__(self) -> Self:
        self._base.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE participant (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,"
            " listed INTEGER NOT NULL);"
            "CREATE TABLE named (way TEXT, name TEXT, number TEXT, PRIMARY KEY (way, name)) WITHOUT ROWID;"
            "CREATE TABLE row (participant INTEGER, sequence INTEGER PRIMARY KEY, content TEXT);"
            "CREATE TABLE cell (source TEXT, grouping TEXT, sequence INTEGER PRIMARY KEY, cell TEXT);"
            "BEGIN"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._base.close()

    def participant(self, identifier: str, origin: tuple[str, str, int, str, str], *, lists: bool) -> int:
        """The number of a participant; `lists`: whether by the table that says who there is."""
        known = self._recent.get(identifier)
        if known is None:
            known = self._base.execute("SELECT number, listed FROM participant WHERE id = ?", (identifier,)).fetchone()
        if known is None:
            row = (identifier, _encode(origin), lists)
            insert = "INSERT INTO participant (id, origin, listed) VALUES (?, ?, ?)"
            known = (self._base.execute(insert, row).lastrowid or 0, lists)
        if lists and not known[1]:
            self._base.execute("UPDATE participant SET listed = 1 WHERE number = ?", (known[0],))
            known = (known[0], True)
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[identifier] = known
        return int(known[0])

    def name(self, way: str, name: str, number: str) -> str:
        """Keep what a participant is called, in a way of calling them; the number under which it was kept first."""
        self._base.execute("INSERT OR IGNORE INTO named VALUES (?, ?, ?)", (way, name, number))
        return self.named(way, name) or number

    def named(self, way: str, name: str) -> str | None:
        """The number of who is called so."""
        row = self._base.execute("SELECT number FROM named WHERE way = ? AND name = ?", (way, name)).fetchone()
        return None if row is None else str(row[0])

    def put(self, participant: int, into: str, item: str, parent: str, values: Sequence[StoredValue]) -> None:
        """Keep what a row gives.

        Args:
            participant: the number.
            into: the list, as a dotted path; empty for the record.
            item: what tells the item apart, as JSON.
            parent: the same of the item of the outer list; empty for none.
            values: path, value, reason and origin of each.
        """
        self._waiting.append((participant, _encode([into, item, parent, values])))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._base.executemany("INSERT INTO row (participant, content) VALUES (?, ?)", self._waiting)
        self._waiting.clear()

    def participants(self) -> Iterator[tuple[int, str, str, bool]]:
        """Number, id and origin of every participant as they were met, and whether each is listed."""
        with closing(self._base.cursor()) as rows:
            for row in rows.execute("SELECT number, id, origin, listed FROM participant ORDER BY number"):
                yield row[0], row[1], row[2], bool(row[3])

    def index(self) -> None:
        """All is written: make it fast to read."""
        self._flush()
        self._base.execute("CREATE INDEX of_participant ON row (participant, sequence)")

    def values(self, participant: int) -> list[Stored]:
        """The values of a participant, in the order in which they were written."""
        rows = self._base.execute("SELECT content FROM row WHERE participant = ? ORDER BY sequence", (participant,))
        found = []
        for (content,) in rows:
            into, item, parent, values = _decode(content)
            found += [Stored(into, item, parent, *one) for one in values]
        return found

    def put_cell(self, source: str, grouping: str, cell: Any) -> None:
        """Keep a cell of a long table until all of its row was read."""
        self._base.execute(
            "INSERT INTO cell (source, grouping, cell) VALUES (?, ?, ?)", (source, grouping, _encode(cell))
        )

    def grouped(self, source: str) -> Iterator[list[Any]]:
        """The cells of a long table, row by row, as rows were met."""
        self._base.execute("CREATE INDEX IF NOT EXISTS by_group ON cell (source, grouping, sequence)")
        order = (
            "SELECT grouping, cell FROM cell JOIN (SELECT grouping, MIN(sequence) AS first FROM cell WHERE source = ?1"
            " GROUP BY grouping) USING (grouping) WHERE source = ?1 ORDER BY first, sequence"
        )
        before: str | None = None
        cells: list[Any] = []
        with closing(self._base.cursor()) as rows:
            for grouping, cell in rows.execute(order, (source,)):
                if grouping != before and cells:
                    yield cells
                    cells = []
                before = grouping
                cells.append(json.loads(cell))
        if cells:
            yield cells
