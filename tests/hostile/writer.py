"""A process that asks the gate until it has asked enough or is killed; what it was told goes to stdout at once.

python writer.py LEDGER KEY SEED QUESTIONS SUBJECTS
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from precise_cal.gate import (
    Evaluation,
    Facts,
    Gate,
    Keeper,
    ReasonNeededError,
    Request,
    RuleFiles,
    load_private,
)

if TYPE_CHECKING:
    from datetime import datetime

RULES = RuleFiles({"eligibility.yaml": "a" * 64}, "c" * 64, "bundled", "bundled")
FACTS = Facts(enrolled=False, treated=False, left=False, consented_at="2026-03-09")


def judge(snapshot: Any, facts: Facts | None, as_of: datetime) -> Evaluation:
    """A rule of its own: QFR above 0.8 allows, no QFR is missing, anything else blocks."""
    value = snapshot["qfr"]
    is_met = None if value is None else Decimal(value) > Decimal("0.8")
    found = Evaluation(
        decision="ALLOW", verdicts=[{"id": "IC-7", "verdict": str(is_met)}], blocking=[], missing=[], parameters=[],
        notices=[], chronology=[],
    )  # fmt: skip
    if is_met is None:
        return replace(found, decision="INCOMPLETE", missing=["IC-7"])
    return found if is_met else replace(found, decision="REFUSE", blocking=["IC-7"])


def main(ledger: str, key: str, seed: str, questions: str, subjects: str) -> None:
    chance = random.Random(int(seed))
    with Keeper(Path(ledger), key=load_private(Path(key)), patience=60) as keeper:
        gate = Gate(keeper, evaluate=judge, rules=RULES, software_version="1.0")
        for _ in range(int(questions)):
            subject = f"P{chance.randrange(int(subjects))}"
            snapshot = {"subject_id": subject, "qfr": chance.choice(["0.88", "0.79", "0.90", None])}
            reason = chance.choice([None, f"writer {seed}"])
            asked = Request(
                site_id="S", subject_id=subject, protocol_version="1", snapshot=snapshot, facts=FACTS, reason=reason
            )
            try:
                answer = gate.ask(asked)
            except ReasonNeededError:
                print(subject, "-", snapshot["qfr"], "needs-a-reason", flush=True)
                continue
            assert answer.signed is not None
            decision = answer.signed.decision
            print(subject, decision.decision_id, snapshot["qfr"], decision.decision, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
