"""What stands twice or in vain in the files of a trial is refused when they are loaded, with its place."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.cases import read_cases, run_case
from precise_cal.engine.lint import lint
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
            "study": copy.deepcopy(small_trial.STUDY),
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


def _order(*pairs: tuple[str, str]) -> Callable[[dict[str, Any]], None]:
    moments = [("start", "started"), ("end", "withdrew_on"), ("visit", "contacts.date")]
    table = {
        "rule": "ORDER",
        "finding": "ORDER_WRONG",
        "moments": [{"id": name, "name": name, "at": at} for name, at in moments],
        "order": [{"earlier": [one], "later": [other]} for one, other in pairs],
    }
    return _put("events", "chronology", value=table)


def _second_visit(**keys: Any) -> Callable[[dict[str, Any]], None]:
    def change(files: dict[str, Any]) -> None:
        files["schedule"]["visits"].append({**copy.deepcopy(files["schedule"]["visits"][0]), **keys})

    return change


def _plus(*values: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Other values of a parameter that a visit uses."""
    known = [{"status": "assumed", "why": "x", "value": 3, **one} for one in values]
    return _put("protocol", "parameters", 0, "values", value=known)


def _same_deviation(files: dict[str, Any]) -> None:
    _second_criterion(files)
    files["eligibility"]["rules"][1]["ietestcd"] = "IN02"
    for one in files["eligibility"]["rules"]:
        one["deviation"] = "DV-ELG-01"


def _criterion_and_finding(files: dict[str, Any]) -> None:
    entry = {"code": "DV-IC-1", "category": "X", "term": "X", "importance": "important", "why": "x"}
    files["deviations"] = {"criteria": {}, "deviations": [{**entry, "follows": {"findings": ["LATE"]}}]}
    files["events"]["rules"][0]["findings"] = [{"code": "LATE", "when": "withdrew"}]


def _row_that_ends(files: dict[str, Any]) -> None:
    value = {"since": "1", "until": "2", "value": "3", "status": "assumed", "why": "x"}
    rows = [{"key": "red", "values": [value]}]
    files["protocol"]["parameters"].append(
        {"id": "hue.limit", "meaning": "x", "type": "decimal", "by": ["color"], "lookup": "Limit", "rows": rows}
    )
    files["eligibility"]["rules"][0]["met_when"] = "fit and Limit(color) > 2"


FROM_1, FROM_SEPTEMBER = {"since": "1", "until": "2"}, {"since": "2026-09-01"}
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
    "a role that is no text": (_put("record", "roles", "participant", value="started"), "participant should be a text"),
    "a role that is no date": (_put("record", "roles", "day_zero", value="fit"), "day_zero should be a date"),
    "days from a role that is no date": (_put("schedule", "anchor", value="arm"), "arm: days are counted from a date"),
    "days of a visit from such a role": (_put(*VISIT, "anchor", value="left"), "left: days are counted from a date"),
    "an end that is no date": (_put("schedule", "left_at", value="withdrew"), "left_at should be a date or an instant"),
    "a visit twice": (_second_visit(), "the visit W4 stands twice: also at .*schedule.yaml:"),
    "a rule of two visits": (_second_visit(id="w4"), "the rule VISIT-W4 of a visit stands twice"),
    "contacts told by a date": (_put("schedule", "contacts", "visit", value="date"), "date is of the type date; visit"),
    "contacts dated by a word": (_put("schedule", "contacts", "date", value="mode"), "mode is of the type words; date"),
    "a deviation of two criteria": (_same_deviation, "IC-2: DV-ELG-01 is the deviation of IC-1"),
    "a deviation of a criterion and a finding": (_criterion_and_finding, "DV-IC-1 is the deviation of IC-1: findings"),
    "a finding twice": (
        _put("events", "rules", 0, "findings", value=[{"code": "LATE", "when": "withdrew"} for _ in range(2)]),
        "OUT-1: the finding LATE stands twice",
    ),
    "a word that no arm explains": (
        _put("protocol", "arms", value=ARMS[:1]),
        "B: no arm has this code, which arm, the",
    ),
    "a circle of two": (_order(("start", "end"), ("end", "start"), ("start", "visit")), "a circle: end < start < end"),
    "a circle of three": (
        _order(("start", "end"), ("end", "visit"), ("visit", "start")),
        "a circle: visit < start < end < visit",
    ),
    "values that leave a gap": (
        _plus(FROM_1, FROM_SEPTEMBER),
        "visit.plus: no value holds in 2, .*this one ends with 2",
    ),
    "a value that ends before its last use": (_plus(FROM_1), "begin the next one there .since: 2."),
    "a row that ends before its last use": (_row_that_ends, "hue.limit.red: no value holds in 2"),
    "two values from one day": (_plus(FROM_SEPTEMBER, FROM_SEPTEMBER), "another value begins with 2026-09-01 too"),
    "a value that ends before it begins": (_plus({"since": "2026-09-01", "until": "2026-03-01"}), "it never holds"),
    "half a month": (
        _put(
            "protocol",
            "parameters",
            0,
            value={
                "id": "visit.plus",
                "meaning": "x",
                "type": "duration",
                "unit": "months",
                "values": [{"since": "2026-01-01", "value": "0.5", "status": "assumed", "why": "x"}],
            },
        ),
        "'0.5' should be a whole number of months",
    ),
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


def test_values_that_follow_each_other_leave_no_gap(files: dict[str, Any], small_trial: Any, tmp_path: Path) -> None:
    files["protocol"]["versions"], files["sites"] = [], {"sites": [{"id": "S1"}]}
    _plus({"since": "2026-01-01", "until": "2026-05-01"}, {"since": "2026-05-01", "value": 4})(files)
    book = rulebook(small_trial.folder_of(tmp_path, **files), cache=False)
    assert [book.edition_of(key).visits[0].plus for key in book.timeline.keys] == [3, 4]


def test_moments_that_are_the_same_stand_in_one_order(files: dict[str, Any], small_trial: Any, tmp_path: Path) -> None:
    _order(("start", "end"), ("start", "visit"))(files)
    files["events"]["chronology"]["order"].append({"earlier": ["end", "visit"], "later": ["visit", "end"]})
    assert len(rulebook(small_trial.folder_of(tmp_path, **files), cache=False).chronology.pairs) == 6


def test_a_case_of_a_rule_that_does_not_hold_yet(files: dict[str, Any], small_trial: Any, tmp_path: Path) -> None:
    files["eligibility"]["rules"].append({**small_trial.CRITERION, "id": "IC-2", "since": "2"})
    folder = small_trial.folder_of(tmp_path, **files)
    (folder / "tests").mkdir()
    (folder / "tests" / "cases.yaml").write_text("IC-2:\n  - {case: early, from: one, expect: MET}\n", "utf-8")
    one = {"schema_version": "1.0", "subject": "A", "fit": True, "cutoff": "2026-02-01T09:00:00Z"}
    (folder / "tests" / "one.json").write_text(json.dumps(one), "utf-8")
    (outcome,) = [run_case(case, rulebook(folder, cache=False)) for case in read_cases(folder)]
    assert "IC-2 does not judge this participant: the version of the protocol" in str(outcome.problems)


def test_chinese_of_a_text_that_stands_nowhere(files: dict[str, Any], small_trial: Any, tmp_path: Path) -> None:
    folder = small_trial.folder_of(tmp_path, **files, chinese={"Week 4": "第四周"})
    assert lint(rulebook(folder, cache=False), folder)
    folder = small_trial.folder_of(tmp_path, **files, chinese={"Week 44": "第四周"})
    with pytest.raises(RuleFileError, match=r"chinese\.yaml:1:\d+: .Week 44.*did you mean .Week 4."):
        lint(rulebook(folder, cache=False), folder)


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
