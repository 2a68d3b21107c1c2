"""What `precise check` shows by choice; the exit status and the counts are of all that was judged."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def two(complete: dict[str, Any], screening: dict[str, Any], tmp_path: Path) -> Path:
    """One participant of each site: the first with a late contact, the second with a query."""
    late, asked = copy.deepcopy(complete), copy.deepcopy(screening)
    late["visits"][0]["date"] = "2026-04-20"
    asked |= {"subject_id": "ZS02-001", "site_id": "ZS02", "renal": None}
    file = tmp_path / "two.jsonl"
    file.write_text(f"{json.dumps(late)}\n{json.dumps(asked)}\n", "utf-8")
    return file


def shown(precise: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    said = precise("check", *arguments, "--format", "json")
    assert said.status == 1, said.err
    data: dict[str, Any] = json.loads(said.out)
    assert (data["summary"]["subjects"], data["summary"]["deviations"]["other"]) == (2, 1), "the counts are of all"
    return data


def test_a_rule_or_a_deviation(two: Path, precise: Callable[..., Any]) -> None:
    data = shown(precise, two, "--rule", "EX-2")
    assert [[one["id"] for one in subject["verdicts"]] for subject in data["subjects"]] == [["EX-2"], ["EX-2"]]
    assert data["summary"]["shown"]["verdicts"] == {"EX-2": {"ABSENT": 1, "UNKNOWN": 1}}
    (late,) = shown(precise, two, "--rule", "DV-VIS-01")["subjects"]
    assert [one["code"] for one in late["deviations"]] == ["DV-VIS-01"]


def test_a_rule_that_hides_the_deviation_leaves_the_status(two: Path, precise: Callable[..., Any]) -> None:
    said = precise("check", two, "--rule", "IC-5")
    assert "DV-VIS-01" not in said.out
    assert said.status == 1
    assert "1 candidate deviation" in said.out.splitlines()[-1]
    assert "no deviation" not in said.out


def test_a_rule_that_is_none_is_named_with_the_nearest(two: Path, precise: Callable[..., Any]) -> None:
    said = precise("check", two, "--rule", "IC-55")
    assert (said.status, said.out) == (2, "")
    assert '"IC-55": is no rule and no deviation' in said.err
    assert "IC-5" in said.err.split("did you mean")[1]


def test_a_site(two: Path, precise: Callable[..., Any]) -> None:
    (subject,) = shown(precise, two, "--site", "zs02")["subjects"]
    assert subject["site_id"] == "ZS02"
    assert precise("check", two, "--site", "XX09").status == 2, "no record matched"


@pytest.mark.parametrize(("kind", "counts"), [("deviations", (1, 0, 0)), ("queries", (0, 2, 0)), ("events", (0, 0, 0))])
def test_one_kind_of_findings(two: Path, kind: str, counts: tuple[int, ...], precise: Callable[..., Any]) -> None:
    subjects = shown(precise, two, "--only", kind)["subjects"]
    names = ("deviations", "queries", "verdicts")
    assert tuple(sum(len(one[name]) for one in subjects) for name in names) == counts


def test_counts_alone(two: Path, precise: Callable[..., Any]) -> None:
    data = shown(precise, two, "--summary")
    assert data["subjects"] == []
    assert data["summary"]["shown"]["deviations"] == {"DV-VIS-01": 1}
    assert data["summary"]["shown"]["queries"] == {"EX-2": 2}
    said = precise("check", two, "--summary")
    assert re.search(r"^  deviation +DV-VIS-01 VISIT OUT OF WINDOW: 1$", said.out, re.MULTILINE)
    assert "ZS01-001" not in said.out
    assert precise("check", two, "--summary", "--format", "junit").status == 2


def test_what_is_new_gone_and_changed(two: Path, tmp_path: Path, precise: Callable[..., Any]) -> None:
    earlier = tmp_path / "earlier.json"
    earlier.write_text(precise("check", two, "--format", "json").out, "utf-8")
    first, second = map(json.loads, two.read_text("utf-8").splitlines())
    first["visits"][0]["date"], first["visits"][1]["date"] = "2026-04-10", "2027-01-01"
    two.write_text(f"{json.dumps(first)}\n{json.dumps(second | {'subject_id': 'ZS02-002'})}\n", "utf-8")
    said = precise("check", two, "--since", earlier)
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "changed FU-1M verdict DEVIATION → COMPLIANT Contact at 1 month" in lines
    assert "changed FU-6M verdict COMPLIANT → DEVIATION Contact at 6 months" in lines
    assert "new participant INCOMPLETE" in lines
    assert lines[lines.index("ZS02-001") + 1] == "gone participant"
    data = json.loads(precise("check", two, "--since", earlier, "--format", "json").out)
    assert data["summary"]["since"]["subjects_gone"] == ["ZS02-001"]
    assert [one["kind"] for one in data["subjects"][0]["since"]] == ["changed", "changed", "new", "gone"]
    same = precise("check", two, "--since", two)
    assert (same.status, same.out) == (2, "")
    assert "is no report of precise check" in same.err


def test_deviations_stand_in_junit_and_github(two: Path, precise: Callable[..., Any]) -> None:
    suite = ElementTree.fromstring(precise("check", two, "--format", "junit").out)[0]
    (case,) = [one for one in suite if (one.get("name") or "").startswith("DV-VIS-01")]
    assert case[0].get("message") == "non-important, candidate"
    assert "Called on day 41" in (case[0].text or "")
    assert int(suite.get("tests") or 0) == len(suite)
    assert int(suite.get("failures") or 0) == len(suite.findall("testcase/failure"))
    lines = precise("check", two, "--format", "github").out.splitlines()
    (line,) = [one for one in lines if "title=DV-VIS-01" in one]
    assert line.startswith(f"::warning file={two},line=1,col=")


def test_a_deviation_of_a_criterion_names_it(complete: dict[str, Any], judge: Callable[[Any], Any]) -> None:
    complete["renal"] = None
    complete["lesions"][0]["calcification"]["cag_grade"] = "mild"
    found = {one.code: (one.term, one.decode) for one in judge(complete).deviations}
    assert found == {
        "DV-ELG-02": ("SELECTION CRITERIA NOT MET: IC-2", "SELECTION CRITERIA NOT MET"),
        "DV-ELG-90": ("ELIGIBILITY NOT VERIFIABLE: EX-2", "ELIGIBILITY NOT VERIFIABLE"),
    }


@pytest.mark.parametrize(("version", "codes"), [("registry-2026-02-26", 0), (None, 0), ("2.0", 1)])
def test_another_version_of_the_protocol_is_noticed(
    version: str | None, codes: int, complete: dict[str, Any], judge: Callable[[Any], Any]
) -> None:
    subject = judge(complete | {"protocol_version": version})
    notices = [one for one in subject.notices if one.code == "OTHER_PROTOCOL_VERSION"]
    assert len(notices) == codes
    assert all(one.item == "/protocol_version" for one in notices)
