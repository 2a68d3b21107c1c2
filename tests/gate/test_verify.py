"""Whatever is done to a ledger is found: edits, deletions, insertions, reordering, shortening, the clock."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate import GateError, RuleFiles, keygen, load_private, load_public, read_envelope, verify
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.gate.checkpoint import checkpoint_path
from precise_cal.gate.decision import read_decision, sign
from precise_cal.gate.ledger import SCHEMA, Ledger, Row

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWERS = [("P1", "0.88"), ("P2", "0.80"), ("P3", None), ("P1", "0.79")]


@pytest.fixture
def told(site: Any) -> list[Any]:
    """A ledger of four decisions."""
    return [site.ask(subject, qfr).signed for subject, qfr in ANSWERS]


def codes(site: Any, **other: Any) -> set[str]:
    return {fault.code for fault in verify(site.ledger, load_public([site.public]), **other).faults}


def forced(site: Any, statement: str, *values: Any) -> None:
    """Change the ledger as somebody would who removes the triggers first and puts them back."""
    triggers = {name: sql for name, sql in SCHEMA.items() if sql.startswith("CREATE TRIGGER")}
    with closing(sqlite3.connect(site.ledger)) as connection, connection:
        for name in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement, values)
        for sql in triggers.values():
            connection.execute(sql)


def test_sound(site: Any, told: list[Any], judged: Any, rules: RuleFiles) -> None:
    found = verify(
        site.ledger,
        load_public([site.public]),
        evaluate=judged,
        rules=rules,
        expect_head=(4, told[-1].sha256),
    )
    assert found.sound
    assert (found.decisions, found.replayed, found.other_rules) == (4, 4, ())


@pytest.mark.parametrize(
    "statement", ["UPDATE decision SET sequence = 9", "DELETE FROM decision", "DELETE FROM origin"]
)
def test_the_file_refuses_changes(site: Any, told: list[Any], statement: str) -> None:
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with closing(sqlite3.connect(site.ledger)) as connection, refused:
        connection.execute(statement)
    assert codes(site) == set()


def test_an_edited_body(site: Any, told: list[Any]) -> None:
    body = told[1].body.replace(b"REFUSE", b"ALLOW!")
    forced(site, "UPDATE decision SET body = ? WHERE sequence = 2", body)
    assert "CHANGED" in codes(site)


def refuse_to_allow(signed: Any) -> bytes:
    members: Any = thaw(signed.body)
    members |= {"decision": "ALLOW", "blocking": []}
    return canonical(members)


def test_a_refusal_rewritten_as_allow_is_not_told(site: Any, told: list[Any]) -> None:
    """Consistent in itself, hash and all; only the signature is not."""
    body = refuse_to_allow(told[1])
    assert read_decision(body).decision == "ALLOW"
    forced(site, "UPDATE decision SET body = ?, sha256 = ? WHERE sequence = 2", body, sha256(body))
    assert codes(site) >= {"CHANGED", "CHAIN"}
    with pytest.raises(GateError, match="signature of the decision is not valid"):
        site.ask("P2", "0.80")


def test_resigned_with_another_key(site: Any, told: list[Any], tmp_path: Any) -> None:
    keygen(tmp_path / "other.key", tmp_path / "other.pub")
    other = load_private(tmp_path / "other.key")
    forged = sign(replace(told[3].decision, key_fingerprint=other.fingerprint), other)
    statement = "UPDATE decision SET body = ?, sha256 = ?, signature = ? WHERE sequence = 4"
    forced(site, statement, forged.body, forged.sha256, forged.signature)
    assert "CHANGED" in codes(site)


@pytest.mark.parametrize("sequence", [1, 2, 3, 4])
def test_a_deleted_decision(site: Any, told: list[Any], sequence: int) -> None:
    forced(site, "DELETE FROM decision WHERE sequence = ?", sequence)
    assert codes(site) == ({"SHORTENED"} if sequence == 4 else {"SEQUENCE", "CHAIN"})
    if sequence == 4:
        with pytest.raises(GateError, match="it was shortened or replaced"):
            site.ask("P9")


def test_an_inserted_decision(site: Any, told: list[Any]) -> None:
    row = Row.of(told[0])._replace(sequence=5, decision_id="x", subject_id="P9", sha256="0")
    forced(site, "INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)
    assert "CHANGED" in codes(site)


def test_reordered_decisions(site: Any, told: list[Any]) -> None:
    for change in ("-2 WHERE sequence = 2", "2 WHERE sequence = 3", "3 WHERE sequence = -2"):
        forced(site, f"UPDATE decision SET sequence = {change}")
    assert codes(site) == {"CHANGED", "CHAIN"}


@pytest.mark.parametrize("column", ["subject_id", "site_id", "snapshot_sha256", "rules_sha256", "decision_id"])
def test_an_edited_column(site: Any, told: list[Any], column: str) -> None:
    forced(site, f"UPDATE decision SET {column} = 'other' WHERE sequence = 2")
    assert codes(site) == {"CHANGED"}


def test_another_origin(site: Any, told: list[Any]) -> None:
    forced(site, "UPDATE origin SET ledger_id = 'other'")
    assert codes(site) == {"CHAIN", "SHORTENED"}


def test_a_removed_trigger(site: Any, told: list[Any]) -> None:
    with closing(sqlite3.connect(site.ledger)) as connection, connection:
        connection.execute("DROP TRIGGER decision_delete")
    assert codes(site) == {"SCHEMA"}


def test_a_lost_checkpoint(site: Any, told: list[Any]) -> None:
    checkpoint_path(site.ledger).unlink()
    assert codes(site) == {"SHORTENED"}
    with pytest.raises(GateError, match="its checkpoint is missing"):
        site.ask("P9")


def test_an_edited_checkpoint(site: Any, told: list[Any]) -> None:
    path = checkpoint_path(site.ledger)
    path.write_bytes(path.read_bytes().replace(b'"sequence":4', b'"sequence":3'))
    assert codes(site) == {"DAMAGED"}


def test_cut_back_with_its_checkpoint(site: Any) -> None:
    """An older copy of both files is sound in itself; a decision known from elsewhere is what it lacks."""
    site.ask("P1")
    kept = [(path, path.read_bytes()) for path in (site.ledger, checkpoint_path(site.ledger))]
    lost = site.ask("P2").signed
    for path, data in kept:
        path.write_bytes(data)
    assert codes(site) == set()
    assert codes(site, expect_head=(2, lost.sha256)) == {"SHORTENED"}


def test_a_deleted_ledger(site: Any, told: list[Any]) -> None:
    site.ledger.unlink()
    with pytest.raises(GateError, match="it was shortened or replaced"):
        site.ask("P9")


def test_a_clock_set_back(site: Any, told: list[Any]) -> None:
    last = told[-1].decision
    back = replace(
        last,
        sequence=5,
        previous_sha256=told[-1].sha256,
        decided_at=last.decided_at - timedelta(days=1),
        decision_id="x",
        subject_id="P9",
    )
    with closing(Ledger(site.ledger, site.key.public(), writable=True)) as ledger, ledger.writing():
        ledger.append(sign(back, site.key))
    assert codes(site) == {"CLOCK"}


def test_a_recorded_evaluation_that_the_rules_do_not_give(
    site: Any, told: list[Any], judged: Callable[..., Any], rules: RuleFiles
) -> None:
    def lenient(snapshot: Any, as_of: Any) -> Any:
        return judged(snapshot | {"qfr": snapshot["qfr"] and "0.9"}, as_of)

    found = verify(site.ledger, load_public([site.public]), evaluate=lenient, rules=rules)
    assert [(fault.code, fault.sequence) for fault in found.faults] == [("REPLAY", n) for n in (1, 2, 4)]
    amended = RuleFiles.of({"eligibility.yaml": b"amended"})
    found = verify(site.ledger, load_public([site.public]), evaluate=lenient, rules=amended)
    assert (found.replayed, found.other_rules, found.sound) == (0, (1, 2, 3, 4), True)


@pytest.mark.parametrize("stride", [41, pytest.param(9, marks=pytest.mark.slow)])
def test_every_byte_region(site: Any, told: list[Any], judged: Any, rules: RuleFiles, stride: int) -> None:
    """One bit flipped anywhere: found, or without any effect on what the ledger says."""
    keys = load_public([site.public])
    files = [site.ledger, checkpoint_path(site.ledger)]
    with closing(Ledger(site.ledger, keys, writable=False)) as ledger:
        genuine = list(ledger.rows())
    harmless = 0
    for path in files:
        data = path.read_bytes()
        for position in range(0, len(data), stride):
            path.write_bytes(data[:position] + bytes([data[position] ^ 1 << position % 8]) + data[position + 1 :])
            try:
                if verify(site.ledger, keys, evaluate=judged, rules=rules).sound:
                    with closing(Ledger(site.ledger, keys, writable=False)) as ledger:
                        assert list(ledger.rows()) == genuine, f"{path.name}, byte {position}"
                    harmless += 1
            except GateError:
                pass
        path.write_bytes(data)
    assert codes(site) == set()
    used = sum(len(row.body) for row in genuine)
    assert harmless * stride < site.ledger.stat().st_size - used, "only bytes that say nothing are without effect"


def test_a_decision_file(site: Any, told: list[Any]) -> None:
    keys = site.key.public()
    envelope = told[1].envelope()
    assert read_envelope(envelope + b"\n", keys) == told[1]
    for old, new in [
        (b"REFUSE", b"ALLOW!"),
        (b"P2", b"P3"),
        (told[1].sha256.encode(), b"0" * 64),
        (b'{"body"', b'{"bodi"'),
    ]:
        with pytest.raises(GateError):
            read_envelope(envelope.replace(old, new), keys)
    signature = told[1].signature.hex().encode()
    with pytest.raises(GateError, match="signature of the decision is not valid"):
        read_envelope(envelope.replace(signature, b"00" * 64), keys)


def test_a_new_key(site: Any, told: list[Any], tmp_path: Any) -> None:
    keygen(tmp_path / "new.key", tmp_path / "new.pub")
    both = load_public([site.public, tmp_path / "new.pub"])
    with pytest.raises(GateError, match="not trusted"):
        site.gate(key=load_private(tmp_path / "new.key"))
    with site.gate(key=load_private(tmp_path / "new.key"), trusted=both) as gate:
        request = replace(_request(), subject_id="P9")
        assert gate.ask(request).signed.decision.sequence == 5
    assert verify(site.ledger, both).sound
    assert codes(site) == {"CHANGED", "DAMAGED"}


def _request() -> Any:
    from precise_cal.gate import Request

    return Request(site_id="ZS01", subject_id="P1", protocol_version="1", snapshot={"qfr": Decimal("0.85")})


def test_verifying_writes_nothing(site: Any, told: list[Any], tmp_path: Any) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(site.ledger.parent, copy, ignore=shutil.ignore_patterns("copy"))
    verify(site.ledger, load_public([site.public]))
    for path in copy.iterdir():
        assert path.read_bytes() == (site.ledger.parent / path.name).read_bytes()
    with pytest.raises(GateError, match="SQLITE_CANTOPEN"):
        verify(site.ledger.with_name("none"), load_public([site.public]))
    assert not site.ledger.with_name("none").exists()
