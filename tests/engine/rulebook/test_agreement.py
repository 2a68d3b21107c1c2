"""What stands twice or in vain in the files of a trial is refused when they are loaded, with its place."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARM = {"type": "words", "words": ["A", "B"], "reveals": True, "about": "the arm"}
ARMS = [{"code": code, "title": code, "quote": code} for code in ("A", "B")]
OUTCOME = {"id": "OUT-1", "kind": "outcome", "title": "x", "quote": "x", "source": "x", "occurred_when": "withdrew"}
SITES = {"sites": [{"id": "S1", "versions": {"1": "2026-01-10", "2": "2026-07-10"}}]}
VERSIONS = [{"id": "1", "date": "2026-01-01"}, {"id": "2", "date": "2026-06-01"}]


@pytest.fixture
def files(small_trial: Any) -> dict[str, Any]:
    record = copy.deepcopy(small_trial.RECORD)
    record["words"] = {"Colors": ["red"]}
    record["quantities"] = {"Mass": {"like": "kg", "about": "a mass"}}
    record["record"] |= {
        "arm": ARM,
        "color": {"type": "Colors", "about": "a color"},
        "weight": {"type": "Mass", "about": "the weight"},
    }
    record["roles"]["arm"] = "arm"
    criterion = {
        **small_trial.CRITERION,
        "ietestcd": "IN01",
        "says": [{"of": "NOT_MET", "en": "unfit", "zh": "不适合"}],
    }
    schedule = copy.deepcopy(small_trial.SCHEDULE)
    schedule["visits"][0]["plus"] = "visit.plus"
    plus = {"since": "2026-01-01", "value": 3, "status": "assumed", "why": "x"}
    return {
        "record": record,
        "protocol": {
            "arms": copy.deepcopy(ARMS),
            "versions": copy.deepcopy(VERSIONS),
            "parameters": [{"id": "visit.plus", "meaning": "x", "type": "integer", "values": [plus]}],
        },
        "eligibility": {"rules": [criterion]},
        "events": {"rules": [copy.deepcopy(OUTCOME)], "gate": {"requires": []}},
        "schedule": schedule,
        "sites": copy.deepcopy(SITES),
    }


def _put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(files: dict[str, Any]) -> None:
        here: Any = files
        for name in path[:-1]:
            here = here[name]
        here[path[-1]] = value

    return change


def _second_criterion(files: dict[str, Any]) -> None:
    files["eligibility"]["rules"].append({**copy.deepcopy(files["eligibility"]["rules"][0]), "id": "IC-2"})


SAYS = ("eligibility", "rules", 0, "says", 0, "of")
VISIT = ("schedule", "visits", 0)
REFUSED = {
    "two criteria of one SDTM name": (_second_criterion, "IC-2: IN01 is the ietestcd of IC-1"),
    "an arm twice": (_put("protocol", "arms", 1, "code", value="a"), "the arm a stands twice"),
    "an arm that no record names": (
        _put("protocol", "arms", 1, "code", value="C"),
        "C: arm, the role arm, never says it",
    ),
    "a gate that needs an outcome": (_put("events", "gate", "requires", value=["OUT-1"]), "which is of kind outcome"),
    "a gate that needs a criterion": (_put("events", "gate", "requires", value=["IC-1"]), "every criterion anyway"),
    "a sentence of another kind": (_put(*SAYS, value="PRESENT"), "IC-1: never says PRESENT; it says MET, NOT_MET"),
    "a word among sentences": (_put(*SAYS, value=["NOT_MET", "ABSENT"]), "IC-1: never says ABSENT"),
    "versions adopted backward": (
        _put("sites", "sites", 0, "versions", "1", value="2026-08-01"),
        "S1 adopted 2 on 2026-07-10, which should be later than 1, on 2026-08-01",
    ),
    "a window below zero": (_put(*VISIT, "minus", value=-1), "-1: a window has 0 days or more on either side"),
    "a parameter below zero": (
        _put("protocol", "parameters", 0, "values", 0, "value", value=-3),
        "-3: a window has 0 days or more on either side",
    ),
    "another word for done": (_put("schedule", "contacts", "done", value="finished"), "status is never finished"),
    "an excuse that is no word": (_put("schedule", "contacts", "excused", value=["ill"]), "status is never ill"),
    "a way that is no word": (_put(*VISIT, "modes", value=["phone"]), "mode is never phone; it is one of clinic"),
    "words of no field": (_put("record", "words", "Spare", value=["a"]), "Spare: no field of the record is of this"),
    "a quantity of no field": (
        _put("record", "quantities", "Spare", value={"like": "mm", "about": "x"}),
        "Spare: no field of the record is of this type",
    ),
    "a part of no field": (
        _put("record", "parts", "Spare", value={"a": {"type": "boolean", "about": "x"}}),
        "Spare: no field of the record is of this type",
    ),
}


def test_in_agreement(files: dict[str, Any], small_trial: Any, tmp_path: Path) -> None:
    rulebook(small_trial.folder_of(tmp_path, **files), cache=False)


@pytest.mark.parametrize(("change", "problem"), REFUSED.values(), ids=REFUSED)
def test_refused(
    change: Callable[[dict[str, Any]], None], problem: str, files: dict[str, Any], small_trial: Any, tmp_path: Path
) -> None:
    change(files)
    with pytest.raises(RuleFileError, match=problem) as refused:
        rulebook(small_trial.folder_of(tmp_path, **files), cache=False)
    assert all(place is not None and str(place).startswith(str(tmp_path)) for place, _ in refused.value.problems)


def test_a_parameter_that_other_files_name_is_used(files: dict[str, Any], small_trial: Any, tmp_path: Path) -> None:
    value = {"since": "2026-01-01", "status": "assumed", "why": "x"}
    files["protocol"]["parameters"] += [
        {"id": "plan.size", "meaning": "x", "type": "integer", "values": [{**value, "value": 9}]},
        {"id": "plan.start", "meaning": "x", "type": "date", "values": [{**value, "value": "2026-01-02"}]},
    ]
    folder = small_trial.folder_of(tmp_path, **files)
    with pytest.raises(RuleFileError, match="no rule uses this parameter") as refused:
        rulebook(folder, cache=False)
    assert len(refused.value.problems) == 2
    files["protocol"]["across"] = {"count": {"of": "arm", "at_most": "plan.size"}}
    folder = small_trial.folder_of(tmp_path, **files, report={"parameters": {"start": "plan.start"}})
    assert rulebook(folder, cache=False)
