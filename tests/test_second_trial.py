"""Trials that are not PRECISE CAL go through every command: the one of the examples, and the contract's own example."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LANTERN = Path(__file__).parent.parent / "examples" / "trials" / "lantern"
FORMATS = ("html", "xlsx", "sdtm", "csv", "markdown")


@pytest.fixture(scope="module", params=["lantern", "contract"])
def trial(request: pytest.FixtureRequest) -> Path:
    if request.param == "lantern":
        return LANTERN
    folder: Path = request.getfixturevalue("shared") / "contract" / "trial-example"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


@pytest.fixture(scope="module")
def records(trial: Path, precise: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("second") / "trial.jsonl"
    said = precise("simulate", "--trial", trial, "--participants", "40", "--seed", "1", "--out", out)
    assert (said.status, said.err) == (0, "")
    return out


@pytest.fixture(scope="module")
def findings(trial: Path, records: Path, precise: Callable[..., Any]) -> dict[str, Any]:
    said = precise("check", records, "--trial", trial, "--format", "json")
    assert said.status == 1
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_rules_are_listed_shown_tested_and_linted(trial: Path, precise: Callable[..., Any]) -> None:
    listed = precise("rules", "list", "--trial", trial)
    assert listed.status == 0
    for line in listed.out.splitlines():
        assert precise("rules", "show", line.split()[0], "--trial", trial).status == 0
    tested = precise("rules", "test", "--trial", trial)
    assert (tested.status, tested.out.endswith(" passed, 0 failed\n")) == (0, True)


def test_the_example_passes_lint_and_evaluates_expressions(precise: Callable[..., Any]) -> None:
    assert precise("rules", "lint", "--trial", LANTERN).out == "0 remarks\n"
    complete = LANTERN / "tests" / "complete.json"
    assert precise("rules", "eval", "Age", "--record", complete, "--trial", LANTERN).out == "67\n"


def test_the_schema_of_its_record_accepts_its_participants(
    trial: Path, records: Path, precise: Callable[..., Any]
) -> None:
    import jsonschema

    schema = json.loads(precise("schema", "record", "--trial", trial).out)
    validator = jsonschema.Draft202012Validator(schema)
    for line in records.read_text("utf-8").splitlines():
        assert not list(validator.iter_errors(json.loads(line)))


def test_each_verdict_of_each_criterion_is_among_the_participants(findings: dict[str, Any]) -> None:
    words, kinds = defaultdict(set), {}
    for subject in findings["subjects"]:
        for verdict in subject["verdicts"]:
            words[verdict["id"]].add(verdict["verdict"])
            kinds[verdict["id"]] = verdict["kind"]
    for rule, kind in kinds.items():
        if kind in ("inclusion", "exclusion"):
            assert len(words[rule]) == 3, rule
    assert words["GATE"] == {"ALLOW", "REFUSE", "INCOMPLETE"}
    assert findings["summary"]["deviations"]["important"]


def test_the_gate_answers(trial: Path, precise: Callable[..., Any]) -> None:
    said = precise("gate", trial / "tests" / "screening.json", "--trial", trial, "--dry-run", "--format", "json")
    assert (said.status, json.loads(said.out)["decision"]) == (3, "ALLOW"), "an ALLOW that nothing recorded exits 3"


def test_the_gate_says_what_the_trial_treats_with(precise: Callable[..., Any], tmp_path: Path) -> None:
    document = json.loads((LANTERN / "tests" / "screening.json").read_text("utf-8"))
    document["first_dose_at"] = "2026-03-10T08:00:00+02:00"
    file = tmp_path / "treated.json"
    file.write_text(json.dumps(document), "utf-8")
    said = precise("gate", file, "--trial", LANTERN, "--dry-run")
    assert said.status == 1
    assert "A dose of the study medicine is recorded already: randomization comes before it" in said.out
    assert "device" not in said.out


@pytest.mark.parametrize("masking", ["masked", "unmasked"])
def test_reports_are_written(
    trial: Path, records: Path, precise: Callable[..., Any], tmp_path: Path, masking: str
) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(f"{line}\n" for line in records.read_text("utf-8").splitlines()[:6]), "utf-8")
    more = ("--unmask",) if masking == "unmasked" else ()
    out = tmp_path / "out"
    said = precise("report", few, "--trial", trial, "--out", out, "--format", ",".join(FORMATS), *more)
    assert said.status == 0, said.err
    written = {path.suffix for path in out.rglob("*") if path.is_file()}
    assert {".html", ".xlsx", ".xpt", ".csv", ".md"} <= written


def test_a_masked_page_says_nothing_of_the_arm(precise: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    complete = LANTERN / "tests" / "complete.json"
    assert precise("report", complete, "--trial", LANTERN, "--out", out, "--format", "html,csv,markdown").status == 0
    for path in (path for path in out.rglob("*") if path.is_file() and "A01-002" in path.name):
        text = path.read_text("utf-8")
        assert "K0417" not in text
        assert "DOSE-1" not in text or "withheld" in text


def test_cohorts_judge_as_check_does(
    trial: Path, records: Path, findings: dict[str, Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    if importlib.util.find_spec("duckdb") is None:
        pytest.skip("needs the extra cohort")
    cohort, verdicts = tmp_path / "cohort", tmp_path / "verdicts"
    assert precise("cohort", "import", records, "--trial", trial, "--out", cohort).status == 0
    said = precise("cohort", "check", cohort, "--trial", trial, "--out", verdicts)
    assert said.status in (0, 1, 3), said.err
    expected = {
        (subject["subject_id"], verdict["id"]): verdict["verdict"]
        for subject in findings["subjects"]
        for verdict in subject["verdicts"]
    }
    assert {(row["subject_id"], row["rule"]): row["verdict"] for row in _rows(verdicts)} == expected


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet

    for path in sorted(folder.rglob("*.parquet")):
        yield from pyarrow.parquet.read_table(path).to_pylist()


def test_a_folder_is_drawn_and_compared(
    trial: Path, records: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    for form in ("text", "json", "mermaid"):
        assert precise("trial", "show", "--trial", trial, "--format", form).status == 0
    assert precise("trial", "diff", trial, trial, records).status == 0
    other = tmp_path / "other"
    shutil.copytree(trial, other)
    for path in (other, *other.rglob("*")):
        path.chmod(0o755)
    protocol = other / "protocol.yaml"
    text, changed = protocol.read_text("utf-8"), set()
    for age in (12, 50, 90):  # whoever is of an age between has another verdict by one of them
        protocol.write_text(text.replace("value: 18,", f"value: {age},"), "utf-8")
        said = precise("trial", "diff", trial, other, records, "--format", "json")
        found = {change["rule"] for subject in json.loads(said.out)["subjects"] for change in subject["changes"]}
        assert said.status == bool(found)
        changed |= found
    assert "IC-1" in changed
