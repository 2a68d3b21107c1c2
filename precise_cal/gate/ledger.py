"""The append-only ledger: one SQLite file, every row chained to the one before by its hash.

Rollback journal, truncated and synchronized at each commit (`journal_mode=TRUNCATE`, `synchronous=FULL`):
what was committed is on the disk. Writers take the write lock first (`BEGIN IMMEDIATE`), so numbers and
hashes never race. Triggers refuse whatever is not the next row; they stop accidents, while tampering is found
because every reader follows the chain (`chain`).
"""

from __future__ import annotations

import os
import sqlite3
import stat
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from precise_cal.gate.canonical import canonical, sha256
from precise_cal.gate.errors import GateError
from precise_cal.gate.readonly import open_readonly
from precise_cal.gate.schema import APPLICATION_ID, SCHEMAS, VERSION
from precise_cal.language.catalog import message, placed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MODE: Final = 0o600
"""A ledger holds birth dates: nobody else reads it."""

_INSERT: Final = "INSERT INTO entry VALUES (?, ?, ?, ?)"
_SELECT: Final = {
    1: "SELECT sequence, body, sha256, signature, decision_id, site_id, subject_id, snapshot_sha256, rules_sha256"
    " FROM decision ORDER BY sequence",
    2: "SELECT sequence, body, sha256, signature FROM entry ORDER BY sequence",
}


class Row(NamedTuple):
    """A row of the ledger as stored, nothing checked but the types."""

    sequence: int
    body: bytes
    sha256: str
    signature: bytes
    repeated: tuple[str, ...] | None = None
    """What a ledger of version 0.1 repeats of the body: decision, site, participant, snapshot, rules."""

    @classmethod
    def stored(cls, values: tuple[object, ...]) -> Row:
        """The row of these column values.

        Raises:
            GateError: a value is not of its column's type: a damaged file does not keep to the schema.
        """
        kinds = (int, bytes, str, bytes, *(str for _ in values[4:]))
        if tuple(map(type, values)) != kinds:
            raise GateError(
                message("entry { $values }: the file is damaged: a column holds another type", values=f"{values[0]!r}")
            )
        known = cast("tuple[Any, ...]", values)
        sequence, body, digest, signature, *repeated = known
        return cls(sequence, body, digest, signature, tuple(repeated) or None)


class Ledger:
    """An open ledger. Foreseeable faults of the file, the disk and the lock are raised as `GateError`."""

    def __init__(self, path: Path, *, writable: bool, patience: float = 30.0) -> None:
        """Open a ledger; a writable one is created if there is none, and brought to the version of today.

        Args:
            path: the file.
            writable: False writes nothing anywhere beside it.
            patience: seconds to wait for other writers.
        """
        self.path = path
        self._open = ExitStack()
        try:
            with self._faults():
                self._connection = self._connect(writable=writable, patience=patience)
                self._prepare(writable=writable)
        except BaseException:
            self._open.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._open.close()

    @property
    def ledger_id(self) -> str:
        """The identity of this ledger, which every entry in it carries."""
        return self._ledger_id

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock; what was appended is durable when the block is left, and gone if it raises."""
        with self._transaction():
            self._version = self._version_of_file()  # another process may have renewed it
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._faults():
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                with self._faults():
                    self._connection.execute("ROLLBACK")

    def append(self, row: Row) -> None:
        """Add an entry; the caller holds the write lock."""
        with self._faults():
            self._connection.execute(_INSERT, row[:4])

    def is_empty(self) -> bool:
        """Whether it has no entry yet."""
        with self._faults():
            table = "entry" if self._version == VERSION else "decision"
            found = self._connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()  # noqa: S608
        return bool(found == (0,))

    def rows(self) -> Iterator[Row]:
        """Every row as stored, in order of sequence."""
        with self._faults():
            for row in self._connection.execute(_SELECT[self._version]):
                yield Row.stored(row)

    def schema_faults(self) -> list[str]:
        """The tables and triggers that are not as they were made."""
        expected = SCHEMAS[self._version]
        with self._faults():
            present = dict(
                self._connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
            )
        return [name for name in sorted(expected.keys() | present.keys()) if expected.get(name) != present.get(name)]

    def damage(self) -> list[str]:
        """What SQLite's own integrity check finds wrong with the file."""
        with self._faults():
            found = [str(line) for (line,) in self._connection.execute("PRAGMA integrity_check").fetchall()]
        return [line for line in found if line != "ok"]

    def _connect(self, *, writable: bool, patience: float) -> sqlite3.Connection:
        if not writable:
            return self._open.enter_context(open_readonly(self.path, patience))
        _make_private(self.path)
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, timeout=patience, isolation_level=None, uri=True)
        self._open.callback(connection.close)
        return connection

    def _prepare(self, *, writable: bool) -> None:
        execute = self._connection.execute
        if writable:
            execute("PRAGMA journal_mode = TRUNCATE")
            execute("PRAGMA synchronous = FULL")
            if execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
                self._create()
        if execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise GateError(message("{ $path }: not a ledger of this program", path=self.path))
        self._version = self._version_of_file()
        origin = execute("SELECT ledger_id FROM origin").fetchone()
        if origin is None:
            raise GateError(message("{ $path }: the ledger has lost its origin", path=self.path))
        self._ledger_id = str(origin[0])

    def _version_of_file(self) -> int:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in SCHEMAS:
            raise GateError(
                message(
                    "{ $path }: a ledger of version { $version }; this program reads versions 1 to { "
                    "$version_2 }: update it",
                    path=self.path,
                    version=version,
                    version_2=VERSION,
                )
            )
        return int(version)

    def _create(self) -> None:
        with self._transaction():
            execute = self._connection.execute
            if execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
                return
            execute(f"PRAGMA application_id = {APPLICATION_ID}")
            execute(f"PRAGMA user_version = {VERSION}")
            for statement in SCHEMAS[VERSION].values():
                execute(statement)
            execute("INSERT INTO origin VALUES (1, ?)", (str(uuid.uuid4()),))

    def renew(self) -> None:
        """Bring a ledger of version 0.1 to the tables of today; the caller holds the write lock, and has checked it.

        Bodies, hashes and signatures stay as they are; the columns that repeated parts of them go.
        """
        with self._faults():
            execute = self._connection.execute
            if self._version == VERSION:
                return
            for name, statement in SCHEMAS[VERSION].items():
                if name not in SCHEMAS[self._version]:
                    execute(statement)
            for row in execute(_SELECT[self._version]).fetchall():
                execute(_INSERT, row[:4])
            execute("DROP TABLE decision")
            execute(f"PRAGMA user_version = {VERSION}")
            self._version = VERSION

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise GateError(
                message("{ $path }: { $error } ({ $name })", path=self.path, error=str(error), name=_name(error))
            ) from error
        except UnicodeDecodeError as error:
            raise GateError(
                message("{ $path }: the file is damaged: text that is not UTF-8", path=self.path)
            ) from error
        except OSError as error:
            raise GateError(placed(self.path, str(error.strerror))) from error


def _make_private(path: Path) -> None:
    """Make the file if there is none, for its owner alone; one that others could read is closed to them."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, _MODE)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise GateError(message("{ $path }: not a regular file", path=path))
        if os.name == "posix" and stat.S_IMODE(state.st_mode) & 0o077 and state.st_uid == os.geteuid():
            os.fchmod(handle, stat.S_IMODE(state.st_mode) & ~0o077)
    finally:
        os.close(handle)


def origin_sha256(ledger_id: str) -> str:
    """What the first entry of a ledger names as its predecessor."""
    return sha256(canonical({"ledger_id": ledger_id}))


def _name(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
