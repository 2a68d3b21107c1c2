"""A process that asks the gate, for the tests of faults: killed at a step, or one of several.

python driver.py TESTS_FOLDER LEDGER KEY SUBJECT,SUBJECT,... QFR [STEP]
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

folder, ledger, key, subjects, qfr, *steps = sys.argv[1:]
sys.path.insert(0, str(Path(folder).parents[1]))

from precise_cal.gate import Gate, Keeper, load_private  # noqa: E402

spec = importlib.util.spec_from_file_location("gate_conftest", Path(folder) / "conftest.py")
assert spec is not None
assert spec.loader is not None
shared = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = shared
spec.loader.exec_module(shared)


def stop_at(step: str) -> None:
    if step in steps and armed:
        os.kill(os.getpid(), signal.SIGKILL)


armed = "open" in steps
with Keeper(
    Path(ledger),
    key=load_private(Path(key)),
    clock=lambda: datetime.now(UTC),
    patience=60,
    step=stop_at,
) as keeper:
    gate = Gate(keeper, evaluate=shared.judge, rules=shared.RULES, software_version="1.0")
    armed = True
    for subject in subjects.split(","):
        answer = gate.ask(shared.question(subject, Decimal(qfr)))
        print(subject, answer.standing, answer.signed.decision.decision_id, flush=True)
