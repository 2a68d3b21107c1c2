"""The append-only ledger: one SQLite file, every row chained to the one before by its hash.

Rollback journal, truncated and synchronized at each commit (`journal_mode=TRUNCATE`, `synchronous=FULL`):
what was committed is on the disk. Writers take the write lock first (`BEGIN IMMEDIATE`), so numbers and
hashes never race. Triggers refuse every UPDATE and DELETE; they stop accidents, while tampering is found by
`verify`.
"""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from precise_cal.gate.canonical import canonical, sha256
from precise_cal.gate.checkpoint import Head
from precise_cal.gate.decision import SignedDecision, read_decision
from precise_cal.gate.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.gate.keys import PublicKeys

APPLICATION_ID: Final = 0x50524543
"""Marks the file as a ledger of this program ("PREC")."""

VERSION: Final = 1

SCHEMA: Final = {
    "origin": ("CREATE TABLE origin (one INTEGER PRIMARY KEY CHECK (one = 1), ledger_id TEXT NOT NULL) STRICT"),
    "decision": (
        "CREATE TABLE decision (sequence INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE,"
        " site_id TEXT NOT NULL, subject_id TEXT NOT NULL, snapshot_sha256 TEXT NOT NULL,"
        " rules_sha256 TEXT NOT NULL, body BLOB NOT NULL, sha256 TEXT NOT NULL UNIQUE,"
        " signature BLOB NOT NULL, UNIQUE (site_id, subject_id, snapshot_sha256, rules_sha256)) STRICT"
    ),
    **{
        f"{table}_{action.lower()}": (
            f"CREATE TRIGGER {table}_{action.lower()} BEFORE {action} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
        for table in ("origin", "decision")
        for action in ("UPDATE", "DELETE")
    },
}
"""The schema, by name of table or trigger, as SQLite keeps it."""

_INSERT: Final = "INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT: Final = (
    "SELECT sequence, decision_id, site_id, subject_id, snapshot_sha256, rules_sha256, body, sha256,"
    " signature FROM decision "
)


_COLUMN_TYPES: Final = (int, str, str, str, str, str, bytes, str, bytes)


class Row(NamedTuple):
    """A row of the ledger as stored, nothing checked."""

    sequence: int
    decision_id: str
    site_id: str
    subject_id: str
    snapshot_sha256: str
    rules_sha256: str
    body: bytes
    sha256: str
    signature: bytes

    @classmethod
    def stored(cls, values: tuple[object, ...]) -> Row:
        """The row of these column values.

        Raises:
            GateError: a value is not of its column's type: a damaged file does not keep to the schema.
        """
        if tuple(map(type, values)) != _COLUMN_TYPES:
            raise GateError(f"decision {values[0]!r}: the file is damaged: a column holds another type")
        return cls._make(cast("tuple[Any, ...]", values))

    @classmethod
    def of(cls, signed: SignedDecision) -> Row:
        """The row that holds a decision."""
        decision = signed.decision
        return cls(
            decision.sequence,
            decision.decision_id,
            decision.site_id,
            decision.subject_id,
            decision.snapshot_sha256,
            decision.rules.sha256,
            signed.body,
            signed.sha256,
            signed.signature,
        )

    def read(self, keys: PublicKeys) -> SignedDecision:
        """The decision of the row, its hash, its signature and the other columns checked.

        Raises:
            GateError: something of it was changed, or the key is not trusted.
        """
        if sha256(self.body) != self.sha256:
            raise GateError(f"decision {self.sequence} was changed: its SHA-256 is another")
        decision = read_decision(self.body)
        keys.check(decision.key_fingerprint, "decision", self.body, self.signature)
        signed = SignedDecision(decision, self.body, self.sha256, self.signature)
        if Row.of(signed) != self:
            raise GateError(f"decision {self.sequence} was changed: its columns differ from what was signed")
        return signed


class Ledger:
    """An open ledger. Foreseeable faults of the file, the disk and the lock are raised as `GateError`."""

    def __init__(self, path: Path, keys: PublicKeys, *, writable: bool, patience: float = 10.0) -> None:
        """Open a ledger; a writable one is created if there is none.

        Args:
            path: the file.
            keys: the keys whose decisions are believed.
            writable: False never changes the file.
            patience: seconds to wait for other writers.
        """
        self.path = path
        self._keys = keys
        with self._faults():
            mode = "rwc" if writable else "rw"
            uri = f"{path.absolute().as_uri()}?mode={mode}"
            self._connection = sqlite3.connect(uri, timeout=patience, isolation_level=None, uri=True)
            try:
                self._prepare(writable=writable)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def ledger_id(self) -> str:
        """The identity of this ledger, which every decision in it carries."""
        return self._ledger_id

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock; what was appended is durable when the block is left, and gone if it raises."""
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

    def append(self, signed: SignedDecision) -> None:
        """Add a decision; the caller holds the write lock."""
        with self._faults():
            self._connection.execute(_INSERT, Row.of(signed))

    def last(self) -> SignedDecision | None:
        """The last decision, None in an empty ledger."""
        rows = self._rows("ORDER BY sequence DESC LIMIT 1")
        return self._read(rows[0]) if rows else None

    def head(self) -> Head:
        """How far the ledger has come."""
        with self._faults():
            row = self._connection.execute(
                "SELECT sequence, sha256 FROM decision ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        sequence, digest = row or (0, origin_sha256(self._ledger_id))
        return Head(self._ledger_id, int(sequence), str(digest))

    def sha256_at(self, sequence: int) -> str | None:
        """The hash of the decision with this number, None if there is none."""
        if sequence == 0:
            return origin_sha256(self._ledger_id)
        with self._faults():
            row = self._connection.execute("SELECT sha256 FROM decision WHERE sequence = ?", (sequence,)).fetchone()
        return None if row is None else str(row[0])

    def of_subject(self, site_id: str, subject_id: str) -> list[SignedDecision]:
        """The decisions on one participant, oldest first."""
        rows = self._rows("WHERE site_id = ? AND subject_id = ? ORDER BY sequence", site_id, subject_id)
        return [self._read(row) for row in rows]

    def rows(self) -> Iterator[Row]:
        """Every row as stored, in order of sequence."""
        with self._faults():
            for row in self._connection.execute(_SELECT + "ORDER BY sequence"):
                yield Row.stored(row)

    def schema(self) -> dict[str, str]:
        """Tables and triggers of the file, and the statements that made them."""
        with self._faults():
            return dict(
                self._connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
            )

    def damage(self) -> list[str]:
        """What SQLite's own integrity check finds wrong with the file."""
        with self._faults():
            found = [str(line) for (line,) in self._connection.execute("PRAGMA integrity_check").fetchall()]
        return [line for line in found if line != "ok"]

    def _rows(self, clause: str, *values: str) -> list[Row]:
        with self._faults():
            found = self._connection.execute(_SELECT + clause, values).fetchall()
        return [Row.stored(row) for row in found]

    def _read(self, row: Row) -> SignedDecision:
        try:
            return row.read(self._keys)
        except GateError as error:
            raise GateError(f"{self.path}, decision {row.sequence}: {error}") from error

    def _prepare(self, *, writable: bool) -> None:
        execute = self._connection.execute
        if not writable:
            execute("PRAGMA query_only = ON")
        execute("PRAGMA journal_mode = TRUNCATE")
        execute("PRAGMA synchronous = FULL")
        if writable and execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            self._create()
        if execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise GateError(f"{self.path}: not a ledger of this program")
        if execute("PRAGMA user_version").fetchone() != (VERSION,):
            raise GateError(f"{self.path}: a ledger of another version; this program writes version {VERSION}")
        origin = execute("SELECT ledger_id FROM origin").fetchone()
        if origin is None:
            raise GateError(f"{self.path}: the ledger has lost its origin")
        self._ledger_id = str(origin[0])

    def _create(self) -> None:
        with self.writing():
            execute = self._connection.execute
            if execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
                return
            execute(f"PRAGMA application_id = {APPLICATION_ID}")
            execute(f"PRAGMA user_version = {VERSION}")
            for statement in SCHEMA.values():
                execute(statement)
            execute("INSERT INTO origin VALUES (1, ?)", (str(uuid.uuid4()),))

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise GateError(f"{self.path}: {error} ({_name(error)})") from error
        except UnicodeDecodeError as error:
            raise GateError(f"{self.path}: the file is damaged: text that is not UTF-8") from error


def origin_sha256(ledger_id: str) -> str:
    """What the first decision of a ledger names as its predecessor."""
    return sha256(canonical({"ledger_id": ledger_id}))


def _name(error: sqlite3.Error) -> str:
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
