"""How long one gate decision takes, warm: evaluation excluded, signature and durable write included.

    python benchmarks/gate.py [FOLDER]

FOLDER is where the ledger is written, so that the disk in question is the one that is measured.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from precise_cal.gate import Evaluation, Gate, Request, RuleFiles, keygen, load_private

ROUNDS = 200
RULES = RuleFiles.of({"eligibility.yaml": b"rules"})
VERDICTS = [
    {
        "id": f"IC-{number}",
        "kind": "inclusion",
        "verdict": "MET",
        "title": "A criterion of about the usual length",
        "because": [
            {
                "pointer": "/lesions/0/reference_vessel_diameter/0",
                "observed": "3.00 mm",
                "required": "2.25 mm",
            }
        ],
        "parameters": [{"id": "vessel_diameter.min", "value": "2.25 mm", "status": "registry"}],
    }
    for number in range(18)
]
SNAPSHOT = {
    f"member_{number}": {"value": "3.00", "unit": "mm", "at": "2026-03-10T09:20:00+08:00"} for number in range(60)
}


def evaluate(_snapshot: object, _as_of: datetime) -> Evaluation:
    """Always the same ALLOW."""
    return Evaluation(
        decision="ALLOW", verdicts=VERDICTS, blocking=[], missing=[], parameters=[], notices=[], chronology=[]
    )


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        keygen(folder / "gate.key", folder / "gate.pub")
        key = load_private(folder / "gate.key")
        gate = Gate(folder / "gate.ledger", key=key, evaluate=evaluate, rules=RULES, software_version="0")
        with gate:
            for label, subjects in [("new", range(ROUNDS)), ("repeated", range(ROUNDS))]:
                milliseconds = [ask(gate, subject) for subject in subjects]
                ranked = sorted(milliseconds)
                print(
                    f"{label}: median {statistics.median(ranked):.2f} ms, "
                    f"95 % {ranked[int(0.95 * ROUNDS)]:.2f} ms, worst {ranked[-1]:.2f} ms of {ROUNDS}"
                )


def ask(gate: Gate, subject: int) -> float:
    """Milliseconds that one question takes."""
    request = Request(
        site_id="ZS01",
        subject_id=f"P{subject}",
        protocol_version="1",
        snapshot=SNAPSHOT | {"subject_id": f"P{subject}"},
        as_of=datetime(2026, 3, 10, tzinfo=UTC),
    )
    start = time.perf_counter()
    gate.ask(request)
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
