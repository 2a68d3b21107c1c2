"""What version 0.1 made goes on working: its rule folder, its records, a reviewed workbook (its ledger: tests/gate).

The folder was saved from version 0.1 before a record was data: it has no record.yaml and lists its vocabularies.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl

from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent / "version-0.1"
RULES, RECORDS, REVIEWED = HERE / "rules", HERE / "records.jsonl", HERE / "reviewed.xlsx"
FINDINGS: dict[str, Any] = json.loads((HERE / "findings.json").read_text(encoding="utf-8"))


def test_the_folder_of_rules_has_the_hash_that_it_had() -> None:
    assert rulebook(RULES).sha256 == FINDINGS["protocol"]["sha256"]


def test_the_folder_judges_its_records_as_it_did(precise: Callable[..., Any]) -> None:
    answer = precise("check", RECORDS, "--rules", RULES, "--format", "json")
    assert answer.status == 1, answer.err
    for subject in json.loads(answer.out)["subjects"]:
        before = FINDINGS["subjects"][subject["subject_id"]]
        verdicts = {one["id"]: one["verdict"] for one in subject["verdicts"]}
        assert verdicts == before["verdicts"], subject["subject_id"]
        assert subject["gate"]["decision"] == before["gate"]
        assert sorted(one["code"] for one in subject["deviations"]) == before["deviations"], subject["subject_id"]


def test_the_records_are_read_by_the_rules_of_today(precise: Callable[..., Any]) -> None:
    answer = precise("check", RECORDS, "--format", "json")
    assert answer.status == 1, answer.err
    assert len(json.loads(answer.out)["subjects"]) == len(FINDINGS["subjects"])


def test_a_reviewed_workbook_is_merged(precise: Callable[..., Any], tmp_path: Path) -> None:
    """Each decision is kept, on its row, or among those whose row is no more."""
    options = ("--merge", REVIEWED, "--out", tmp_path, "--format", "xlsx", "--unmask", "--rules", RULES)
    made = precise("report", RECORDS, *options)
    assert made.status == 0, made.err
    before, after = (openpyxl.load_workbook(file)["Deviations"] for file in (REVIEWED, tmp_path / "findings.xlsx"))
    assert decisions(after) == decisions(before)
    assert len(decisions(before)) == 6


def test_what_other_rules_find_is_not_what_was_decided(precise: Callable[..., Any], tmp_path: Path) -> None:
    """By today's rules some rows say something else: they are named, and nothing is written."""
    made = precise("report", RECORDS, "--merge", REVIEWED, "--out", tmp_path / "out", "--format", "xlsx", "--unmask")
    assert (made.status, made.out) == (2, "")
    assert "reviewed.xlsx: not merged, nothing was written" in made.err
    assert "stale: the data have changed since the workbook was made" in made.err


def decisions(sheet: Any) -> dict[str, str]:
    """What was decided, by the stable id of the row."""
    rows = list(sheet.iter_rows(values_only=True))
    place = rows[0].index("Decision")
    return {row[0]: row[place] for row in rows[1:] if row[place]}
