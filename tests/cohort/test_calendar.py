"""Months added to instants, and dates where an instant is expected: SQL says what the interpreter does."""

from __future__ import annotations

import copy
import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from precise_cal.cohort.run.reference import findings
from precise_cal.cohort.run.setup import make_check
from precise_cal.cohort.transfer.importing import Import, import_records
from precise_cal.cohort.transfer.pieces import Line
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from pathlib import Path

CONDITIONS = (
    "started + 6 months <= Now()",
    "started - 1 year >= withdrew_on",
    "Now() - 1 month < started",
    "started - 6 months <= ToDateTime(withdrew_on)",
    "date from (started + 1 month) = withdrew_on",
    "difference in days between withdrew_on and (date from (started - 2 months)) >= 0",
)
STARTED = (
    None,
    "2026-01-31T10:00:00Z",
    "2026-01-31",
    "2024-02-29T23:30:00+08:00",
    "2025-08-31T10:00Z",
    "2026-02-28T00:00:00+00:00",
    "2025-09-30T23:59:59-05:00",
)
WITHDREW = (None, "2026-02-28", "2025-01-31", "2025", "2024-08", "2024-08-31", "2025-11-30")
CUTOFFS = (None, "2026-08-31T10:00:00Z", "2026-03-01T00:00:00Z", "2026-07-31")


def test_as_the_interpreter(small_trial: Any, tmp_path: Path) -> None:
    base = {name: value for name, value in small_trial.CRITERION.items() if name not in ("met_when", "id")}
    rules = [{**copy.deepcopy(base), "id": f"IC-{n}", "met_when": one} for n, one in enumerate(CONDITIONS, 1)]
    folder = small_trial.folder_of(tmp_path / "trial", eligibility={"rules": rules})
    book = rulebook(folder, cache=False)
    people = [
        {
            "schema_version": "1.0",
            "subject": f"P{number}",
            "started": started,
            "withdrew_on": withdrew,
            "cutoff": cutoff,
        }
        for number, (started, withdrew, cutoff) in enumerate(product(STARTED, WITHDREW, CUTOFFS))
    ]
    lines = [json.dumps(one).encode() for one in people]
    checker, by_id = Checker(book), book.latest.by_id
    expected = [
        (number, one.rule, one.verdict, one.reason)
        for number, line in enumerate(lines, 1)
        for one in findings(checker.subject(book.records.read(line), line), by_id)
    ]
    for rule in by_id:
        assert {word for _, of, word, _ in expected if of == rule} == {"MET", "NOT_MET", "UNKNOWN"}, rule
    job = Import(tmp_path / "tables", (("lines", len(lines), 0),), book.schema, "X-1", 0, 1)
    import_records(job, [Line(f"lines:{place}", line) for place, line in enumerate(lines, 1)])
    assert make_check(tmp_path / "tables", tmp_path / "out", book, None).run().by_interpreter == 0
    rows = pq.read_table(tmp_path / "out" / "verdicts").to_pylist()
    found = [(row["participant"], row["rule"], row["verdict"], row["reason"]) for row in rows]
    assert sorted(found, key=str) == sorted(expected, key=str)
