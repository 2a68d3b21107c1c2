"""The validation pack: every requirement names tests that exist, and what a run gave is what the files say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.validation.evidence import Evidence, Result, Run, Software, begun_with, software
from tests.validation.matrix import rows_of
from tests.validation.pack import EVIDENCE, RULES_PACK, write_pack
from tests.validation.requirements import ROOT, Requirement, Risk, Said, exists, read_requirements

if TYPE_CHECKING:
    from pathlib import Path

SAID = Said(en="It works.", zh="可用。")
RUN = Run(begun=datetime(2026, 3, 1, tzinfo=UTC), ended=datetime(2026, 3, 1, 1, tzinfo=UTC), command="pytest",
          system={"python": "3.11"}, packages={"django": "5.2"})  # fmt: skip
HERE = "tests/validation/test_pack.py"


def required(*tests: str, number: int = 1, **more: Any) -> Requirement:
    risk = Risk(failure=SAID, severity="high", probability="low", detection="low")
    return Requirement(id=f"A-{number:02}", says=SAID, source="here", risk=risk, tests=tests, **more)


def evidence(**outcomes: str) -> Evidence:
    results = {name: Result.model_validate({"outcome": outcome, "seconds": 1.0, "run": 1})
               for name, outcome in outcomes.items()}  # fmt: skip
    return Evidence(software=Software(version="1", commit="", sha256="0"), runs=(RUN,), results=results)


def test_every_requirement_names_tests_that_exist_or_says_why_none_does() -> None:
    missing = [(one.id, test) for one in read_requirements() for test in one.tests if not exists(test)]
    silent = [one.id for one in read_requirements() if not one.tests and not one.open]
    assert (missing, silent) == ([], [])
    assert all((ROOT / one.measured).is_file() for one in read_requirements() if one.measured)


def test_a_test_that_is_not_there_is_told() -> None:
    assert exists(f"{HERE}::test_a_test_that_is_not_there_is_told")
    assert not exists(f"{HERE}::test_of_nothing")
    assert not exists("tests/nowhere.py::test_of_nothing")


@pytest.mark.parametrize(
    ("outcomes", "standing"),
    [
        ({"t::a": "passed", "t::b[1]": "passed", "t::b[2]": "passed"}, "shown"),
        ({"t::a": "passed", "t::b[1]": "failed", "t::b[2]": "passed"}, "failed"),
        ({"t::a": "passed", "t::b": "skipped"}, "partly"),
        ({"t::a": "passed"}, "partly"),
        ({"t::a": "passed", "t::bc": "passed"}, "partly"),
        ({}, "no test"),
    ],
)
def test_shown_is_only_what_every_named_test_showed(outcomes: dict[str, str], standing: str) -> None:
    (row,) = rows_of([required("t::a", "t::b")], evidence(**outcomes))
    assert row.standing == standing


def test_a_requirement_without_a_test_is_shown_as_such() -> None:
    rows = rows_of([required(open="nobody did"), required(f"{HERE}::test_a_requirement_without_a_test_is_shown_as_such",
                                                          number=2)], evidence())  # fmt: skip
    assert [one.standing for one in rows] == ["no test", "not run"]


@pytest.mark.parametrize(
    ("grades", "priority"),
    [("high high low", "high"), ("high low high", "low"), ("high low low", "high"), ("low low low", "medium"),
     ("medium medium medium", "medium"), ("high high high", "medium")],
)  # fmt: skip
def test_priority_is_that_of_gamp(grades: str, priority: str) -> None:
    severity, probability, detection = grades.split()
    risk = Risk.model_validate({"failure": SAID, "severity": severity, "probability": probability,
                                "detection": detection})  # fmt: skip
    assert risk.priority == priority


def test_files_say_what_the_run_gave(tmp_path: Path) -> None:
    asked = [required("t::a", number=1), required("t::<b>", number=2), required(number=3, open="nobody did")]
    summary = write_pack(tmp_path, asked, evidence(**{"t::a": "passed", "t::<b>": "failed"}))
    assert summary == {"shown": 1, "partly": 0, "failed": 1, "not run": 0, "no test": 1}
    written = json.loads((tmp_path / "validation.json").read_text("utf-8"))
    assert [one["standing"] for one in written["requirements"]] == ["shown", "failed", "no test"]
    page = (tmp_path / "validation.html").read_text("utf-8")
    assert "<script" not in page
    assert "t::&lt;b&gt;" in page
    assert re.findall(r'<td class="(\S+)">(?:shown|failed|no test)</td></tr>', page) == ["shown", "failed", "no-test"]
    sheet = openpyxl.load_workbook(tmp_path / "validation.xlsx")["Requirements"]
    assert [row[11].value for row in sheet.iter_rows(min_row=2)] == ["shown", "failed", "no test"]
    assert Evidence.model_validate_json((tmp_path / EVIDENCE).read_bytes()).results["t::a"].outcome == "passed"


def test_the_pack_of_the_rules_is_named_once_there_is_one(tmp_path: Path) -> None:
    asked = [required(open="nobody did")]
    write_pack(tmp_path, asked, evidence())
    assert RULES_PACK not in (tmp_path / "validation.html").read_text("utf-8")
    (tmp_path / RULES_PACK).parent.mkdir()
    (tmp_path / RULES_PACK).write_text("", "utf-8")
    write_pack(tmp_path, asked, evidence())
    assert f'<a href="{RULES_PACK}">' in (tmp_path / "validation.html").read_text("utf-8")
    assert json.loads((tmp_path / "validation.json").read_text("utf-8"))["rules_pack"] == RULES_PACK
    assert openpyxl.load_workbook(tmp_path / "validation.xlsx")["Rules"]["B1"].value == f'=HYPERLINK("{RULES_PACK}")'


def test_evidence_of_other_software_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / EVIDENCE
    file.write_text(evidence(**{"t::a": "passed"}).model_dump_json())
    assert begun_with(file).results == {}
    kept = evidence(**{"t::a": "passed"}).model_copy(update={"software": software()})
    file.write_text(kept.model_dump_json())
    again = begun_with(file).after(RUN, {"t::b": Result(outcome="passed", seconds=1, run=2)})
    assert (len(again.runs), [*again.results]) == (2, ["t::a", "t::b"])


@pytest.mark.minutes(1)
@pytest.mark.slow
def test_run_with_the_option_writes_the_pack(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "0",
        "tests/log/test_checkpoint.py",
        f"--validation-pack={tmp_path}",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "validation pack:" in done.stdout
    found = {one["id"]: one for one in json.loads((tmp_path / "validation.json").read_text())["requirements"]}
    states = {one["name"].partition("::")[2]: one["state"] for one in found["LOG-02"]["tests"]}
    assert states["test_the_form_is_that_of_c2sp"] == "passed"
    assert (found["LOG-02"]["standing"], found["RUN-02"]["standing"]) == ("partly", "not run")


def test_continuous_integration_writes_the_pack_and_no_run_within_a_run_does() -> None:
    """By the option alone: what stands in the environment would reach runs that tests begin, and write over it."""
    commands = (ROOT / ".ci" / "run").read_text("utf-8")
    jobs = (r'eval "\$tests --validation-pack=\S+', r'python -m pytest -m slow .*"--validation-pack=\$pack"')
    assert all(re.search(f"^{one}", commands, re.MULTILINE) for one in jobs)
    assert "PYTEST_ADDOPTS" not in commands
    steps = (
        "python -m pytest -m slow --ignore tests/desk/test_load.py",
        'python -m pytest -m slow -n 0 tests/desk/test_load.py "--validation-pack',
        'precise rules pack --out "$pack/rules"',
        'python -m tests.validation "$pack"',
    )
    places = [commands.index(one) for one in steps]
    assert places == sorted(places), "the pack of the rules needs what the slow job found, and the desk's names it"
    assert not re.search(r"^\s*export pack\b", commands, re.MULTILINE)


def test_option_is_known_where_the_folder_is_there_and_no_test_is_named(tmp_path: Path) -> None:
    """As the slow job runs, after the default job has made the folder."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-m", "slow", f"--validation-pack={tmp_path}", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_page_or_job_writes_the_option_without_an_equals_sign() -> None:
    pages = [ROOT / ".ci" / "run", *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    assert not [page.name for page in pages if re.search(r"--validation-pack [\w$\"']", page.read_text("utf-8"))]


def test_page_of_the_desk_has_every_procedure() -> None:
    text = (ROOT / "docs" / "desk.md").read_text("utf-8")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    for words in ("Installing", "ceremony", "Backup, restore, upgrade", "network is down", "does not do"):
        assert any(words in one for one in heads), words
