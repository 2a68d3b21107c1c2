"""Eight questions at once, through the command line, where there is neither folder nor key nor ledger yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PRECISE = [sys.executable, "-m", "precise_cal"]

pytestmark = pytest.mark.slow


def test_eight_first_questions(participant: Any, tmp_path: Path) -> None:
    """One makes the key, one begins the ledger; four inputs on one participant contradict each other in no silence."""
    environment = os.environ | {"PRECISE_GATE_HOME": str(tmp_path / "home")}
    running = []
    for number in range(8):
        file = tmp_path / f"{number}.json"
        value = ["0.88", "0.79", "0.90", "0.95"][number % 4]
        record = participant(1, qfr_measurements__0__value=value, qfr_measurements__0__reported_text=value)
        file.write_text(json.dumps(record), encoding="utf-8")
        command = [*PRECISE, "gate", str(file), "--format", "json"]
        running.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
    told = [(*process.communicate(timeout=120), process.returncode) for process in running]
    errors = "".join(err for _, err, _ in told)
    assert errors.count("made a signing key") == 1
    assert {status for *_, status in told} <= {0, 1, 2}, errors
    assert all("--reason" in err for _, err, status in told if status == 2), errors
    decisions = {
        json.loads(out)["body"]["decision_id"]: json.loads(out)["body"] for out, _, status in told if status != 2
    }
    words = Counter(one["decision"] for one in decisions.values())
    assert words["REFUSE"] == 1, "no other answer follows it without a reason"
    last = max(decisions.values(), key=lambda one: int(one["sequence"]))
    assert last["decision"] == "REFUSE"
    assert len(last["earlier"]) == len(decisions) - 1, "each names all that were made before"
