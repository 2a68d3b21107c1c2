"""A rule file that is wrong is told with file, line and column, exit status 2, and never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOMB = "\n".join(
    ["a: &a [x, x]", *(f"{new}: &{new} [*{old}, *{old}]" for old, new in zip("abcdef", "bcdefg", strict=True))]
)
MET = "met_when: lesion.pci_indicated\n"
DELETED = ""

WRONG = [
    ("protocol.yaml", "study:\n", "study: !!python/object/apply:os.system [ls]\nrest:\n", "tags are not allowed"),
    ("protocol.yaml", "study:\n", "study: !!python/name:os.system\nrest:\n", "tags are not allowed"),
    ("protocol.yaml", "study:\n", f"{BOMB}\nstudy:\n", "aliases (&name and *name) are not allowed"),
    ("protocol.yaml", "study:\n", "study: [\n", "is not valid YAML"),
    ("protocol.yaml", "study:\n", "study: {}\nstudy:\n", 'the key "study" stands twice'),
    ("protocol.yaml", "study:\n", "study: " + "[" * 40 + "]" * 40 + "\nrest:\n", "is nested deeper than 24 levels"),
    ("protocol.yaml", "  id: NCT07277114\n", DELETED, 'the key "id" is missing'),
    ("protocol.yaml", "  sponsor:", "  sponser:", '"sponser" is no key here; did you mean "sponsor"?'),
    ("protocol.yaml", 'value: "2.25"', "value: few", "'few' should be a number"),
    ("protocol.yaml", "value: 18,", "value: true,", "True should be a whole number"),
    ("protocol.yaml", "value: mar01,", "value: mar02,", "'mar02' should be one of mar01, feb28"),
    ("protocol.yaml", "unit: mm\n", "unit: furlongs\n", "furlongs"),
    ("protocol.yaml", "unit: months\n", "unit: moons\n", "the unit should be one of hours, days"),
    ("protocol.yaml", 'status: registry, quote: "656"', "status: registry", "needs the key quote"),
    ("protocol.yaml", "  - id: age.min\n", "  - id: age.leap_birthday\n", "stands twice"),
    ("protocol.yaml", "member_when: lesion.target\n", "member_when: lesion.targt\n", 'did you mean "target"?'),
    ("eligibility.yaml", "kind: inclusion\n", "kind: inklusion\n", "'inklusion'"),
    ("eligibility.yaml", "  - id: IC-2\n", "  - id: IC-1\n", "the rule IC-1 stands twice"),
    (
        "eligibility.yaml",
        "for_each: target_lesion\n    met_when:",
        "for_each: target_legion\n    met_when:",
        "target_legion",
    ),
    ("eligibility.yaml", MET, "met_when: lesion.pci_indicatd\n", 'did you mean "pci_indicated"?'),
    ("eligibility.yaml", MET, "met_when: lesion.pci_indicated + 1\n", "Add does not take (Boolean, Integer)"),
    ("eligibility.yaml", MET, "met_when: lesion.diameter_stenosis\n", "Boolean"),
    ("eligibility.yaml", MET, "met_when: (lesion.pci_indicated\n", "eligibility.yaml"),
    ("eligibility.yaml", "    " + MET, DELETED, "a rule of kind inclusion needs met_when"),
    ("eligibility.yaml", MET, MET + "    due_when: 1 = 1\n", "a rule of kind inclusion has no due_when"),
    ("events.yaml", "requires: [CONSENT-1]", "requires: [CONSENT-7]", "CONSENT-7, which is no rule"),
    ("deviations.yaml", "code: DV-CON-01,", "code: dv con,", "dv con"),
    ("deviations.yaml", "act: implant_des, done: false}", "act: implant_bms, done: false}", "implant_bms"),
    ("tests/eligibility.yaml", "expect: MET", "expct: MET", "expct"),
    ("tests/eligibility.yaml", "set: {/renal: null}", "set: {/liver/at/all: null}", "cannot be made"),
]


@pytest.mark.parametrize(("name", "old", "new", "told"), WRONG, ids=[f"{one[0]} {one[3][:40]}" for one in WRONG])
def test_wrong_file(name: str, old: str, new: str, told: str, rules_copy: Path, precise: Callable[..., Any]) -> None:
    file = rules_copy / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    said = precise("rules", "test", "--rules", rules_copy)
    assert said.status == 2, said
    assert told in said.err
    assert f"{file}:" in said.err
    assert "Traceback" not in said.err
    line = int(said.err.split(f"{file}:")[1].split(":")[0])
    assert 1 <= line <= text.count("\n") + 20


def test_a_folder_in_place_of_a_file(rules_copy: Path, precise: Callable[..., Any]) -> None:
    (rules_copy / "events.yaml").unlink()
    (rules_copy / "events.yaml").mkdir()
    said = precise("rules", "lint", "--rules", rules_copy)
    place = rules_copy / "events.yaml"
    assert (said.status, said.err) == (2, f"precise: {place}: cannot be read: is a folder, not a file\n")


def test_a_record_for_an_expression_is_named(tmp_path: Path, precise: Callable[..., Any]) -> None:
    file = tmp_path / "record.json"
    file.write_text("{}", encoding="utf-8")
    said = precise("rules", "eval", "subject_id", "--record", file)
    assert said.status == 2
    assert all(line.removeprefix("precise: ").startswith(f"{file}:1:1: /") for line in said.err.splitlines()), said.err


def test_every_wrong_condition_is_told_at_once(rules_copy: Path, precise: Callable[..., Any]) -> None:
    for name, old in (("eligibility.yaml", MET), ("events.yaml", "applies_when: IsRandomized\n")):
        file = rules_copy / name
        file.write_text(file.read_text("utf-8").replace(old, old.replace("Is", "Iz").replace("pci", "pcl"), 1), "utf-8")
    said = precise("rules", "lint", "--rules", rules_copy)
    assert said.status == 2
    assert f"{rules_copy / 'eligibility.yaml'}:" in said.err
    assert f"{rules_copy / 'events.yaml'}:" in said.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"\xff\xfe", "is not valid YAML"),
        (b"x" * 2_000_001, "at most 2,000,000"),
    ],
)
def test_wrong_bytes(content: bytes, told: str, rules_copy: Path, precise: Callable[..., Any]) -> None:
    (rules_copy / "protocol.yaml").write_bytes(content)
    said = precise("rules", "list", "--rules", rules_copy)
    assert said.status == 2
    assert f"{rules_copy / 'protocol.yaml'}: " in said.err
    assert told in said.err


def test_folders_without_rules(tmp_path: Path, rules_copy: Path, precise: Callable[..., Any]) -> None:
    (rules_copy / "eligibility.yaml").unlink()
    for folder, told in ((tmp_path / "absent", "is no folder"), (rules_copy, "has no eligibility.yaml")):
        said = precise("rules", "list", "--rules", folder)
        assert said.status == 2
        assert f"{folder}: {told}" in said.err


def test_an_unknown_rule_names_the_nearest(precise: Callable[..., Any]) -> None:
    said = precise("rules", "show", "IC5")
    assert said.status == 2
    assert "IC5: no such rule; did you mean IC-5?" in said.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rules", "eval", "1 +"], "expression:1:"),
        (["rules", "eval", "Frobnicate(1)"], "Frobnicate"),
        (["rules", "eval", "1", "--record", "/no/such/file.json"], "/no/such/file.json"),
        (["rules", "conformance", "/no/such/file.xml"], "/no/such/file.xml"),
        (["check", "x.json", "--now", "tomorrow"], '--now "tomorrow"'),
        (["check", "x.json", "--now", "2026-03"], "should be a whole date"),
        (["check", "x.json", "--format", "pdf"], "pdf"),
        (["check"], "FILE"),
        (["chek"], "chek"),
    ],
)
def test_wrong_usage(arguments: list[str], told: str, precise: Callable[..., Any]) -> None:
    said = precise(*arguments)
    assert (said.status, told in said.err, "Traceback" in said.err) == (2, True, False), said


def test_rules_test_without_cases(small_trial: Any, tmp_path: Path, precise: Callable[..., Any]) -> None:
    said = precise("rules", "test", "--rules", small_trial.folder_of(tmp_path))
    assert (said.status, said.out) == (2, "0 passed, 0 failed\n")
