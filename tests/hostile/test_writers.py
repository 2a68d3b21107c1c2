"""Several processes write one ledger, and are killed at any moment: no decision is lost, doubled, or made unseen."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate import keygen, load_public, verify
from precise_cal.gate.asking import refused_before
from precise_cal.gate.decision import read_decision
from precise_cal.gate.ledger import Ledger

if TYPE_CHECKING:
    from precise_cal.gate import Decision, Verification

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals are POSIX"),
]
WRITER = Path(__file__).with_name("writer.py")
KILLS = 50
WRITERS = 4


def start(folder: Path, seed: int, questions: int, subjects: int) -> subprocess.Popen[str]:
    arguments = [folder / "gate.ledger", folder / "gate.key", seed, questions, subjects]
    return subprocess.Popen(
        [sys.executable, str(WRITER), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def whole_lines(output: str) -> list[list[str]]:
    return [line.split() for line in output[: output.rfind("\n") + 1].splitlines()]


def decisions(folder: Path) -> list[Decision]:
    with closing(Ledger(folder / "gate.ledger", writable=False)) as ledger:
        return [read_decision(row.body) for row in ledger.rows()]


def check(folder: Path) -> Verification:
    spec = importlib.util.spec_from_file_location("writer", WRITER)
    assert spec is not None
    assert spec.loader is not None
    writer: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    found = verify(
        folder / "gate.ledger", load_public([folder / "gate.pub"]), evaluate=writer.judge, rules=writer.RULES
    )
    assert found.faults == ()
    assert found.replayed == found.decisions
    return found


def check_history(recorded: list[Decision]) -> None:
    """Each decision names those before it, and none follows a REFUSE on a changed record without a reason."""
    of_subject: dict[str, list[Decision]] = defaultdict(list)
    for one in recorded:
        earlier = of_subject[one.subject_id]
        assert [named.sequence for named in one.earlier] == [before.sequence for before in earlier]
        refused = refused_before(earlier)
        if refused is not None and one.snapshot_sha256 != refused.snapshot_sha256:
            assert one.reason, f"decision {one.sequence} follows the REFUSE of {refused.sequence} in silence"
        earlier.append(one)


def test_killed_among_four_writers(tmp_path: Path) -> None:
    keygen(tmp_path / "gate.key", tmp_path / "gate.pub")
    chance = random.Random(50)
    told: list[list[str]] = []
    running = [start(tmp_path, seed, 10_000, 40) for seed in range(WRITERS)]
    for kill in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.6))
        victim = running.pop(chance.randrange(WRITERS))
        victim.kill()
        output, errors = victim.communicate(timeout=60)
        assert errors == ""
        told += whole_lines(output)
        running.append(start(tmp_path, 100 + kill, 10_000, 40))
        if kill % 10 == 9:
            check(tmp_path)
    for process in running:
        process.kill()
        output, errors = process.communicate(timeout=60)
        assert errors == ""
        told += whole_lines(output)
    recorded = decisions(tmp_path)
    check(tmp_path)
    check_history(recorded)
    known = {one.decision_id: one for one in recorded}
    assert len(known) == len(recorded), "none is doubled"
    heard = {decision_id: word for _, decision_id, _, word in told if decision_id != "-"}
    assert {name: known[name].decision for name in heard} == heard, "every answer that was heard is in the ledger"
    assert len(recorded) - len(heard) <= KILLS + WRITERS, "at most one a process whose answer was not heard"
    assert len(heard) > KILLS


def test_eight_processes_and_one_participant(tmp_path: Path) -> None:
    """Contradictory answers are possible, for the records contradict each other; none comes in silence."""
    keygen(tmp_path / "gate.key", tmp_path / "gate.pub")
    running = [start(tmp_path, seed, 12, 1) for seed in range(8)]
    told: list[list[str]] = []
    for process in running:
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        told += whole_lines(output)
    assert len(told) == 8 * 12
    recorded = decisions(tmp_path)
    check_history(recorded)
    check(tmp_path)
    assert {word for *_, word in told} == {"ALLOW", "REFUSE", "INCOMPLETE", "needs-a-reason"}
    for _, decision_id, qfr, word in told:
        expected = "INCOMPLETE" if qfr == "None" else "REFUSE" if qfr == "0.79" else "ALLOW"
        assert word in (expected, "needs-a-reason"), decision_id
