"""How long Spark takes for a small cohort, planning above all, beside DuckDB on the same tables.

    python benchmarks/spark.py [participants] [--rule ID …]

Random records, all rules unless some are named, with reason codes; each figure is a process of its own, with two
threads. The summaries are compared. It needs the extra `spark` and Java.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import cohort_data
from cohort import PRECISE, measured


def main() -> None:
    """Print both times, and whether the counts are the same."""
    parser = argparse.ArgumentParser()
    parser.add_argument("participants", type=int, nargs="?", default=2_000)
    parser.add_argument("--rule", action="append", default=[])
    given = parser.parse_args()
    options = ["--threads", "2", *(part for rule in given.rule for part in ("--rule", rule))]
    with tempfile.TemporaryDirectory() as name:
        cohort = cohort_data.base(Path(name) / "tables", given.participants, 77)
        print(cohort_data.describe(cohort))
        counts = []
        for engine in ("duckdb", "spark"):
            out = Path(name) / engine
            elapsed, processor, memory = measured(
                [*PRECISE, str(cohort), "--out", str(out), "--engine", engine, *options]
            )
            print(f"{engine:8} {elapsed:7.1f} s {processor:8.1f} s cpu {memory:7.0f} MB", flush=True)
            summary = json.loads((out / "summary.json").read_text("utf-8"))
            counts.append((summary["verdicts"], summary["by_interpreter"]))
        print("the same counts" if counts[0] == counts[1] else "other counts")


if __name__ == "__main__":
    main()
