"""A trial with amendments and sites in simulate, check and cohort: participants of each version at each site."""

from __future__ import annotations

import importlib.util
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def amended(small_trial: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = small_trial.amended(
        tmp_path_factory.mktemp("amended"),
        parts={"Dose": {"on": {"type": "date", "about": "its day"}}},
        record={"doses": {"type": "list of Dose", "about": "the doses"}},
        roles={"day_zero": "First(doses D return D.on)"},
        rules={
            "IC-1": {"met_when": "points >= score.least"},
            "IC-2": {"since": "2", "met_when": "points < 55"},
        },
        scores={"least": (30, 15)},
        sites={
            "early": {"versions": {"1": "2026-01-01", "2": "2026-04-01"}},
            "late": {"activated": "2026-05-01", "versions": {"2": "2026-05-01"}},
        },
    )
    return made


@pytest.fixture(scope="module")
def people(amended: Path, precise: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("people") / "people.jsonl"
    said = precise("simulate", "--trial", amended, "--participants", "40", "--seed", "2", "--out", out)
    assert (said.status, said.err) == (0, "")
    return out


def _checked(people: Path, amended: Path, precise: Callable[..., Any]) -> dict[str, dict[str, str]]:
    subjects = json.loads(precise("check", people, "--trial", amended, "--format", "json").out)["subjects"]
    return {one["subject_id"]: {two["id"]: two["verdict"] for two in one["verdicts"]} for one in subjects}


def test_participants_are_of_each_version_and_site(people: Path, amended: Path, precise: Callable[..., Any]) -> None:
    records = [json.loads(line) for line in people.read_text("utf-8").splitlines()]
    assert {one["clinic"] for one in records} == {"early", "late"}
    assert len({one["subject"] for one in records}) == 40
    words = _checked(people, amended, precise)
    versions = {one["clinic"]: {"IC-2" in words[one["subject"]]} for one in records if one["clinic"] == "late"}
    assert versions == {"late": {True}}
    of_early = [words[one["subject"]] for one in records if one["clinic"] == "early"]
    assert {"IC-2" in one for one in of_early} == {True, False}, "some by the first version, some by the second"
    assert {one["GATE"] for one in words.values()} == {"ALLOW", "REFUSE", "INCOMPLETE"}
    assert {one["IC-1"] for one in words.values()} == {"MET", "NOT_MET", "UNKNOWN"}


def test_the_gate_takes_a_day_of_enrollment(amended: Path, precise: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    known = {"schema_version": "1.0", "subject": "S1", "clinic": "early", "agreed": "2026-03-01", "points": 40}
    text = (amended / "record.yaml").read_text("utf-8")
    other = tmp_path / "trial"
    shutil.copytree(amended, other)
    more = "roles:\n  treated: doses is not null\n  left: points < 0\n"
    (other / "record.yaml").write_text(text.replace("roles:\n", more, 1), "utf-8")
    for allocated, word in (("2026-03-02", "ENROLLED"), (None, "")):
        file.write_text(json.dumps(known | {"allocated": allocated}), "utf-8")
        said = precise("gate", file, "--trial", other, "--dry-run")
        assert (said.status, word in said.out) == (1 if allocated else 3, True), said


def test_cohorts_judge_as_check_does_where_day_zero_is_an_expression(
    people: Path, amended: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    if importlib.util.find_spec("duckdb") is None:
        pytest.skip("needs the extra cohort")
    import pyarrow.parquet

    assert precise("cohort", "import", people, "--trial", amended, "--out", tmp_path / "cohort").status == 0
    said = precise("cohort", "check", tmp_path / "cohort", "--trial", amended, "--out", tmp_path / "verdicts")
    assert said.status == 1, said.err
    found: dict[str, dict[str, str]] = {}
    for path in (tmp_path / "verdicts").rglob("*.parquet"):
        for row in pyarrow.parquet.read_table(path).to_pylist():
            found.setdefault(row["subject_id"], {})[row["rule"]] = row["verdict"]
    assert found == _checked(people, amended, precise)
