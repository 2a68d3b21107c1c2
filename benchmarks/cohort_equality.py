"""The compiled rules beside the interpreter: every rule and every participant of many random records.

    python benchmarks/cohort_equality.py [duckdb|spark] [records] [seed]

Records with unknowns, partial dates, other units, several lesions and values at the limits are imported, judged by SQL
and judged by the interpreter from their JSON; verdict, reason code and notices have to be the same, row by row. It
prints how often each verdict occurred and what differs, and ends with status 1 if anything does.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from precise_cal.cohort.run.reference import findings
from precise_cal.cohort.run.setup import make_check
from precise_cal.cohort.transfer.importing import Import, import_records
from precise_cal.cohort.transfer.pieces import Line
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.rules import bundled

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cohort"))
from random_records import RandomRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

read_record = records_of(bundled()).read

BATCH = 2_000
Row = tuple[str, str, str | None, str]


def lines(count: int, seed: int) -> Iterator[bytes]:
    """The records, the same for every reader."""
    for first in range(0, count, BATCH):
        yield from RandomRecords(seed + first).lines(min(BATCH, count - first), first)


def interpreted(first: int, count: int, seed: int) -> dict[int, set[Row]]:
    """What the interpreter says, by the number of the participant."""
    book = rulebook(bundled(), cache=False)
    checker, rules = Checker(book), {rule.rule.id: rule for rule in book.edition(None).rules}
    found: dict[int, set[Row]] = {}
    for number, line in enumerate(RandomRecords(seed + first).lines(count, first), first + 1):
        try:
            subject = checker.subject(read_record(line), line)
        except RecordError:
            continue
        found[number] = set(findings(subject, rules))
    return found


def compiled(folder: Path, batch: range) -> dict[int, set[Row]]:
    """The rows of some participants as the check wrote them."""
    inside = (pc.field("participant") >= batch.start) & (pc.field("participant") < batch.stop)
    table = pq.read_table(folder / "verdicts", filters=inside)
    columns = [table[name].to_pylist() for name in ("participant", "rule", "verdict", "reason", "notices")]
    found: dict[int, set[Row]] = {}
    for number, rule, verdict, reason, notices in zip(*columns, strict=True):
        found.setdefault(number, set()).add((rule, verdict, reason, notices))
    return found


def main() -> int:
    """Import, judge twice, compare."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "duckdb"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20260226
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        numbered = (Line(f"random:{place}", line) for place, line in enumerate(lines(count, seed), 1))
        schema = records_of(bundled()).schema
        job = Import(folder / "cohort", (("random", count, seed),), schema, "NCT07277114", 480, 2)
        made = import_records(job, numbered)
        print(f"{count:,} records: {made.participants:,} imported, {made.rejected:,} refused", flush=True)
        begun = time.monotonic()
        whole = make_check(
            folder / "cohort", folder / "out", rulebook(bundled(), cache=False), None, engine=engine, threads=2
        ).run()
        print(
            f"{engine}: {time.monotonic() - begun:.0f} s, {whole.by_interpreter:,} left to the interpreter", flush=True
        )
        for rule, counts in whole.verdicts.items():
            print(f"  {rule:<10} {dict(sorted(counts.items()))}")
        return report(compare(folder / "out", count, seed))


def compare(out: Path, count: int, seed: int) -> tuple[int, int, Counter[str], list[Any]]:
    """Participants and rows that were compared, differences by rule, and the first of them."""
    participants = rows = 0
    differ: Counter[str] = Counter()
    shown: list[Any] = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        firsts = range(0, count, BATCH)
        sizes = [min(BATCH, count - first) for first in firsts]
        for first, size, expected in zip(
            firsts, sizes, pool.map(interpreted, firsts, sizes, [seed] * len(sizes)), strict=True
        ):
            given = compiled(out, range(first + 1, first + size + 1))
            participants += len(expected)
            rows += sum(map(len, expected.values()))
            for number in expected.keys() | given.keys():
                for row in expected.get(number, set()) ^ given.get(number, set()):
                    differ[row[0]] += 1
                    shown += [(number, row)] if len(shown) < 20 else []
    return participants, rows, differ, shown


def report(found: tuple[int, int, Counter[str], list[Any]]) -> int:
    """Say what was found."""
    participants, rows, differ, shown = found
    print(f"{participants:,} participants, {rows:,} rows compared; {sum(differ.values())} differences {dict(differ)}")
    for one in shown:
        print("  ", one)
    return 1 if differ or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
