"""400 ledgers, each damaged in one way that chance chose: found, or without any effect on what the ledger says."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate import GateError
from precise_cal.gate.checkpoint import checkpoint_path
from precise_cal.gate.ledger import Ledger
from precise_cal.gate.schema import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow

DAMAGES = 400


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def overwrite(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    start, length = chance.randrange(len(data)), chance.choice([2, 16, 512, 4096])
    data[start : start + length] = chance.randbytes(len(data[start : start + length]))
    path.write_bytes(data)


def cut(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])


def swap_pages(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    pages = [data[start : start + 4096] for start in range(0, len(data), 4096)]
    one, other = chance.sample(range(len(pages)), 2) if len(pages) > 1 else (0, 0)
    pages[one], pages[other] = pages[other], pages[one]
    path.write_bytes(b"".join(pages))


def forced(path: Path, statement: str, *values: Any) -> None:
    """As somebody would who removes the triggers first and puts them back."""
    triggers = {name: sql for name, sql in SECOND.items() if sql.startswith("CREATE TRIGGER")}
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement, values)
        for sql in triggers.values():
            connection.execute(sql)


def rows(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT sequence, body, sha256, signature FROM entry ORDER BY sequence").fetchall()


def delete(path: Path, chance: random.Random) -> None:
    forced(path, "DELETE FROM entry WHERE sequence = ?", chance.choice(rows(path))[0])


def delete_all_behind(path: Path, chance: random.Random) -> None:
    forced(path, "DELETE FROM entry WHERE sequence >= ?", chance.choice(rows(path))[0])


def edit_word(path: Path, chance: random.Random) -> None:
    """A REFUSE becomes an ALLOW of the same length in bytes, with a hash that fits."""
    from precise_cal.gate.canonical import sha256

    number, body, _, _ = chance.choice(rows(path))
    other = body.replace(b'"REFUSE"', b'"ALLOW" ') if b'"REFUSE"' in body else body.replace(b'"0.88"', b'"0.98"')
    forced(path, "UPDATE entry SET body = ?, sha256 = ? WHERE sequence = ?", other, sha256(other), number)


def edit_hash(path: Path, chance: random.Random) -> None:
    number = chance.choice(rows(path))[0]
    forced(path, "UPDATE entry SET sha256 = ? WHERE sequence = ?", chance.randbytes(32).hex(), number)


def swap_rows(path: Path, chance: random.Random) -> None:
    (one, *_), (other, *_) = chance.sample(rows(path), 2)
    for old, new in [(one, -one), (other, one), (-one, other)]:
        forced(path, "UPDATE entry SET sequence = ? WHERE sequence = ?", new, old)


def copy_of_another(path: Path, chance: random.Random) -> None:
    """A decision that the same key signed for another ledger, by a plain INSERT."""
    mine, others = rows(path), rows(path.with_name("other.ledger"))
    number = len(mine) + 1
    fitting = [row for row in others if row[0] == number] or [chance.choice(others)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (number, *fitting[0][1:]))


def another_origin(path: Path, chance: random.Random) -> None:
    with closing(sqlite3.connect(path.with_name("other.ledger"))) as connection:
        (other,) = connection.execute("SELECT ledger_id FROM origin").fetchone()
    forced(path, "UPDATE origin SET ledger_id = ?", other)


IN_FILES = (flip, flip, overwrite, cut, swap_pages)
IN_ROWS = (delete, delete_all_behind, edit_word, edit_hash, swap_rows, copy_of_another, another_origin)


def qfr(value: str) -> dict[str, Any]:
    at = "2026-03-10T10:02:00+08:00"
    return {"vessel": "LAD", "phase": "post_modification", "value": value, "acquired_at": at, "assessor": "site"}


@pytest.fixture
def genuine(desk: Any, participant: Any) -> list[bytes]:
    """Eight decisions on four participants, and another ledger of ten with the same key; the bodies of the first."""
    for number in range(1, 5):
        desk.ask(participant(number, antiplatelet={"dual_therapy_tolerated": number > 2 or None}))
        desk.ask(participant(number, qfr_measurements__0=qfr("0.81" if number % 2 else "0.79")), reason="measured")
    desk.name = "other"
    for number in range(1, 11):
        desk.ask(participant(number))
    desk.name = "gate"
    return [body for _, body, _, _ in rows(desk.ledger)]


def damages(seed: int) -> tuple[Callable[[Path, random.Random], None], str]:
    chance = random.Random(seed)
    if chance.random() < 0.6:
        return chance.choice(IN_FILES), chance.choice(["ledger", "ledger", "ledger", "checkpoint"])
    return chance.choice(IN_ROWS), "ledger"


@pytest.mark.minutes(1)
def test_damaged_ledgers(desk: Any, genuine: list[bytes], participant: Any) -> None:
    """Nothing is lost, doubled or believed that the key did not sign: by `verify`, and by the gate, which refuses."""
    kept = desk.folder / "kept"
    shutil.copytree(desk.folder, kept)
    told: Counter[str] = Counter()
    for seed in range(DAMAGES):
        damage, where = damages(seed)
        path = desk.ledger if where == "ledger" else checkpoint_path(desk.ledger)
        damage(path, random.Random(seed))
        changed = path.read_bytes() != (kept / path.name).read_bytes()
        try:
            sound = desk.verify(evaluate=desk.trial.evaluate, rules=desk.trial.files).sound
        except GateError:
            sound = False
        name = f"{damage.__name__} of the {where}, seed {seed}"
        if sound:
            with closing(Ledger(desk.ledger, writable=False)) as ledger:
                assert [row.body for row in ledger.rows()] == genuine, name
        told["found" if not sound else "without effect" if changed else "nothing changed"] += 1
        check_the_gate(desk, participant, genuine, name)
        for file in kept.iterdir():
            shutil.copy(file, desk.folder / file.name)
    assert told["found"] > 0.6 * DAMAGES, told
    assert desk.verify().sound


def check_the_gate(desk: Any, participant: Any, genuine: list[bytes], name: str) -> None:
    """Asked about a participant whose REFUSE stands last, it names exactly what was decided, or says nothing."""
    try:
        answer = desk.ask(participant(2, qfr_measurements__0=qfr("0.79")))
    except GateError:
        return
    stood = answer.earlier if answer.standing == "new" else (*answer.earlier, answer.signed)
    assert [one.body for one in stood] == genuine[2:4], name
    assert answer.evaluation.decision == "REFUSE", name
