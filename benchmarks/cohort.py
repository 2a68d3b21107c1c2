"""How fast a cohort is judged from Parquet, in how much memory, and beside what else.

    pip install polars
    python benchmarks/cohort.py [participants] [folder]

Random records (tests/cohort/random_records.py) are imported once and repeated under new numbers; the folder keeps
the tables for the next run. Each figure is a process of its own with two threads, from Parquet to Parquet, its start
included: eligibility as verdicts alone, eligibility with reason codes, and all rules with conduct, events and visits.
Beside it, on the same tables: ten criteria written by hand as DuckDB SQL and for Polars (`cohort_peers.py`),
verdicts alone, whose counts are compared with ours; and the interpreter, on a sample.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cohort_data
from cohort_peers import RULES

HERE = Path(__file__).parent
PRECISE = [sys.executable, "-c", "from precise_cal.cli import main; main()", "cohort", "check"]
CRITERIA = [*(f"IC-{n}" for n in range(1, 8)), *(f"EX-{n}" for n in range(1, 11))]
SAMPLE = 2_000


def measured(command: list[str]) -> tuple[float, float, float]:
    """Elapsed seconds, processor seconds and peak memory in MB of a process and its threads."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        raise SystemExit(f"{command} failed")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def judged(cohort: Path, *options: str) -> tuple[float, float, float]:
    """A check into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as out:
        return measured([*PRECISE, str(cohort), "--out", str(Path(out) / "verdicts"), "--threads", "2", *options])


def tell(title: str, count: int, found: tuple[float, float, float], whole: float | None = None) -> None:
    """One line of the table."""
    elapsed, processor, memory = found
    ratio = "" if whole is None else f"  {elapsed / whole:6.2f} ×"
    print(
        f"{title:44} {elapsed:7.1f} s {processor:8.1f} s cpu {memory:7.0f} MB {count / elapsed:12,.0f}/s{ratio}",
        flush=True,
    )


def interpreter_rate(source: Path) -> float:
    """Participants a second of processor time: reading and all rules."""
    from precise_cal.cohort.layout.dataset import open_cohort
    from precise_cal.cohort.transfer.exporting import export_records
    from precise_cal.engine.check import Checker
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.rules import bundled

    book = rulebook(bundled(), cache=False)
    lines = [line for line, _ in zip(export_records(open_cohort(source, book.schema)), range(SAMPLE), strict=False)]
    checker = Checker(book)
    begun = time.process_time()
    for line in lines:
        checker.subject(book.records.read(line), line)
    return len(lines) / (time.process_time() - begun)


def by_hand(peer: str, cohort: Path) -> tuple[float, float, float]:
    """The criteria that were written by hand (`measured`)."""
    return measured([sys.executable, str(HERE / "cohort_peers.py"), peer, str(cohort)])


def differing(peer: str, cohort: Path) -> list[str]:
    """The hand-written criteria whose counts are not ours."""
    given = json.loads(
        subprocess.check_output([sys.executable, str(HERE / "cohort_peers.py"), peer, str(cohort), "--counts"])
    )
    with tempfile.TemporaryDirectory() as out:
        options = [part for rule in RULES for part in ("--rule", rule)]
        command = [*PRECISE, str(cohort), "--out", f"{out}/v", "--no-reasons", "--format", "json", *options]
        summary = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
    ours = {one["criterion"]: [one["alone_failed"], one["alone_unknown"]] for one in summary["attrition"]}
    return [rule for rule in RULES if ours[rule] != given[rule]]


def main() -> None:
    """Make the cohort, then measure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.gettempdir()) / "precise-cohorts"
    source = cohort_data.base(folder / "base", 20_000, 77)
    cohort = cohort_data.repeated(source, folder / str(count), count)
    print(cohort_data.describe(cohort))
    rules = [part for rule in CRITERIA for part in ("--rule", rule)]
    simple = [part for rule in RULES for part in ("--rule", rule)]
    tell("17 criteria, verdicts alone", count, judged(cohort, *rules, "--no-reasons"))
    tell("17 criteria, with reason codes", count, judged(cohort, *rules))
    tell("all rules, with reason codes", count, judged(cohort))
    ours = judged(cohort, *simple, "--no-reasons")
    tell("10 criteria, verdicts alone", count, ours, ours[0])
    for peer in ("duckdb", "polars"):
        tell(f"10 criteria by hand, {peer}", count, by_hand(peer, cohort), ours[0])
        differ = differing(peer, cohort)
        print(f"  {peer}: {'the same counts' if not differ else f'other counts in {differ}'}", flush=True)
    rate = interpreter_rate(source)
    print(f"{'the interpreter, all rules, one core':44} {rate:41,.0f}/s")


if __name__ == "__main__":
    main()
