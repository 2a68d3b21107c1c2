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

ENGINES = ("duckdb", "spark")


def compared(participants: int, options: list[str]) -> tuple[dict[str, tuple[float, float, float]], bool]:
    """What each engine takes (`cohort.measured`) for so many random records, and whether the counts are the same."""
    found, counts = {}, []
    with tempfile.TemporaryDirectory() as name:
        cohort = cohort_data.base(Path(name) / "tables", participants, 77)
        print(cohort_data.describe(cohort))
        for engine in ENGINES:
            out = Path(name) / engine
            command = [*PRECISE, str(cohort), "--out", str(out), "--engine", engine, "--threads", "2", *options]
            found[engine] = measured(command)
            summary = json.loads((out / "summary.json").read_text("utf-8"))
            counts.append((summary["verdicts"], summary["by_interpreter"]))
    return found, counts[0] == counts[1]


def main() -> None:
    """Print both times, and whether the counts are the same."""
    parser = argparse.ArgumentParser()
    parser.add_argument("participants", type=int, nargs="?", default=2_000)
    parser.add_argument("--rule", action="append", default=[])
    given = parser.parse_args()
    found, is_same = compared(given.participants, [part for rule in given.rule for part in ("--rule", rule)])
    for engine, (elapsed, processor, memory) in found.items():
        print(f"{engine:8} {elapsed:7.1f} s {processor:8.1f} s cpu {memory:7.0f} MB")
    print("the same counts" if is_same else "other counts")


if __name__ == "__main__":
    main()
