"""``deviations.yaml``: each code once, vocabularies derived, and what a folder without the file means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = {
    "twice": ("code: DV-CON-02,", "code: DV-CON-01,", "the deviation DV-CON-01 stands twice"),
    "unknown finding": ("[CONSENT_MISSING]", "[CONSENT_MISING]", "DV-CON-01: no rule has the finding CONSENT_MISING"),
    "unknown variant": ("{VISIT_M12_NOT_DONE:", "{VISIT_M24_NOT_DONE:", "no rule has the finding VISIT_M24_NOT_DONE"),
    "unused finding": (", QFR_NOT_DONE]", "]", "QFR_NOT_DONE: no deviation of deviations.yaml follows"),
    "unused deviation": ("     found_by: gate}", "     once: false}", "DV-RND-03: follows from no finding and no rule"),
    "unknown blank": ("criterion {number}", "criterion {place}", "{place} stands for nothing; there are {id}, {kind}"),
    "unknown copy": ("done: {copy: done}", "done: {copy: finished}", "'finding' has no field 'finished' to copy"),
}


@pytest.mark.parametrize(("old", "new", "problem"), REFUSED.values(), ids=REFUSED)
def test_refused(old: str, new: str, problem: str, rules_copy: Path) -> None:
    file = rules_copy / "deviations.yaml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(RuleFileError) as refused:
        rulebook(rules_copy, cache=False)
    assert problem in str(refused.value)
    assert str(rules_copy) in str(refused.value)


def test_each_code_stands_once_in_the_bundled_file() -> None:
    text = (bundled() / "deviations.yaml").read_text("utf-8")
    codes = [one["code"] for one in yaml.safe_load(text)["deviations"]]
    assert {code for code in codes if text.count(code) > 1} == {"DV-TRT-02"}, "the one that a rule concludes"
    assert "DV-ELG-01" not in text


def test_a_folder_with_record_protocol_and_eligibility_has_the_deviations_of_criteria(
    rules_copy: Path, complete: dict[str, Any]
) -> None:
    for name in ("events.yaml", "deviations.yaml", "schedule.yaml", "report.yaml"):
        (rules_copy / name).unlink()
    _keep_criterion(rules_copy, "EX-7")
    book = rulebook(rules_copy, cache=False)
    complete["antiplatelet"] = {"dual_therapy_tolerated": False}
    assert _found(book, complete) == [
        ("DV-EX-7", "SELECTION CRITERIA NOT MET: EX-7", "randomized against exclusion criterion 7")
    ]
    complete["antiplatelet"] = {}
    assert [one[:2] for one in _found(book, complete)] == [("DV-ELG-90", "ELIGIBILITY NOT VERIFIABLE: EX-7")]


def test_without_a_file_each_finding_is_a_deviation(rules_copy: Path, complete: dict[str, Any]) -> None:
    for name in ("deviations.yaml", "report.yaml"):  # which names deviations of the other one
        (rules_copy / name).unlink()
    complete["consent"]["written"] = False
    found = _found(rulebook(rules_copy, cache=False), complete)
    assert ("DV-CONSENT-MISSING", "CONSENT MISSING", "nothing says how much it matters") in found


def _keep_criterion(folder: Path, rule: str) -> None:
    """One criterion alone, without definitions, scopes and parameters."""
    eligibility = yaml.safe_load((folder / "eligibility.yaml").read_text("utf-8"))
    rules = [one for one in eligibility["rules"] if one["id"] == rule]
    del rules[0]["deviation"]
    (folder / "eligibility.yaml").write_text(yaml.safe_dump({"rules": rules}), "utf-8")
    protocol = yaml.safe_load((folder / "protocol.yaml").read_text("utf-8"))
    kept = {"study": protocol["study"], "arms": protocol["arms"]}
    (folder / "protocol.yaml").write_text(yaml.safe_dump(kept), "utf-8")


def _found(book: Any, document: dict[str, Any]) -> list[tuple[str, str, str]]:
    data = json.dumps(document).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    return [(one.code, one.term, one.why) for one in subject.deviations]
