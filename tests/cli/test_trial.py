"""``precise trial``: a folder that works from the start, its map, and who changes verdict between two."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def begun(precise: Callable[..., Any], tmp_path: Path) -> Path:
    folder = tmp_path / "begun"
    assert precise("trial", "new", folder).status == 0
    return folder


def test_a_new_trial_works_at_once(begun: Path, precise: Callable[..., Any]) -> None:
    assert precise("rules", "lint", "--trial", begun).status == 0
    said = precise("rules", "test", "--trial", begun)
    assert (said.status, "0 failed" in said.out) == (0, True)
    record = begun / "tests" / "screening.json"
    assert precise("check", record, "--trial", begun).status == 0
    said = precise("gate", record, "--trial", begun, "--dry-run", "--format", "json")
    assert json.loads(said.out)["decision"] == "ALLOW"
    assert "#" in (begun / "record.yaml").read_text("utf-8"), "comments say how to go on"


def test_a_new_trial_overwrites_nothing(begun: Path, precise: Callable[..., Any]) -> None:
    (begun / "protocol.yaml").write_text("mine", "utf-8")
    said = precise("trial", "new", begun)
    assert (said.status, "--force allows it" in said.err) == (2, True)
    assert (begun / "protocol.yaml").read_text("utf-8") == "mine"
    assert precise("trial", "new", begun, "--force").status == 0


def test_the_map_names_rules_fields_parameters_and_roles(begun: Path, precise: Callable[..., Any]) -> None:
    text = precise("trial", "show", "--trial", begun).out
    assert re.search(r"IC-2\* +participant +HbA1c of at least 7.0 % +screening.hba1c +hba1c.min", text)
    assert re.search(r"screening +hba1c +IC-2", text)
    assert re.search(r"hba1c.min +7.0 % +registry +IC-2", text)
    drawn = json.loads(precise("trial", "show", "--trial", begun, "--format", "json").out)
    rules = {rule["id"]: rule for rule in drawn["rules"]}
    assert rules["IC-2"]["reads"] == ["screening.hba1c"]
    assert rules["CONSENT-1"]["required_by_gate"]
    chart = precise("trial", "show", "--trial", begun, "--format", "mermaid").out
    assert chart.startswith("flowchart LR\n")
    assert '("IC-2 HbA1c of at least 7.0 %")' in chart


def test_the_map_of_the_bundled_trial_has_its_deviations(precise: Callable[..., Any]) -> None:
    drawn = json.loads(precise("trial", "show", "--format", "json").out)
    rules = {rule["id"]: rule for rule in drawn["rules"]}
    assert rules["IC-5"]["deviation"] == "DV-ELG-05"
    assert rules["IC-5"]["scope"] == "each lesion"
    assert "lesions.reference_vessel_diameter.method" in rules["IC-5"]["reads"]
    assert ["DV-ELG-05", "SELECTION CRITERIA NOT MET"] in drawn["deviations"]


@pytest.fixture
def amended(begun: Path) -> Path:
    folder = begun.parent / "amended"
    shutil.copytree(begun, folder)
    protocol = folder / "protocol.yaml"
    text = protocol.read_text("utf-8")
    protocol.write_text(text.replace('value: "7.0"', 'value: "8.0"'), "utf-8")
    return folder


def test_a_diff_says_who_changes_and_why(begun: Path, amended: Path, precise: Callable[..., Any]) -> None:
    record = begun / "tests" / "screening.json"
    said = precise("trial", "diff", begun, amended, record)
    assert said.status == 1
    assert "IC-2  MET -> NOT_MET" in said.out
    assert "before: hba1c.min = 7.0 % (registry)" in said.out
    assert "after: /screening/hba1c 7.8 %, required" in said.out
    assert "GATE  ALLOW -> REFUSE" in said.out
    assert "1 of 1 participants change: IC-2 1; GATE 1" in said.out
    found = json.loads(precise("trial", "diff", begun, amended, record, "--format", "json").out)
    (subject,) = found["subjects"]
    assert [change["rule"] for change in subject["changes"]] == ["IC-2", "GATE"]
    assert {change["direction"] for change in subject["changes"]} == {"worse"}
    assert subject["changes"][0]["after"]["because"][0]["observed"] == "7.8 %"
    assert found["before"]["sha256"] != found["after"]["sha256"]
    assert found["summary"] == {"subjects": 1, "changed": 1}


def test_a_diff_of_a_rule_that_is_new(begun: Path, amended: Path, precise: Callable[..., Any]) -> None:
    rules = amended / "eligibility.yaml"
    rules.write_text(rules.read_text("utf-8").replace("id: EX-1\n", "id: EX-2\n"), "utf-8")
    said = precise("trial", "diff", begun, amended, begun / "tests" / "screening.json")
    assert "EX-1  ABSENT -> (no such rule)" in said.out
    assert "EX-2  (no such rule) -> ABSENT" in said.out


def test_a_diff_where_nobody_changes_and_where_a_record_is_wrong(begun: Path, precise: Callable[..., Any]) -> None:
    record = begun / "tests" / "screening.json"
    said = precise("trial", "diff", begun, begun, record)
    assert (said.status, said.out) == (0, "0 of 1 participants change\n")
    wrong = begun.parent / "wrong.json"
    wrong.write_text('{"participant": 1}', "utf-8")
    said = precise("trial", "diff", begun, begun, wrong)
    assert (said.status, "wrong.json:1:17: /participant" in said.err) == (2, True)
