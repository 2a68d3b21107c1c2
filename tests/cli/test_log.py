"""`precise log`: a site's ledger given out as a log without a record, and what a verifier is told."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORIGIN = "sponsor.example/zs01"
FILES = ("examples/participants/02-at-the-gate.json", "examples/participants/05-qfr-at-threshold.json")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precise: Callable[..., Any]) -> Path:
    """A ledger with two decisions, and its key."""
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    assert [precise("gate", file).status for file in FILES] == [0, 1]
    return tmp_path / "gate"


def test_from_the_ledger_to_the_verifier(home: Path, tmp_path: Path, precise: Callable[..., Any]) -> None:
    out, note, public = tmp_path / "log.jsonl", tmp_path / "seen", home / "gate.key.pub"
    said = precise("log", "bundle", "--origin", ORIGIN, "--out", out, "--checkpoint", note)
    assert (said.status, said.err) == (0, "")
    assert said.out == f"{out}: 2 events\n{note.read_text('utf-8')}"
    text = out.read_text("utf-8")
    assert "ZS01-0" not in text, "no participant"
    assert "demographics" not in text, "no record"

    said = precise("log", "verify", out, "--public-key", public, "--ledger", home / "gate.ledger")
    assert said.status == 0
    assert said.out.startswith("2 events as signed; without an earlier checkpoint (--checkpoint) nothing tells")

    assert precise("gate", FILES[0]).status in (0, 3)  # the log goes on
    later = tmp_path / "later.jsonl"
    assert precise("log", "bundle", "--origin", ORIGIN, "--out", later).status == 0
    said = precise("log", "verify", later, "--public-key", public, "--checkpoint", note)
    assert (said.status, said.out) == (0, "2 events as signed; the log begins with what was seen at 2\n")

    out.write_text(text.replace('"site":"ZS01"', '"site":"ZS02"', 1), "utf-8")
    said = precise("log", "verify", out, "--public-key", public, "--ledger", home / "gate.ledger", "--format", "json")
    assert said.status == 1
    assert json.loads(said.out)["faults"] == [
        "the first 2 events are not those that a checkpoint was signed over",
        "event 1: not what is kept",
    ]


def test_a_ledger_that_does_not_hold_together_gives_no_log(
    home: Path, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    with sqlite3.connect(home / "gate.ledger") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE entry SET body = CAST(replace(body, 'ALLOW', 'AXLOW') AS BLOB) WHERE sequence = 1")
    connection.close()
    said = precise("log", "bundle", "--origin", ORIGIN, "--out", tmp_path / "log.jsonl")
    assert (said.status, said.out) == (2, "")
    assert "entry 1" in said.err
    assert not (tmp_path / "log.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("bundle", "--origin", "two words", "--out", "{}/log"), '"two words" is no name of a log'),
        (("bundle", "--origin", ORIGIN, "--out", "{}/gate/gate.ledger"), "gate.ledger"),
        (("bundle", "--origin", ORIGIN, "--out", "{}/log", "--ledger", "{}/none"), "none"),
        (("verify", "{}/none", "--public-key", "{}/gate/gate.key.pub"), "none"),
        (("verify", "{}/gate/gate.key.pub", "--public-key", "{}/gate/gate.key.pub"), "no log bundle"),
        (("verify", "{}/none", "--public-key", "{}/gate/gate.ledger"), "no public key"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: tuple[str, ...], problem: str, home: Path, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    said = precise("log", *(one.format(tmp_path) for one in arguments))
    assert (said.status, said.out) == (2, "")
    assert problem in said.err
