"""Reading a ledger without writing anything: not to the file, and not beside it.

SQLite itself writes where it only reads: it rolls back what a killed writer left in the journal, and makes the
files of a write-ahead log. Where one of these would happen, a private copy is read in the ledger's place.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.files.regular import open_regular
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterator

_BESIDE: Final = ("", "-journal", "-wal")
_WAL: Final = 2
"""What bytes 18 and 19 of an SQLite file hold in WAL mode."""


@contextmanager
def open_readonly(path: Path, patience: float) -> Iterator[sqlite3.Connection]:
    """A connection to the ledger as it is now, in one read transaction.

    Raises:
        GateError: writers give no moment to read it in.
        OSError: it cannot be read.
        sqlite3.Error: it is no database.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise GateError(message("{ $path }: not a regular file", path=path))
    if _writes_ahead(path):
        with _copied(path, patience) as connection:
            yield connection
        return
    connection = _connect(path, "ro", patience)
    with closing(connection):
        if _has_snapshot(connection):
            yield connection
            return
    with _copied(path, patience) as copy:
        yield copy


def _writes_ahead(path: Path) -> bool:
    with open_regular(path) as file:
        head = file.read(20)
    return _WAL in head[18:20]


def _connect(path: Path, mode: str, patience: float) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, timeout=patience, isolation_level=None, uri=True)


def _has_snapshot(connection: sqlite3.Connection) -> bool:
    """Begin to read; False where SQLite would first have to write."""
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            raise
        return False
    return True


@contextmanager
def _copied(path: Path, patience: float) -> Iterator[sqlite3.Connection]:
    """A connection to a copy, made while nobody wrote, in a folder that only this user can read."""
    with tempfile.TemporaryDirectory(prefix="precise-ledger-") as folder:
        copy = Path(folder) / path.name
        until = time.monotonic() + patience
        while True:
            before = _states(path)
            for suffix in before:
                shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
            if _states(path) == before:
                break
            if time.monotonic() > until:
                raise GateError(
                    message("{ $path }: is written to without a pause; read it when that has ended", path=path)
                )
        with closing(_connect(copy, "rw", patience)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield connection


def _states(path: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for suffix in _BESIDE:
        try:
            state = os.stat(f"{path}{suffix}")  # noqa: PTH116 - a path with a suffix, not another name
        except FileNotFoundError:
            continue
        found[suffix] = (state.st_size, state.st_mtime_ns)
    return found
