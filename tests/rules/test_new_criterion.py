"""A criterion in five minutes (CONTRIBUTING.md): EX-11 touches the folder of the rules, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
FIELD = "    device_drug_allergy: {type: boolean, about: whether an allergy to the drug of the device is known}\n"
RULE = """
  - id: EX-11
    kind: exclusion
    ietestcd: EX11
    deviation: DV-ELG-18
    title: Known allergy to the drug of the device
    quote: "Known allergy to the drug of the device"
    source: Protocol 2.0, section 4.2(11)
    present_when: history.device_drug_allergy
    says:
      - {of: PRESENT, en: "Allergic to the drug of the device", zh: "对器械所载药物过敏"}
      - {of: UNKNOWN, en: "Not known whether such an allergy exists", zh: "是否对器械所载药物过敏未知"}
"""
CHINESE = """
Known allergy to the drug of the device: 已知对器械所载药物过敏
whether an allergy to the drug of the device is known: 是否已知对器械所载药物过敏
"""
CASES = """
EX-11:
  - {case: none, expect: ABSENT}
  - {case: known, set: {/history/device_drug_allergy: true}, expect: PRESENT, gate: REFUSE}
  - case: known, randomized all the same
    from: complete
    set: {/history/device_drug_allergy: true}
    expect: PRESENT
    deviations: [DV-ELG-18]
  - {case: not stated, set: {/history/device_drug_allergy: null}, expect: UNKNOWN, query: true}
"""
LEFT_OUT = ("new_criterion", "dates", "treatment")
"""Tests that are not run with it: this one, and those that judge thousands of courses by other rules alone."""


def add_criterion(folder: Path) -> None:
    """What CONTRIBUTING.md says: a field, an entry, cases, and the value in the participants that cases start from."""
    record, rules = folder / "record.yaml", folder / "eligibility.yaml"
    text = record.read_text("utf-8")
    assert text.count("  History:\n") == 1
    chinese = folder / "chinese.yaml"
    chinese.write_text(chinese.read_text("utf-8") + CHINESE, "utf-8")
    record.write_text(text.replace("  History:\n", f"  History:\n{FIELD}"), "utf-8")
    rules.write_text(rules.read_text("utf-8").rstrip("\n") + "\n" + RULE, "utf-8")
    cases = folder / "tests" / "eligibility.yaml"
    cases.write_text(cases.read_text("utf-8").rstrip("\n") + "\n" + CASES, "utf-8")
    for name in ("screening.json", "complete.json"):
        file = folder / "tests" / name
        participant = json.loads(file.read_text("utf-8"))
        participant["history"]["device_drug_allergy"] = False
        file.write_text(json.dumps(participant, indent=2, ensure_ascii=False) + "\n", "utf-8")


def test_a_new_criterion_is_five_minutes_of_yaml(rules_copy: Path, precise: Callable[..., Any]) -> None:
    add_criterion(rules_copy)
    assert precise("rules", "lint", "--trial", rules_copy).status == 0
    answer = precise("rules", "test", "EX-11", "--trial", rules_copy)
    assert (answer.status, answer.out) == (0, "4 passed, 0 failed\n")
    assert "Known allergy to the drug of the device" in precise("rules", "show", "EX-11", "--trial", rules_copy).out
    assert "device_drug_allergy" in precise("schema", "record", "--trial", rules_copy).out


@pytest.mark.minutes(2)
@pytest.mark.slow
def test_the_tests_of_the_rules_pass_with_it(tmp_path: Path) -> None:
    """In a copy of the repository whose rules have EX-11; pages are made anew, and no other file is touched."""
    for name in ("precise_cal", "tests", "docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "mkdocs.yml"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, tmp_path / name)
    add_criterion(tmp_path / bundled().relative_to(ROOT))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PRECISE_SHARED": str(tmp_path / "absent")}
    makers = ("docs/make_rules.py", "docs/make_schemas.py", "docs/make_dictionary.py", "tests/rules/test_sentences.py")
    makers = (*makers, "examples/make_participants.py")
    for maker in makers:
        subprocess.run([sys.executable, maker], cwd=tmp_path, env=environment, check=True, capture_output=True)
    others = ["tests/rules", "tests/docs/test_pages.py", *(f"--ignore=tests/rules/test_{name}.py" for name in LEFT_OUT)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not slow", *others],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
