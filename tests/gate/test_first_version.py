"""A ledger that version 0.1 wrote is read, verified, and gone on with by the versions after it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIXTURE = "ledger-0.1"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The data folder of version 0.1: six decisions on four participants, with its key and the rules of then."""
    folder = tmp_path / "home"
    shutil.copytree(request.path.parent / FIXTURE, folder)
    (folder / "gate.key").chmod(0o600)
    folder.chmod(0o700)
    monkeypatch.setenv("PRECISE_GATE_HOME", str(folder))
    return folder


def bodies(home: Path, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home / "gate.ledger")) as connection:
        return connection.execute(f"SELECT sequence, body, sha256, signature FROM {table} ORDER BY sequence").fetchall()


def test_it_verifies(precise: Callable[..., Any], home: Path) -> None:
    """By its own rules every decision is computed again; nothing is written."""
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    said = precise("gate", "verify", "--rules", home / "rules", "--public-key", home / "gate.key.pub")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[-1] == "6 decisions, 6 computed again: sound"
    assert {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()} == before
    said = precise("gate", "verify")
    assert said.status == 0, "rules that a released version brought need no naming"
    assert "6 decisions rest on other rule files" in said.out


def test_it_goes_on(precise: Callable[..., Any], home: Path) -> None:
    old = bodies(home, "decision")
    said = precise("gate", home / "refused.json")
    assert said.status == 1
    assert "decision 6 REFUSE" in said.out
    assert bodies(home, "entry")[:6] == old, "bodies, hashes and signatures stay as they are"
    said = precise("gate", home / "allowed.json")
    assert (said.status, "decision 4 ALLOW" in said.out) == (0, True)
    said = precise("gate", "verify", "--expect-head", f"6:{old[5][2]}")
    assert said.status == 0
    assert "8 decisions, 2 computed again: sound" in said.out
    assert (home / "gate.ledger").stat().st_mode & 0o777 == 0o600


def test_a_change_after_its_refuse_needs_a_reason(precise: Callable[..., Any], home: Path) -> None:
    changed = home / "changed.json"
    changed.write_text((home / "refused.json").read_text().replace('"2.20"', '"2.50"'))
    before = (home / "gate.ledger").read_bytes()
    said = precise("gate", changed)
    assert (said.status, "decision 6 was REFUSE (IC-5)" in said.err) == (2, True)
    assert (home / "gate.ledger").read_bytes() == before
    assert precise("gate", changed, "--reason", "measured again").status == 0


@pytest.mark.parametrize("column", ["subject_id", "site_id", "snapshot_sha256", "rules_sha256", "decision_id"])
def test_an_edited_column_is_found(precise: Callable[..., Any], home: Path, column: str) -> None:
    with closing(sqlite3.connect(home / "gate.ledger")) as connection, connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'decision_update'").fetchone()
        connection.execute("DROP TRIGGER decision_update")
        connection.execute(f"UPDATE decision SET {column} = 'other' WHERE sequence = 2")
        connection.execute(trigger)
    said = precise("gate", "verify")
    assert (said.status, "CHANGED entry 2: was changed: its columns differ" in said.out) == (1, True)
    said = precise("gate", home / "allowed.json")
    assert (said.status, "its columns differ" in said.err) == (2, True)
