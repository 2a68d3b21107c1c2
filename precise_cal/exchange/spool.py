"""What rows gave, on disk until every file was read: exports are read in any order and size, in little memory."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType


class Stored(NamedTuple):
    """A value of a participant's record, or of an item of one of its lists."""

    into: str
    """The list, as a dotted path; empty for the record."""
    item: str
    """What tells the item apart, as JSON."""
    parent: str
    path: str
    json: str
    """The value, as JSON; ``null`` where the export says why there is none."""
    reason: str | None
    origin: str
    """Where it comes from, as JSON: file, sheet, row, column and text; ``null`` for a value that the map states."""
    holds: int
    """Whether its table says that the item exists; one that is only named as a parent does not."""


class Spool:
    """The values of all participants, written in any order and read by participant. Deleted when it is closed."""

    def __init__(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / "spool.sqlite", isolation_level=None)

    def __enter__(self) -> Self:
        self._base.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE participant (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,"
            " listed INTEGER NOT NULL);"
            "CREATE TABLE value (participant INTEGER, sequence INTEGER PRIMARY KEY, list TEXT, item TEXT, parent TEXT,"
            " path TEXT, json TEXT, reason TEXT, origin TEXT, holds INTEGER);"
            "CREATE TABLE cell (source TEXT, grouping TEXT, sequence INTEGER PRIMARY KEY, cell TEXT);"
            "BEGIN"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._base.close()

    def participant(self, identifier: str, origin: str, *, lists: bool) -> int:
        """The number of a participant; `lists`: whether by the table that says who there is."""
        known = self._base.execute("SELECT number, listed FROM participant WHERE id = ?", (identifier,)).fetchone()
        if known is None:
            row = (identifier, origin, lists)
            return int(
                self._base.execute("INSERT INTO participant (id, origin, listed) VALUES (?, ?, ?)", row).lastrowid or 0
            )
        if lists and not known[1]:
            self._base.execute("UPDATE participant SET listed = 1 WHERE number = ?", (known[0],))
        return int(known[0])

    def put(self, participant: int, value: Stored) -> None:
        """Keep a value."""
        self._base.execute(
            "INSERT INTO value (participant, list, item, parent, path, json, reason, origin, holds)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (participant, *value),
        )

    def participants(self) -> Iterator[tuple[int, str, str, bool]]:
        """Number, id and origin of every participant as they were met, and whether each is listed."""
        with closing(self._base.cursor()) as rows:
            for row in rows.execute("SELECT number, id, origin, listed FROM participant ORDER BY number"):
                yield row[0], row[1], row[2], bool(row[3])

    def index(self) -> None:
        """All is written: make it fast to read."""
        self._base.execute("CREATE INDEX of_participant ON value (participant, sequence)")

    def values(self, participant: int) -> list[Stored]:
        """The values of a participant, in the order in which they were written."""
        rows = self._base.execute(
            "SELECT list, item, parent, path, json, reason, origin, holds FROM value WHERE participant = ?"
            " ORDER BY sequence",
            (participant,),
        )
        return [Stored(*row) for row in rows]

    def put_cell(self, source: str, grouping: str, cell: Any) -> None:
        """Keep a cell of a long table until all of its row was read."""
        self._base.execute(
            "INSERT INTO cell (source, grouping, cell) VALUES (?, ?, ?)", (source, grouping, json.dumps(cell))
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
