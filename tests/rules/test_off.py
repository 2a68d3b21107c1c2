"""Rules that are off are checked, named, and judge nobody until they are switched on."""

from __future__ import annotations

import copy
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

OFF = ("DAPT-1", "STAGED-1")
LATER: dict[str, Any] = {
    "lesion_id": "L9", "vessel": "RCA", "target": False, "devices": [{"type": "DES", "role": "additional"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def all_on(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    folder = tmp_path_factory.mktemp("on") / "rules"
    shutil.copytree(bundled(), folder)
    file = folder / "events.yaml"
    file.write_text(file.read_text("utf-8").replace("enabled: false", "enabled: true"), "utf-8")
    return rulebook(folder, cache=False)


def test_a_rule_that_is_off_is_named_and_judges_nobody(book: Rulebook, precise: Callable[..., Any]) -> None:
    assert not set(OFF) & {one.id for one in book.lineup}
    lines = precise("rules", "list").out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith(OFF)] == [[name, "off"] for name in OFF]


@pytest.mark.parametrize(
    ("rule", "change", "verdict", "says"),
    [
        ("DAPT-1", {"dual_antiplatelet": True}, "COMPLIANT", None),
        ("DAPT-1", {"dual_antiplatelet": False}, "DEVIATION", "No dual antiplatelet therapy at the 1-month contact"),
        ("DAPT-1", {}, "CANNOT_ASSESS", None),
        ("DAPT-1", {"status": "missed"}, "NOT_APPLICABLE", None),
        ("STAGED-1", {}, "NOT_APPLICABLE", None),
        ("STAGED-1", "2026-06-08T10:00:00+08:00", "COMPLIANT", None),
        ("STAGED-1", "2026-06-09T10:00:00+08:00", "DEVIATION", "Another lesion was treated after day 90 (assumed)"),
    ],
)
def test_it_judges_once_it_is_on(
    rule: str, change: Any, verdict: str, says: str | None, complete: dict[str, Any], all_on: Rulebook
) -> None:
    if isinstance(change, dict):
        complete["visits"][0] |= change
    else:
        lesion = copy.deepcopy(LATER)
        lesion["devices"][0]["at"] = change
        complete["lesions"].append(lesion)
    data = json.dumps(complete).encode()
    subject = Checker(all_on).subject(all_on.records.read(data), data)
    (found,) = [one for one in subject.verdicts if one.id == rule]
    assert found.verdict == verdict
    assert says is None or [one.en for one in found.says] == [says]


def test_why_it_is_off_has_to_be_said(rules_copy: Path) -> None:
    file = rules_copy / "eligibility.yaml"
    file.write_text(
        file.read_text("utf-8").replace("    kind: inclusion\n", "    kind: inclusion\n    enabled: false\n", 1)
    )
    with pytest.raises(RuleFileError, match="say why"):
        rulebook(rules_copy, cache=False)
