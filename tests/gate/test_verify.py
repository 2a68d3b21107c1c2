"""Whatever is done to a ledger is found: edits, deletions, insertions, reordering, shortening, the clock."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate import (
    GateError,
    RuleFiles,
    UntrustedKeyError,
    keygen,
    load_private,
    load_public,
    read_envelope,
    verify,
)
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.gate.checkpoint import checkpoint_path, read_checkpoint
from precise_cal.gate.decision import read_decision, sign
from precise_cal.gate.events import Event, Succession
from precise_cal.gate.ledger import Ledger, Row
from precise_cal.gate.schema import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable


def inserted(site: Any, *rows: Row) -> None:
    """Put rows into the ledger by plain SQL, as somebody would who has the key of another ledger."""
    with closing(sqlite3.connect(site.ledger)) as connection, connection:
        connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", [row[:4] for row in rows])


def row_of(signed: Any, **other: Any) -> Row:
    return Row(signed.decision.sequence, signed.body, signed.sha256, signed.signature)._replace(**other)


def codes(site: Any, **other: Any) -> set[str]:
    return {fault.code for fault in verify(site.ledger, load_public([site.public]), **other).faults}


def forced(site: Any, statement: str, *values: Any) -> None:
    """Change the ledger as somebody would who removes the triggers first and puts them back."""
    triggers = {name: sql for name, sql in SECOND.items() if sql.startswith("CREATE TRIGGER")}
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


COPY = "SELECT {}, body, {}, signature FROM entry WHERE sequence = 2"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET sequence = 9",
        "UPDATE OR REPLACE entry SET sequence = 3 WHERE sequence = 2",
        "DELETE FROM entry",
        "DELETE FROM origin",
        "UPDATE origin SET ledger_id = 'other'",
        "INSERT OR REPLACE INTO origin VALUES (1, 'other')",
        "REPLACE INTO origin VALUES (1, 'other')",
        f"INSERT OR REPLACE INTO entry {COPY.format(3, 'sha256')}",
        f"REPLACE INTO entry {COPY.format(5, 'sha256')}",
        f"INSERT OR IGNORE INTO entry {COPY.format(2, chr(39) + 'x' + chr(39))}",
        f"INSERT INTO entry {COPY.format(9, chr(39) + 'x' + chr(39))}",
        f"INSERT INTO entry {COPY.format(0, chr(39) + 'x' + chr(39))}",
        f"INSERT INTO entry {COPY.format(2, 'sha256')} ON CONFLICT DO UPDATE SET sha256 = 'x'",
    ],
)
def test_the_file_refuses_changes(site: Any, told: list[Any], statement: str) -> None:
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with closing(sqlite3.connect(site.ledger)) as connection, refused:
        connection.execute(statement)
    assert codes(site) == set()
    with closing(Ledger(site.ledger, writable=False)) as ledger:
        assert [row.sha256 for row in ledger.rows()] == [one.sha256 for one in told]


def test_an_edited_body(site: Any, told: list[Any]) -> None:
    body = told[1].body.replace(b"REFUSE", b"ALLOW!")
    forced(site, "UPDATE entry SET body = ? WHERE sequence = 2", body)
    assert "CHANGED" in codes(site)


def refuse_to_allow(signed: Any) -> bytes:
    members: Any = thaw(signed.body)
    members |= {"decision": "ALLOW", "blocking": []}
    return canonical(members)


def test_a_refusal_rewritten_as_allow_is_not_told(site: Any, told: list[Any]) -> None:
    """Consistent in itself, hash and all; only the signature is not."""
    body = refuse_to_allow(told[1])
    assert read_decision(body).decision == "ALLOW"
    forced(site, "UPDATE entry SET body = ?, sha256 = ? WHERE sequence = 2", body, sha256(body))
    assert codes(site) >= {"CHANGED", "CHAIN"}
    with pytest.raises(GateError, match="signature of the decision is not valid"):
        site.ask("P2", "0.80")
    with pytest.raises(GateError, match="entry 3: does not follow the entry before it"):
        site.ask("P9")


def test_the_last_refusal_rewritten_as_allow_is_not_told(site: Any, told: list[Any]) -> None:
    body = refuse_to_allow(told[3])
    forced(site, "UPDATE entry SET body = ?, sha256 = ? WHERE sequence = 4", body, sha256(body))
    assert codes(site) >= {"CHANGED", "SHORTENED"}
    with pytest.raises(GateError, match="signature of the decision is not valid"):
        site.ask("P1", "0.79")


def test_resigned_with_another_key(site: Any, told: list[Any], tmp_path: Any) -> None:
    keygen(tmp_path / "other.key", tmp_path / "other.pub")
    other = load_private(tmp_path / "other.key")
    forged = sign(replace(told[3].decision, key_fingerprint=other.fingerprint), other)
    statement = "UPDATE entry SET body = ?, sha256 = ?, signature = ? WHERE sequence = 4"
    forced(site, statement, forged.body, forged.sha256, forged.signature)
    assert codes(site) == {"KEY", "SHORTENED"}


@pytest.mark.parametrize("sequence", [1, 2, 3, 4])
def test_a_deleted_decision(site: Any, told: list[Any], sequence: int) -> None:
    forced(site, "DELETE FROM entry WHERE sequence = ?", sequence)
    assert codes(site) == ({"SHORTENED"} if sequence == 4 else {"SEQUENCE", "CHAIN"})
    with pytest.raises(GateError, match="it was shortened or replaced" if sequence == 4 else "should be number"):
        site.ask("P9")


def test_an_inserted_decision(site: Any, told: list[Any]) -> None:
    inserted(site, row_of(told[0], sequence=5, sha256="0"))
    assert "CHANGED" in codes(site)
    with pytest.raises(GateError, match="its SHA-256 is another"):
        site.ask("P9")


def test_a_decision_of_another_ledger_with_the_same_key(site: Any, told: list[Any], tmp_path: Any) -> None:
    """A plain INSERT of an ALLOW that the same key signed elsewhere is believed neither by `verify` nor by the gate."""
    other = replace(site, ledger=tmp_path / "other.ledger")
    allowed = [other.ask(subject).signed for subject in ("P1", "P2", "P3", "P4", "P5")]
    inserted(site, row_of(allowed[4]))
    assert codes(site) == {"CHAIN"}
    with pytest.raises(GateError, match="was made for the ledger"):
        site.ask("P5")


def test_a_decision_of_a_copy_of_the_ledger(site: Any, told: list[Any], tmp_path: Any) -> None:
    """The ledger's id alone says little: a copy goes on with the same id, and its rows do not follow here."""
    for path in (site.ledger, checkpoint_path(site.ledger)):
        shutil.copy(path, tmp_path / path.name.replace("gate", "copy"))
    other = replace(site, ledger=tmp_path / "copy.ledger")
    site.ask("P9")
    other.ask("P7")
    second = other.ask("P8").signed
    inserted(site, row_of(second))
    assert codes(site) == {"CHAIN"}
    with pytest.raises(GateError, match="does not follow"):
        site.ask("P8")


def test_a_decision_under_the_number_of_another(site: Any, told: list[Any]) -> None:
    inserted(site, row_of(told[0], sequence=5, sha256="x"))
    assert "CHANGED" in codes(site)


def test_reordered_decisions(site: Any, told: list[Any]) -> None:
    for change in ("-2 WHERE sequence = 2", "2 WHERE sequence = 3", "3 WHERE sequence = -2"):
        forced(site, f"UPDATE entry SET sequence = {change}")
    assert codes(site) == {"CHANGED", "CHAIN", "CLOCK"}
    with pytest.raises(GateError, match="entry 2"):
        site.ask("P9")


def test_an_edited_hash(site: Any, told: list[Any]) -> None:
    forced(site, "UPDATE entry SET sha256 = 'other' WHERE sequence = 2")
    assert codes(site) == {"CHANGED", "CHAIN"}


def test_another_origin(site: Any, told: list[Any]) -> None:
    forced(site, "UPDATE origin SET ledger_id = 'other'")
    assert codes(site) == {"CHAIN", "SHORTENED"}


def test_a_removed_trigger(site: Any, told: list[Any]) -> None:
    with closing(sqlite3.connect(site.ledger)) as connection, connection:
        connection.execute("DROP TRIGGER entry_delete")
    assert codes(site) == {"SCHEMA"}


def test_a_lost_checkpoint(site: Any, told: list[Any]) -> None:
    checkpoint_path(site.ledger).unlink()
    assert codes(site) == {"SHORTENED"}
    with pytest.raises(GateError, match="its checkpoint is missing"):
        site.ask("P9")


def test_an_edited_checkpoint(site: Any, told: list[Any]) -> None:
    path = checkpoint_path(site.ledger)
    path.write_bytes(path.read_bytes().replace(b'"sequence":4', b'"sequence":3'))
    assert codes(site) == {"DAMAGED", "SHORTENED"}
    with pytest.raises(GateError, match="signature of the checkpoint is not valid"):
        site.ask("P9")


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_every_bit_of_the_checkpoint(site: Any, told: list[Any], stride: int) -> None:
    """Every flip is found: there is one spelling of a checkpoint, case of digits and order of members included."""
    path = checkpoint_path(site.ledger)
    data = path.read_bytes()
    keys = load_public([site.public])
    for bit in range(0, 8 * len(data), stride):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(GateError):
            read_flipped(path, bytes(flipped), keys)
    path.write_bytes(data)
    assert codes(site) == set()


def read_flipped(path: Any, data: bytes, keys: Any) -> None:
    path.write_bytes(data)
    found = read_checkpoint(path.with_name("gate.ledger"))
    assert found is not None
    found.check(keys)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\n",
        lambda data: b" " + data,
        lambda data: data.replace(b'{"body"', b'{"a":1,"body"'),
        lambda data: data.replace(b"}}", b"}").replace(b"}", b"}}", 1),
        lambda data: b"",
        lambda data: b"[]",
    ],
)
def test_another_spelling_of_the_checkpoint(site: Any, told: list[Any], change: Any) -> None:
    path = checkpoint_path(site.ledger)
    path.write_bytes(change(path.read_bytes()))
    assert "DAMAGED" in codes(site)
    with pytest.raises(GateError, match="not a checkpoint of this program"):
        site.ask("P9")


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
    back = replace(back, earlier=())
    inserted(site, row_of(sign(back, site.key)))
    assert codes(site) == {"CLOCK"}


def test_a_recorded_evaluation_that_the_rules_do_not_give(
    site: Any, told: list[Any], judged: Callable[..., Any], rules: RuleFiles
) -> None:
    def lenient(snapshot: Any, facts: Any, as_of: Any) -> Any:
        return judged(snapshot | {"qfr": snapshot["qfr"] and "0.9"}, facts, as_of)

    found = verify(site.ledger, load_public([site.public]), evaluate=lenient, rules=rules)
    assert [(fault.code, fault.sequence) for fault in found.faults] == [("REPLAY", n) for n in (2, 4)], "0.88 stays"
    amended = RuleFiles({"eligibility.yaml": "d" * 64}, "e" * 64)
    found = verify(site.ledger, load_public([site.public]), evaluate=lenient, rules=amended)
    assert (found.replayed, found.other_rules, found.sound) == (0, (1, 2, 3, 4), True)


@pytest.mark.parametrize("stride", [41, pytest.param(9, marks=pytest.mark.slow)])
def test_every_byte_region(site: Any, told: list[Any], judged: Any, rules: RuleFiles, stride: int) -> None:
    """One bit flipped anywhere: found, or without any effect on what the ledger says."""
    keys = load_public([site.public])
    files = [site.ledger, checkpoint_path(site.ledger)]
    with closing(Ledger(site.ledger, writable=False)) as ledger:
        genuine = list(ledger.rows())
    harmless = 0
    for path in files:
        data = path.read_bytes()
        for position in range(0, len(data), stride):
            path.write_bytes(data[:position] + bytes([data[position] ^ 1 << position % 8]) + data[position + 1 :])
            try:
                if verify(site.ledger, keys, evaluate=judged, rules=rules).sound:
                    with closing(Ledger(site.ledger, writable=False)) as ledger:
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


def test_a_new_key_without_the_old_one(site: Any, told: list[Any], tmp_path: Any) -> None:
    """Where the old private key is lost, its public half is named as long as the ledger is used."""
    keygen(tmp_path / "new.key", tmp_path / "new.pub")
    both = load_public([site.public, tmp_path / "new.pub"])
    renewed = replace(site, private=tmp_path / "new.key")
    with pytest.raises(UntrustedKeyError, match="name its public half with --public-key"):
        renewed.ask("P9")
    assert renewed.ask_for(request(), trusted=load_public([site.public])).signed.decision.sequence == 5
    assert verify(site.ledger, both).sound
    faults = verify(site.ledger, load_public([site.public])).faults
    assert [fault.code for fault in faults] == ["KEY", "KEY"], "the checkpoint, and one line for all entries"
    (new,) = (fault for fault in faults if "entry 5" in fault.text)
    assert "which is not trusted; name its public half with --public-key" in new.text
    (old,) = (fault for fault in verify(site.ledger, load_public([tmp_path / "new.pub"])).faults)
    assert old.text.startswith(f"4 entries, 1 to 4: signed with the key {site.key.fingerprint}, which is not trusted")


def handed_over(site: Any, tmp_path: Any) -> Any:
    keygen(tmp_path / "new.key", tmp_path / "new.pub")
    with site.keeper() as keeper:
        keeper.hand_over(load_private(tmp_path / "new.key"), "the laptop was replaced")
    return replace(site, private=tmp_path / "new.key", public=tmp_path / "new.pub")


def test_a_key_that_was_handed_over(site: Any, told: list[Any], tmp_path: Any) -> None:
    """Who trusts the old key trusts the new one for what follows, and the other way round."""
    renewed = handed_over(site, tmp_path)
    answer = renewed.ask("P1", "0.85", reason="measured again")
    assert (answer.signed.decision.sequence, len(answer.earlier)) == (6, 2)
    for public in (site.public, renewed.public):
        found = verify(site.ledger, load_public([public]))
        assert found.faults == ()
        (note,) = found.notes
        assert note == "entry 5, 2026-03-10 02:00 UTC: another key signs from here on: the laptop was replaced"


def test_the_old_key_signs_no_more(site: Any, told: list[Any], tmp_path: Any) -> None:
    handed_over(site, tmp_path)
    with pytest.raises(GateError, match="this key was replaced in entry 5"):
        site.ask("P9")
    assert codes(site) == set()
    last = read_checkpoint(site.ledger)
    late = replace(told[3].decision, sequence=6, previous_sha256=last.head.sha256, subject_id="P9", earlier=())
    inserted(site, row_of(sign(replace(late, decided_at=site.clock.now), site.key)))
    assert codes(site) == {"CHANGED"}


def test_a_key_hands_over_only_itself(site: Any, told: list[Any], tmp_path: Any) -> None:
    """An entry that hands over the gate's key to a thief's, signed by the thief, is believed by nobody."""
    keygen(tmp_path / "thief.key", tmp_path / "thief.pub")
    thief = load_private(tmp_path / "thief.key")
    genuine = Succession.of(told[0].decision.ledger_id, site.key, thief)
    event = Event(
        kind="succession", ledger_id=told[0].decision.ledger_id, sequence=5, previous_sha256=told[3].sha256,
        recorded_at=site.clock.now, reason="x", key_fingerprint=site.key.fingerprint, succession=genuine,
    )  # fmt: skip
    body = event.body()
    inserted(site, Row(5, body, sha256(body), thief.sign("event", body)))
    assert {"KEY", "CHANGED"} <= codes(site)
    with pytest.raises(GateError, match="signature of the event is not valid"):
        site.ask("P9")
    with pytest.raises(GateError, match="the one that signs now"), site.keeper() as keeper:
        keeper.hand_over(site.key, "no change")


def request() -> Any:
    from precise_cal.gate import Facts, Request

    facts = Facts(enrolled=False, treated=False, left=False, consented_at=None)
    return Request(
        site_id="ZS01", subject_id="P9", protocol_version="1", snapshot={"qfr": Decimal("0.85")}, facts=facts
    )


def listing(folder: Any) -> dict[str, tuple[bytes, int, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
        for path in folder.iterdir()
        if path.is_file()
    }


def to_wal(path: Any) -> None:
    """What somebody does who opens the ledger with a tool of their own, which is killed."""
    script = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    script += "c.execute('PRAGMA journal_mode = WAL'); c.execute('PRAGMA wal_autocheckpoint = 0')\n"
    script += "c.execute('PRAGMA user_version = 2'); os._exit(0)\n"
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)


def half_written(path: Any) -> None:
    """A writer that was killed while it wrote: its journal has to be rolled back before anybody can read."""
    script = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    script += "c.execute('PRAGMA cache_size = 1'); c.execute('BEGIN IMMEDIATE')\n"
    script += "c.execute('CREATE TABLE t (x)'); c.execute(\"INSERT INTO t SELECT hex(randomblob(200000))\")\n"
    script += "os._exit(0)\n"
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)


@pytest.mark.parametrize("state", [None, to_wal, half_written], ids=["as made", "write-ahead log", "hot journal"])
def test_verifying_writes_nothing(site: Any, told: list[Any], state: Any, tmp_path: Any) -> None:
    """Not to the ledger, and no file beside it; and what it reads is what was committed."""
    if state is not None:
        state(site.ledger)
    before = listing(tmp_path)
    found = verify(site.ledger, load_public([site.public]))
    assert listing(tmp_path) == before
    assert (found.faults, found.decisions) == ((), 4)
    assert site.ask("P9").signed.decision.sequence == 5, "and the gate goes on"


def test_verifying_nothing(site: Any) -> None:
    with pytest.raises(GateError, match="No such file"):
        verify(site.ledger, load_public([site.public]))
    assert not site.ledger.exists()


def test_nobody_else_reads_a_ledger(site: Any, told: list[Any], tmp_path: Any) -> None:
    files = (site.ledger, checkpoint_path(site.ledger), site.ledger.with_name("gate.ledger-journal"))
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o600"] * 3
    site.ledger.chmod(0o644)
    site.ask("P9")
    assert oct(site.ledger.stat().st_mode & 0o777) == "0o600", "one of version 0.1 is closed"


def test_rules_that_are_not_the_trials(site: Any, told: list[Any], rules: RuleFiles) -> None:
    assert codes(site, trusted_rules=[rules.sha256]) == set()
    weak = replace(rules, sha256="f" * 64, folder="/tmp/weak", trust="untrusted")
    site.ask_for(request(), rules=weak)
    (fault,) = verify(site.ledger, load_public([site.public]), trusted_rules=[rules.sha256]).faults
    assert fault.code == "RULES"
    assert "1 decided by rules that no version of this program brought (5): /tmp/weak" in fault.text
    assert codes(site, trusted_rules=[rules.sha256, weak.sha256]) == set()


def test_a_change_after_refuse_that_gives_no_reason(site: Any, told: list[Any]) -> None:
    """A decision that another program signed with the same key: the key is right, the reason is missing."""
    refused = told[1].decision
    silent = replace(
        refused, sequence=5, previous_sha256=told[3].sha256, decision_id="x", decided_at=site.clock.now,
        snapshot_sha256="0" * 64, earlier=(told[1].named(),),
    )  # fmt: skip
    inserted(site, row_of(sign(silent, site.key)))
    assert codes(site) == {"REASON"}
    forgetful = replace(silent, sequence=6, previous_sha256=sign(silent, site.key).sha256, earlier=(), reason="why")
    inserted(site, row_of(sign(forgetful, site.key)))
    assert codes(site) == {"REASON", "CHAIN"}
