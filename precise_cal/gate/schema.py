"""The tables of a ledger: those of today, and those of version 0.1, which are read still."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x50524543
"""Marks the file as a ledger of this program ("PREC")."""

VERSION: Final = 2
"""The version that is written. 1 had only decisions, and columns that repeated what is signed."""

_REFUSE: Final = "SELECT RAISE(ABORT, 'the ledger is append-only')"
_ORIGIN: Final = "CREATE TABLE origin (one INTEGER PRIMARY KEY CHECK (one = 1), ledger_id TEXT NOT NULL) STRICT"


def _kept(table: str) -> dict[str, str]:
    """Triggers that refuse every UPDATE and DELETE."""
    return {
        f"{table}_{action.lower()}": (
            f"CREATE TRIGGER {table}_{action.lower()} BEFORE {action} ON {table} BEGIN {_REFUSE}; END"
        )
        for action in ("UPDATE", "DELETE")
    }


def _only_next(table: str, condition: str) -> dict[str, str]:
    """A trigger that refuses every INSERT but of what comes next: OR REPLACE would delete without asking DELETE's."""
    return {
        f"{table}_insert": (
            f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} WHEN NOT ({condition}) BEGIN {_REFUSE}; END"
        )
    }


FIRST: Final = {
    "origin": _ORIGIN,
    "decision": (
        "CREATE TABLE decision (sequence INTEGER PRIMARY KEY, decision_id TEXT NOT NULL UNIQUE,"
        " site_id TEXT NOT NULL, subject_id TEXT NOT NULL, snapshot_sha256 TEXT NOT NULL,"
        " rules_sha256 TEXT NOT NULL, body BLOB NOT NULL, sha256 TEXT NOT NULL UNIQUE,"
        " signature BLOB NOT NULL, UNIQUE (site_id, subject_id, snapshot_sha256, rules_sha256)) STRICT"
    ),
    **_kept("origin"),
    **_kept("decision"),
}
SECOND: Final = {
    "origin": _ORIGIN,
    "entry": (
        "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL, sha256 TEXT NOT NULL UNIQUE,"
        " signature BLOB NOT NULL) STRICT"
    ),
    **_kept("origin"),
    **_kept("entry"),
    **_only_next("origin", "NOT EXISTS (SELECT 1 FROM origin)"),
    **_only_next(
        "entry",
        "NEW.sequence = (SELECT coalesce(max(sequence), 0) + 1 FROM entry)"
        " AND NOT EXISTS (SELECT 1 FROM entry WHERE sha256 = NEW.sha256)",
    ),
}
SCHEMAS: Final = {1: FIRST, 2: SECOND}
"""The statements of each version, by name of table or trigger, as SQLite keeps them."""
