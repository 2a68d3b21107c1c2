"""Criteria that a person answers, and rules with questions of their own: cohorts give what is asked for first."""

from __future__ import annotations

import copy
import json
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

ANSWER = {
    "criterion": {"type": "text", "about": "which"},
    "answer": {"type": "boolean", "about": "what"},
    "by": {"type": "text", "about": "who"},
}
OWN = {
    "met_when": "contacts C aggregate found starting false: found or C.status = 'done'",
    "queries": [
        {"when": "contacts is null and fit", "field": "withdrew_on", "ask": "when they withdrew"},
        {"when": "contacts is null and withdrew", "field": "contacts", "ask": "which contacts there were"},
    ],
}
ANSWERS: tuple[Any, ...] = (
    None,
    [],
    [{"criterion": "IC-1", "answer": True, "by": "A"}],
    [{"criterion": "IC-1", "answer": None, "by": "A"}],
    [{"criterion": "IC-1", "answer": True, "by": None}],
    [{"criterion": "IC-9", "answer": True, "by": "A"}],
)


def test_asked_first(small_trial: Any, tmp_path: Path) -> None:
    record = copy.deepcopy(small_trial.RECORD)
    record["parts"]["Answer"] = ANSWER
    record["record"]["attestations"] = {"type": "list of Answer", "about": "the answers"}
    base = {name: value for name, value in small_trial.CRITERION.items() if name != "met_when"}
    rules = [{**base, "attested": True}, {**copy.deepcopy(base), **OWN, "id": "IC-2"}]
    folder = small_trial.folder_of(tmp_path / "trial", record=record, eligibility={"rules": rules})
    book = rulebook(folder, cache=False)
    people = [
        {"schema_version": "1.0", "fit": fit, "withdrew": withdrew, "attestations": answers}
        for answers in ANSWERS
        for fit, withdrew in ((True, True), (False, True), (None, None), (None, False))
    ]
    lines = [json.dumps({"subject": f"P{number}", **one}).encode() for number, one in enumerate(people)]
    checker, by_id = Checker(book), book.latest.by_id
    expected = [
        (one.rule, one.verdict, one.reason)
        for line in lines
        for one in findings(checker.subject(book.records.read(line), line), by_id)
    ]
    assert ("IC-1", "UNKNOWN", "attestations") in expected
    assert {("IC-2", "UNKNOWN", field) for field in ("withdrew_on", "contacts")} <= {*expected}
    job = Import(tmp_path / "tables", (("lines", len(lines), 0),), book.schema, "X-1", 0, 1)
    import_records(job, [Line(f"lines:{place}", line) for place, line in enumerate(lines, 1)])
    assert make_check(tmp_path / "tables", tmp_path / "out", book, None).run().by_interpreter == 0
    rows = pq.read_table(tmp_path / "out" / "verdicts").to_pylist()
    found = [(row["participant"], row["rule"], row["verdict"], row["reason"]) for row in rows]
    assert sorted(found, key=str) == sorted(((1 + number // 3, *one) for number, one in enumerate(expected)), key=str)
