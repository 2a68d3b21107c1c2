"""What ``precise check`` writes: golden text, and forms that other programs read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import pytest

from precise_cal.cli.printable import printable
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMPLETE = bundled() / "tests" / "complete.json"
SCREENING = bundled() / "tests" / "screening.json"
END = "NCT07277114 registry-2026-02-26, rules"


@pytest.fixture
def failing(tmp_path: Path, screening: dict[str, Any]) -> Path:
    """A participant with one failing criterion and one that is not known, its lines those of the file."""
    screening["lesions"][0]["reference_vessel_diameter"][0]["value"] = "2.249"
    screening["renal"]["on_dialysis"] = None
    file = tmp_path / "failing.json"
    file.write_text(json.dumps(screening, indent=2), encoding="utf-8")
    return file


def _without_hash(text: str) -> str:
    return re.sub(r"rules [0-9a-f]{12}", "rules …", text)


def test_a_compliant_participant_takes_one_line_and_the_count(precise: Callable[..., Any]) -> None:
    said = precise("check", COMPLETE)
    assert (said.status, said.err) == (0, "")
    assert _without_hash(said.out) == (
        "ZS01-001  ALLOW  Eligible; no deviation\n"
        f"1 participant · 1 ALLOW · 0 candidate deviations · 0 queries · {END} … · exit 0\n"
    )


def test_a_failing_criterion_is_told_with_value_limit_place_and_clause(
    failing: Path, precise: Callable[..., Any]
) -> None:
    said = precise("check", failing)
    assert said.status == 1
    assert _without_hash(said.out).splitlines() == [
        "ZS01-001  REFUSE  IC-5 against it; EX-2 undecided; no deviation",
        "  not met         IC-5      Reference vessel diameter from 2.25 to 4.0 mm",
        "                  L1: Reference diameter 2.249 mm by QCA: below 2.25 mm",
        '                  "Target lesion vessel diameter ≥ 2.25 mm and ≤ 4.0 mm"',
        "  unknown         EX-2      Renal failure requiring dialysis, or dialysis",
        "                  Not known whether the participant is on dialysis, or requires it",
        "                  State whether the participant is on dialysis  /renal/on_dialysis",
        '                  "Patients with renal failure requiring dialysis or currently undergoing dialysis."',
        "  notice          IC-5      L1: the diameter lies near a limit [NEAR_BOUNDARY]",
        f"1 participant · 1 REFUSE · 0 candidate deviations · 1 query · {END} … · exit 1",
    ]


def test_verbose_shows_every_rule(precise: Callable[..., Any]) -> None:
    out = precise("check", COMPLETE, "--verbose").out
    listed = (line.split() for line in precise("rules", "list").out.splitlines())
    rules = [name for name, state, *_ in listed if state != "off"]
    assert all(re.search(rf"^  \S.*\b{rule}\b", out, re.MULTILINE) for rule in rules)


def test_json_is_what_its_schema_says(failing: Path, precise: Callable[..., Any]) -> None:
    schema = json.loads(precise("schema", "report").out)
    said = precise("check", failing, COMPLETE, "--format", "json", "--now", "2027-04-20T12:00:00+08:00")
    report = json.loads(said.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report, schema, jsonschema.Draft202012Validator)
    assert report["generated_at"] == "2027-04-20T12:00:00+08:00"
    assert report["summary"]["gate"] == {"ALLOW": 1, "REFUSE": 1, "INCOMPLETE": 0}
    verdict = next(one for one in report["subjects"][0]["verdicts"] if one["id"] == "IC-5")
    assert verdict["per"] == [{"scope": "lesion", "key": "L1", "verdict": "NOT_MET"}]
    assert verdict["because"][0]["observed"] == "2.249 mm"
    assert {"id": "vessel_diameter.min", "value": "2.25 mm", "status": "registry"} in verdict["parameters"]


def test_junit_counts_failures_and_skipped(failing: Path, precise: Callable[..., Any]) -> None:
    said = precise("check", failing, COMPLETE, "--format", "junit")
    root = ElementTree.fromstring(said.out)
    first, second = root.findall("testsuite")
    assert {name: first.get(name) for name in ("tests", "failures", "skipped")} == {
        "tests": str(len(first.findall("testcase"))),
        "failures": str(len(first.findall("testcase/failure"))),
        "skipped": str(len(first.findall("testcase/skipped"))),
    }
    names = [case.get("name", "") for case in first.findall("testcase") if case.find("failure") is not None]
    assert [name.split()[0] for name in names] == ["IC-5", "GATE"]
    assert (second.get("failures"), second.get("skipped")) == ("0", "0")


def test_github_points_into_the_file(failing: Path, precise: Callable[..., Any]) -> None:
    lines = failing.read_text("utf-8").splitlines()
    said = precise("check", failing, "--format", "github").out.splitlines()
    error, warning = (re.match(r"::(\w+) file=(.*),line=(\d+),col=(\d+),title=(.*)::(.*)", line) for line in said)
    assert error is not None
    assert warning is not None
    assert (error[1], error[2], error[5]) == ("error", str(failing), "IC-5 NOT_MET")
    assert (warning[1], warning[5]) == ("warning", "EX-2 UNKNOWN")
    assert '"on_dialysis"' in lines[int(warning[3]) - 1]
    assert "2.249" in "".join(lines[int(error[3]) - 1 : int(error[3]) + 2])


def test_color_only_where_it_is_asked_for(failing: Path, precise: Callable[..., Any]) -> None:
    assert "\x1b" not in precise("check", failing).out
    assert "\x1b[" in precise("check", failing, "--color", "always").out


@pytest.mark.parametrize(
    ("choice", "is_terminal", "no_color", "colored"),
    [
        ("auto", True, "", True),
        ("auto", True, "1", False),
        ("auto", False, "", False),
        ("always", False, "1", True),
        ("never", True, "", False),
    ],
)
def test_when_text_is_colored(
    choice: str, is_terminal: bool, no_color: str, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.cli.checking import Color, is_colored

    class Terminal:
        def isatty(self) -> bool:
            return is_terminal

    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("NO_COLOR", no_color)
    assert is_colored(Color(choice)) is colored


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain µ", "plain µ"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\nb"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
