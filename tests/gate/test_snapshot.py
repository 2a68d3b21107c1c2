"""The snapshot of a decision: what the gate's rules read, so that gate and check never differ."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.gate.canonical import canonical, sha256
from precise_cal.gate.decision import RecordRead
from precise_cal.gate.facts import Facts
from precise_cal.gate.snapshot import WITHHELD, Snapshots
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook

NOW = datetime(2026, 3, 10, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def snapshots(book: Rulebook) -> Snapshots:
    return Snapshots(book)


def _criteria(book: Rulebook, document: Any) -> Any:
    """What the gate's rules say, and their notices and questions."""
    data = json.dumps(document, default=str).encode()
    subject = Checker(book, DateTime.parse(NOW.isoformat())).subject(book.records.read(data), data)
    verdicts = [
        one
        for one in subject.verdicts
        if one.kind in ("inclusion", "exclusion") or one.id in book.required_by_gate or one.kind == "gate"
    ]
    ids = {one.id for one in verdicts}
    return (
        verdicts,
        subject.gate,
        [one for one in subject.notices if one.rule in ids],
        [one for one in subject.queries if one.rule in ids],
    )


def test_what_no_rule_of_the_gate_reads_is_no_part_of_it(snapshots: Snapshots, complete: dict[str, Any]) -> None:
    snapshot = snapshots.of(complete | {"$schema": "urn:precise-cal:record:1.0"})
    assert not {"data_cutoff", "$schema"} & set(snapshot)
    assert snapshot["randomization"] == {"at": complete["randomization"]["at"]}
    assert {name for lesion in snapshot["lesions"] for device in lesion["devices"] for name in device} == {"at"}
    assert {name for lab in snapshot["labs"] for name in lab} == {"collected_at"}
    assert "sex" not in snapshot["demographics"]
    assert {"schema_version", "study_id", "site_id", "subject_id", "protocol_version"} <= set(snapshot)


def test_what_no_rule_of_the_gate_reads_makes_no_other_input(snapshots: Snapshots, complete: dict[str, Any]) -> None:
    other = copy.deepcopy(complete)
    for lesion in other["lesions"]:
        for device in lesion["devices"]:
            device |= {"type": "DES", "role": "bailout", "reason": "other"}
        for one in lesion["assessments"]:
            one |= {"timi": 1, "dissection": "D"}
    for lab in other["labs"]:
        lab["value"] = "9"
    other["randomization"] |= {"arm": "DES", "number": "R2", "gate_decision_id": "x"}
    other["data_cutoff"] = None
    assert other != complete
    assert snapshots.of(other) == snapshots.of(complete)


def test_a_snapshot_is_its_own(snapshots: Snapshots, complete: dict[str, Any], screening: dict[str, Any]) -> None:
    for document in (complete, screening, {"schema_version": "1.0", "subject_id": "S1", "lesions": None}):
        once = snapshots.of(document)
        assert snapshots.of(once) == once


@pytest.mark.parametrize(
    ("recorded", "kept"),
    [
        ({"at": None, "arm": "DCB"}, {"at": None, "number": WITHHELD}),
        ({"number": "R1"}, {"number": WITHHELD}),
        ({"gate_decision_id": "G1", "arm": "DES"}, {"gate_decision_id": "G1"}),
        ({"at": "unknown", "arm": None, "number": "N/A"}, {"at": "unknown"}),
        ({"at": "2026-03-10T10:12:00+08:00", "arm": "DCB"}, {"at": "2026-03-10T10:12:00+08:00"}),
        (None, None),
    ],
)
def test_that_a_participant_was_randomized_stays_known_without_the_arm(
    snapshots: Snapshots, book: Rulebook, screening: dict[str, Any], recorded: Any, kept: Any
) -> None:
    document = screening | {"randomization": recorded}
    snapshot = snapshots.of(document)
    assert snapshot["randomization"] == kept
    assert (book.records.record(snapshot).randomization is None) == (
        book.records.record(document).randomization is None
    )
    assert _criteria(book, snapshot) == _criteria(book, document)


def _random_records() -> Any:
    name = "cohort_random_records"
    if name not in sys.modules:
        path = Path(__file__).parents[1] / "cohort" / "random_records.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def _agree(book: Rulebook, count: int) -> None:
    snapshots, agreed = Snapshots(book), 0
    for document in _random_records().RandomRecords(20260310).documents(count):
        if not _is_valid(book, document):
            continue
        snapshot = snapshots.of(document)
        assert _criteria(book, snapshot) == _criteria(book, document), json.dumps(document, default=str)
        agreed += 1
    assert agreed > count / 2


def _is_valid(book: Rulebook, document: Any) -> bool:
    try:
        book.records.read(json.dumps(document, default=str).encode())
    except RecordError:
        return False
    return True


def test_gate_and_check_say_the_same_of_any_record(book: Rulebook) -> None:
    _agree(book, 250)


LATE = {
    "EX-11": "labs L aggregate found starting false: found or L.quantity > L.uln",
    "EX-12": "lesions L aggregate found starting false: found or lesson(L)",
    "EX-13": "First(lesions) = Last(lesions) and Count(visits) > 2",
    "EX-14": "disposition.status = 'withdrawn' or periprocedural.no_reflow.occurred or data_cutoff is null",
}
LATE_CRITERIA = [
    f'  - {{id: {name}, kind: exclusion, title: new, quote: new, source: new, present_when: "{condition}"}}\n'
    for name, condition in LATE.items()
]
LATE_DEFINITION = """  - define: lesson
    means: new
    operands: {one: Lesion}
    as: "one.assessments A aggregate found starting false: found or (A.timi < 3 and A.dissection != 'none')"
"""


def test_they_agree_on_a_criterion_that_reads_what_comes_late(rules_copy: Path, precise: Callable[..., Any]) -> None:
    file = rules_copy / "eligibility.yaml"
    text = file.read_text("utf-8").replace("definitions:\n", f"definitions:\n{LATE_DEFINITION}", 1)
    file.write_text(text.replace("\nrules:\n", f"\nrules:\n{''.join(LATE_CRITERIA)}", 1), "utf-8")
    _agree(rulebook(rules_copy, cache=False), 120)


def test_the_gate_says_what_check_says_where_a_criterion_reads_a_marker(
    rules_copy: Path, precise: Callable[..., Any], tmp_path: Path, screening: dict[str, Any]
) -> None:
    file = rules_copy / "eligibility.yaml"
    file.write_text(file.read_text("utf-8").replace("\nrules:\n", f"\nrules:\n{LATE_CRITERIA[0]}", 1), "utf-8")
    screening["labs"] = [
        {"test": "ctni", "value": "60", "unit": "ng/L", "uln": {"value": "34", "unit": "ng/L"},
         "collected_at": "2026-03-09T10:00:00+08:00"},
    ]  # fmt: skip
    record = tmp_path / "patient.json"
    record.write_text(json.dumps(screening), "utf-8")
    (subject,) = json.loads(precise("check", record, "--rules", rules_copy, "--format", "json").out)["subjects"]
    assert subject["gate"]["decision"] == "REFUSE"
    place = ["--ledger", tmp_path / "gate.ledger", "--key", tmp_path / "gate.key"]
    assert precise("gate", "keygen", tmp_path / "gate.key").status == 0
    assert precise("gate", record, "--rules", rules_copy, *place).status == 1


def _read(snapshot: Any, rules: str = "old", facts: Facts | None = None) -> RecordRead:
    return RecordRead("ZS01", "ZS01-001", snapshot, sha256(canonical(snapshot)), facts, rules)


NEVER: Facts = Facts(enrolled=False, treated=False, left=False, consented_at=None)


@pytest.mark.parametrize(
    ("before", "after", "is_other"),
    [
        (_read({"a": 1}), _read({"a": 1}), False),
        (_read({"a": 1}), _read({"a": 2}), True),
        (_read({"a": 1}), _read({"a": 1, "b": 2}), True),
        (_read({"a": 1, "b": [{"c": 1}]}), _read({"b": [{"c": 1, "d": 3}]}, "new"), False),
        (_read({"a": 1, "b": [{"c": 1}]}), _read({"b": [{"c": 2, "d": 3}]}, "new"), True),
        (_read({"b": [{"c": 1}]}), _read({"b": [{"c": 1}, {"c": 1}]}, "new"), True),
        (_read({"b": {"c": None}}), _read({"b": None}, "new"), True),
        (_read({"a": 1}, facts=NEVER), _read({"a": 1}, "new"), False),
        (_read({"a": 1}, facts=NEVER), _read({"a": 1}, facts=replace(NEVER, treated=True)), True),
    ],
)
def test_rules_that_read_other_fields_make_no_other_record(
    before: RecordRead, after: RecordRead, is_other: bool
) -> None:
    assert after.differs_from(before) is is_other
    assert before.differs_from(after) is is_other
