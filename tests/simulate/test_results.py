"""A criterion of several laboratory results, each in its unit and all shortly before now, is met and failed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from precise_cal.cli.simulate_trial import trial_of
from precise_cal.engine.rulebook import rulebook
from precise_cal.simulate.participants import participants
from precise_cal.simulate.plan import Plan

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = {"neutrophils": "1.5 '10*9/L'", "hemoglobin": "9 'g/dL'", "potassium": "3.5 'mmol/L'", "weight": "40 'kg'"}
FURTHER = ("alt", "ast")
LAB = {
    "$quantity": "value unit",
    "test": {"type": "words", "words": [*LIMITS, *FURTHER], "about": "which"},
    "value": {"type": "decimal", "about": "what"},
    "unit": {"type": "unit", "about": "in which unit"},
    "uln": {"type": "Level", "about": "the upper limit"},
    "drawn": {"type": "instant", "about": "when"},
}
FRESH = {
    "define": "IsFresh",
    "means": "whether a sample is of a kind, and of the two weeks before now",
    "operands": {"sample": "Lab", "test": "String"},
    "as": "sample.test = test and sample.drawn <= Now() and sample.drawn >= Now() - 14 days",
}


def test_results_in_a_window_before_now(small_trial: Any, tmp_path: Path) -> None:
    record = copy.deepcopy(small_trial.RECORD)
    record["quantities"] = {"Level": {"positive": True, "about": "a level"}}
    record["parts"]["Lab"] = LAB
    record["record"]["labs"] = {"type": "list of Lab", "about": "the results"}
    asked = [_some(test, f"L.quantity >= {limit}") for test, limit in LIMITS.items()]
    asked += [_some(test, "L.quantity <= L.uln * 2.5") for test in FURTHER]
    criterion = {**small_trial.CRITERION, "met_when": " and ".join(asked)}
    rules = {"definitions": [FRESH], "rules": [criterion]}
    book = rulebook(small_trial.folder_of(tmp_path / "trial", record=record, eligibility=rules), cache=False)
    made = participants(trial_of(book), Plan.model_validate({}), 6, 1)
    assert (made.missed, made.is_any_allowed) == ((), True)


def _some(test: str, condition: str) -> str:
    return f"(labs L aggregate found starting false: found or (IsFresh(L, '{test}') and {condition}))"
