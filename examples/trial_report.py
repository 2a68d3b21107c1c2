"""A synthetic trial of 60 participants, and the reports about it.

python examples/trial_report.py reports
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from precise_cal.cli.main import run
from precise_cal.simulate import cohort


def main() -> int:
    """Write the reports into the folder that is named, and say how that went."""
    if len(sys.argv) != 2:
        print("usage: python examples/trial_report.py DIR", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        records = Path(name) / "trial.jsonl"
        records.write_text("".join(f"{json.dumps(record)}\n" for record in cohort(60, seed=1)), encoding="utf-8")
        return run(["report", str(records), "--out", sys.argv[1], "--format", "html,xlsx,sdtm"])


if __name__ == "__main__":
    sys.exit(main())
