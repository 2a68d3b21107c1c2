"""The house knows a record by its roles: whatever fields are called, in whatever part they stand."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORD = """
    schema_version: '1.0'
    parts:
      Person:
        code: {type: identifier, required: true, about: the code of the person}
        home: {type: identifier, about: the house that treats the person}
        trial: {type: text, about: the trial}
      Course:
        begun: {type: instant, about: when treatment began}
        looked: {type: date, about: the day of the look}
      Dose:
        given: {type: boolean, about: whether the dose was given}
    record:
      person: {type: Person, known: true}
      course: {type: Course, about: the course}
      doses: {type: list of Dose, about: the doses}
    roles:
      participant: person.code
      site: person.home
      study: person.trial
      cutoff: course.looked
      enrolled_at: course.begun
"""
PROTOCOL = """
    study:
      id: T-1
      title: A trial of doses
      short_title: DOSES
      version: "1"
      source: written for a test
      sponsor: nobody
      utc_offset: "+00:00"
"""
RULES = """
    rules:
      - id: IN-A
        kind: inclusion
        title: A dose
        quote: a dose
        source: a test
        deviation: DV-ELG-01
        met_when: "doses D aggregate found starting false: found or D.given"
      - id: LATE
        kind: conduct
        title: Looked at after treatment began
        quote: later
        source: a test
        compliant_when: Now() > course.begun
"""
DEVIATIONS = """
    deviations:
      - {code: DV-ELG-01, category: ELIGIBILITY, term: NOT MET, importance: important, why: key}
    facts:
      criterion:
        given: true
        fields: {rule: identifier, verdict: [MET, NOT_MET, UNKNOWN], deviation: [DV-ELG-01], randomized: boolean}
      deviation: {fields: {rule: identifier, code: [DV-ELG-01]}}
    rules:
      - id: against
        when: {criterion: {randomized: true, verdict: NOT_MET}}
        then: [{deviation: {rule: {copy: rule}, code: DV-ELG-01}}]
"""


@pytest.fixture
def doses(tmp_path: Path) -> Path:
    """A trial whose record has none of the fields of PRECISE CAL."""
    folder = tmp_path / "doses"
    folder.mkdir()
    files = {"record": RECORD, "protocol": PROTOCOL, "eligibility": RULES, "deviations": DEVIATIONS}
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(textwrap.dedent(text), "utf-8")
    return folder


def _person(code: str, given: bool | None, **course: str) -> dict[str, Any]:
    return {"person": {"code": code, "home": "H1", "trial": "T-1"}, "course": course, "doses": [{"given": given}]}


PEOPLE = [
    _person("a", True, begun="2026-03-01T10:00:00+00:00", looked="2026-04-01"),
    _person("b", False, begun="2026-03-01T10:00:00+00:00", looked="2026-03-01"),
    _person("c", False, looked="2026-04-01"),
    {"person": {"code": "d"}},
]


def _check(precise: Callable[..., Any], folder: Path, people: Any) -> Any:
    lines = "\n".join(map(json.dumps, people)).encode()
    return precise("check", "-", "--trial", folder, "--format", "json", stdin=lines)


def test_a_trial_is_known_by_its_roles(doses: Path, precise: Callable[..., Any]) -> None:
    subjects = json.loads(_check(precise, doses, PEOPLE).out)["subjects"]
    assert [(one["subject_id"], one["site_id"]) for one in subjects] == [
        ("a", "H1"), ("b", "H1"), ("c", "H1"), ("d", None),
    ]  # fmt: skip
    assert [[verdict["verdict"] for verdict in one["verdicts"][:2]] for one in subjects] == [
        ["MET", "COMPLIANT"], ["NOT_MET", "CANNOT_ASSESS"], ["NOT_MET", "CANNOT_ASSESS"], ["UNKNOWN", "CANNOT_ASSESS"],
    ]  # fmt: skip
    deviations = [[(two["code"], two["occurred_at"]) for two in one["deviations"]] for one in subjects]
    assert deviations == [[], [("DV-ELG-01", "2026-03-01T10:00:00Z")], [], []]


def test_another_study_is_told_at_its_own_field(doses: Path, precise: Callable[..., Any]) -> None:
    other = {"person": {"code": "a", "trial": "T-2"}}
    run = _check(precise, doses, [other])
    assert (run.status, "/person/trial" in run.err) == (2, True)


@pytest.mark.parametrize("role", ["site", "study", "cutoff", "enrolled_at"])
def test_a_trial_may_be_without_a_role(role: str, doses: Path, precise: Callable[..., Any]) -> None:
    text = (doses / "record.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(f"  {role}: ")]
    (doses / "record.yaml").write_text("\n".join(lines), "utf-8")
    run = _check(precise, doses, PEOPLE)
    assert [one["subject_id"] for one in json.loads(run.out)["subjects"]] == ["a", "b", "c", "d"]
    assert run.status == 1


def test_without_the_role_participant_nothing_is_judged(doses: Path, precise: Callable[..., Any]) -> None:
    text = (doses / "record.yaml").read_text("utf-8")
    (doses / "record.yaml").write_text(text.replace("  participant: person.code\n", ""), "utf-8")
    run = _check(precise, doses, PEOPLE)
    assert run.status == 2
    assert "record.yaml" in run.err
    assert "no role participant" in run.err


def test_a_cohort_knows_its_participants_by_their_roles(
    doses: Path, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    records = tmp_path / "people.jsonl"
    records.write_text("\n".join(map(json.dumps, [*PEOPLE, _person("A", True)])), "utf-8")
    tables, verdicts = tmp_path / "tables", tmp_path / "verdicts"
    run = precise("cohort", "import", records, "--trial", doses, "--out", tables)
    assert "/person/code: stands twice" in (tables / "rejects.jsonl").read_text("utf-8"), run.err
    assert precise("cohort", "check", tables, "--trial", doses, "--out", verdicts).status == 1
    rows = pq.read_table(verdicts / "verdicts").to_pylist()
    by_rule = {(one["subject_id"], one["rule"]): (one["verdict"], one["reason"]) for one in rows}
    subjects = json.loads(_check(precise, doses, PEOPLE).out)["subjects"]
    for one in subjects:
        for verdict in one["verdicts"][:2]:
            assert by_rule[one["subject_id"], verdict["id"]][0] == verdict["verdict"]
    assert by_rule["d", "LATE"] == ("CANNOT_ASSESS", "course.looked")
    explained = precise("cohort", "explain", tables, "b", "--site", "H1", "--trial", doses)
    assert "DV-ELG-01" in explained.out
