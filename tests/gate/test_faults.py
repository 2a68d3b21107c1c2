"""Real processes: killed at every step and at any moment, eight at once; full disks, locks, damaged files."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from precise_cal.gate import Facts, GateError, Request, load_public, verify
from precise_cal.gate.checkpoint import checkpoint_path
from precise_cal.gate.decision import read_decision
from precise_cal.gate.ledger import Ledger

HERE = Path(__file__).parent
STEPS = (
    "locked", "evaluated", "signed", "inserted", "committed", "checkpoint-written", "checkpointed",
)  # fmt: skip

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and file modes are POSIX")


def start(site: Any, subjects: str, *steps: str) -> subprocess.Popen[str]:
    arguments = [str(HERE), str(site.ledger), str(site.private), subjects, "0.88", *steps]
    return subprocess.Popen(
        [sys.executable, str(HERE / "driver.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ask_for(subject: str) -> Request:
    snapshot = {"subject_id": subject, "qfr": "0.88"}
    facts = Facts(enrolled=False, treated=False, left=False, consented_at=None)
    return Request(site_id="ZS01", subject_id=subject, protocol_version="1", snapshot=snapshot, facts=facts)


def finish(process: subprocess.Popen[str]) -> list[list[str]]:
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return [line.split() for line in output.splitlines()]


def check(site: Any, rules: Any, judged: Any) -> Any:
    found = verify(site.ledger, load_public([site.public]), evaluate=judged, rules=rules)
    assert found.faults == ()
    assert found.replayed == found.decisions
    return found


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(site: Any, rules: Any, judged: Any, step: str) -> None:
    finish(start(site, "P1"))
    killed = start(site, "P2", step)
    output, _ = killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert output == "", "no answer was given"
    recorded = STEPS.index(step) >= STEPS.index("committed")
    assert check(site, rules, judged).decisions == (2 if recorded else 1)
    ((_, standing, _),) = finish(start(site, "P2"))
    assert standing == ("repeated" if recorded else "new")
    assert check(site, rules, judged).decisions == 2


def test_killed_while_beginning_a_ledger(site: Any, rules: Any, judged: Any) -> None:
    killed = start(site, "P1", "checkpoint-written", "open")
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert not checkpoint_path(site.ledger).exists()
    assert finish(start(site, "P1"))[0][1] == "new"
    assert check(site, rules, judged).decisions == 1


def test_killed_at_any_moment(site: Any, rules: Any, judged: Any) -> None:
    chance = random.Random(7)
    subjects = [f"P{number}" for number in range(400)]
    answered: dict[str, str] = {}
    for _ in range(6):
        process = start(site, ",".join(subjects))
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(chance.uniform(0.0, 0.2))
        process.kill()
        output, _ = process.communicate(timeout=60)
        whole = "".join(lines) + output
        for subject, _standing, decision_id in map(str.split, whole[: whole.rfind("\n") + 1].splitlines()):
            assert answered.setdefault(subject, decision_id) == decision_id
        check(site, rules, judged)
    with closing(Ledger(site.ledger, writable=False)) as ledger:
        decisions = [read_decision(row.body) for row in ledger.rows()]
    recorded = {one.subject_id: one.decision_id for one in decisions}
    assert len(recorded) == len(decisions), "none is doubled"
    assert answered.items() <= recorded.items(), "every answer that was given is in the ledger"
    assert len(recorded) <= len(answered) + 6, "at most one decision a process whose answer was not heard"


def test_eight_at_once(site: Any, rules: Any, judged: Any) -> None:
    common = [f"C{number}" for number in range(5)]
    processes = [start(site, ",".join([f"own-{number}", *common])) for number in range(8)]
    answers = [answer for process in processes for answer in finish(process)]
    assert check(site, rules, judged).decisions == 8 + len(common)
    for subject in common:
        same = [(standing, decision) for name, standing, decision in answers if name == subject]
        assert len({decision for _, decision in same}) == 1
        assert sorted(standing for standing, _ in same) == ["new"] + ["repeated"] * 7


def test_a_locked_ledger(site: Any) -> None:
    site.ask()
    with sqlite3.connect(site.ledger, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GateError, match="SQLITE_BUSY"):
            site.ask_for(ask_for("P2"), patience=0.05)
        other.execute("ROLLBACK")
    other.close()
    assert site.ask("P2").signed.decision.sequence == 2


def test_a_full_disk(site: Any, rules: Any, judged: Any) -> None:
    site.ask("P0")
    with site.keeper() as keeper:
        connection = keeper._ledger._connection
        gate = site.gate(keeper)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        told = []

        def fill() -> None:
            for number in range(100):
                gate.ask(ask_for(f"Q{number}"))
                told.append(number)

        with pytest.raises(GateError, match="SQLITE_FULL"):
            fill()
    assert check(site, rules, judged).decisions == 1 + len(told)
    assert site.ask(f"Q{len(told)}").standing == "new"


def test_a_file_that_may_not_grow(site: Any, rules: Any, judged: Any) -> None:
    """The kernel refuses every write beyond a size, in ledger, journal and checkpoint alike."""
    site.ask("P0")
    size = site.ledger.stat().st_size
    script = "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    script += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
    script += f"sys.argv = sys.argv[1:]; runpy.run_path({str(HERE / 'driver.py')!r}, run_name='__main__')\n"
    subjects = ",".join(f"Q{number}" for number in range(100))
    arguments = ["driver", str(HERE), str(site.ledger), str(site.private), subjects, "0.88"]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert "GateError" in done.stderr
    answered = len(done.stdout.splitlines())
    assert check(site, rules, judged).decisions == 1 + answered


def test_an_unwritable_ledger(site: Any) -> None:
    if os.geteuid() == 0:
        pytest.skip("nothing is unwritable to root")
    site.ask()
    site.ledger.chmod(0o400)
    with pytest.raises(GateError, match="SQLITE_READONLY"):
        site.ask("P2")


@pytest.mark.parametrize("place", ["missing/gate.ledger", "gate.key/gate.ledger", "/proc/gate.ledger"])
def test_a_place_that_cannot_be_written(site: Any, place: str) -> None:
    site.ledger = site.private.parent / place
    with pytest.raises(GateError, match=r"No such file|Not a directory"):
        site.ask()


def test_a_checkpoint_that_cannot_be_written(site: Any) -> None:
    """The decision is recorded but not announced; asked again, the same one is told."""
    site.ask()
    obstacle = site.ledger.with_name("gate.ledger.head.new")
    obstacle.mkdir()
    with pytest.raises(GateError, match="the checkpoint cannot be written: Is a directory"):
        site.ask("P2")
    obstacle.rmdir()
    assert site.ask("P2").standing == "repeated"


@pytest.mark.parametrize("content", [b"rubbish" * 200, b"SQLite format 3\0" + b"\0" * 600])
def test_not_a_ledger(site: Any, content: bytes) -> None:
    site.ledger.write_bytes(content)
    with pytest.raises(GateError, match=r"SQLITE_NOTADB|SQLITE_CORRUPT|not a ledger"):
        site.ask()
    assert site.ledger.read_bytes() == content


def test_another_database(site: Any) -> None:
    with sqlite3.connect(site.ledger) as other:
        other.execute("CREATE TABLE something (x)")
    other.close()
    with pytest.raises(GateError, match="not a ledger of this program"):
        site.ask()
