"""A criterion of several laboratory results, each in its unit and all shortly before now, is met and failed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from precise_cal.cli.simulate_plan import about
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


SCREENED = {
    "define": "WasFresh",
    "means": "whether a sample is of the two weeks before the first dose, or before now",
    "operands": {"sample": "Lab"},
    "as": "sample.drawn <= Start and sample.drawn >= Start - 14 days",
}
START = {"define": "Start", "means": "the first dose, or now", "as": "Coalesce(started, Now())"}


def _screening(small_trial: Any, tmp_path: Path, **criterion: Any) -> Any:
    record = copy.deepcopy(small_trial.RECORD)
    record["quantities"] = {"Level": {"positive": True, "about": "a level"}}
    record["parts"]["Lab"] = LAB
    record["record"]["labs"] = {"type": "list of Lab", "about": "the results"}
    fresh = "labs L aggregate found starting false: found or (L.test = 'potassium' and WasFresh(L))"
    rules = {"definitions": [START, SCREENED], "rules": [{**small_trial.CRITERION, "met_when": fresh, **criterion}]}
    return rulebook(small_trial.folder_of(tmp_path / "trial", record=record, eligibility=rules), cache=False)


def test_who_waits_for_enrollment_is_as_known_on_that_day(small_trial: Any, tmp_path: Path) -> None:
    book = _screening(small_trial, tmp_path)
    made = participants(trial_of(book), Plan.model_validate({}), 12, 1)
    assert (made.missed, made.is_any_allowed, made.is_cut_short) == ((), True, False)
    waiting = [one for one in made.records if one.get("started") is None]
    assert {one["cutoff"] for one in made.records if one not in waiting} == {"2028-06-29T00:00:00+00:00"}
    assert all(one["cutoff"][:4] == "2026" for one in waiting), "results of two weeks are not those of years later"
    for one in made.records:
        assert all((lab["drawn"] or "") <= one["cutoff"] for lab in one["labs"] or ())


def test_what_cannot_be_met_is_named_and_ends(small_trial: Any, tmp_path: Path) -> None:
    never = "fit and not fit and WasFresh(First(labs))"
    trial = trial_of(_screening(small_trial, tmp_path, met_when=never))
    made = participants(trial, Plan.model_validate({}), 6, 1, effort=4_500)
    assert (made.missed, made.is_any_allowed) == ((("IC-1", "MET"),), False)
    assert [*about(made)][1] == "no record was met of which IC-1 says MET"


def test_the_search_is_bounded_whatever_the_trial(small_trial: Any, tmp_path: Path) -> None:
    made = participants(trial_of(_screening(small_trial, tmp_path)), Plan.model_validate({}), 6, 1, effort=500)
    assert (len(made.records), made.is_cut_short) == (6, True)
    assert "there are many rules" in [*about(made)][-1]


def test_no_two_participants_share_what_is_unique(small_trial: Any, tmp_path: Path) -> None:
    record = copy.deepcopy(small_trial.RECORD)
    record["record"]["kit"] = {"type": "text", "pattern": "^K[0-9]{3}$", "about": "the number of the kit"}
    across = {"unique": [{"field": "kit", "name": "the kit"}]}
    book = rulebook(small_trial.folder_of(tmp_path / "trial", record=record, protocol={"across": across}), cache=False)
    kits = [one["kit"] for one in participants(trial_of(book), Plan.model_validate({}), 12, 1).records if one["kit"]]
    assert len(set(kits)) == len(kits) > 6


def test_a_cut_off_that_is_a_date_stays_one(small_trial: Any, tmp_path: Path) -> None:
    record = copy.deepcopy(small_trial.RECORD)
    record["record"]["cutoff"] = {"type": "date", "about": "up to which day data are here"}
    record["record"]["started"] = {"type": "date", "about": "the day of the first dose"}
    book = rulebook(small_trial.folder_of(tmp_path / "trial", record=record), cache=False)
    made = participants(trial_of(book), Plan.model_validate({"first_day": "2026-03-02", "days": 30}), 5, 1)
    assert made.missed == ()
    assert {len(one["cutoff"]) for one in made.records} == {10}
    assert all(one["started"] <= one["cutoff"] for one in made.records if one.get("started"))
