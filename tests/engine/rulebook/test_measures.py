"""What a condition holds against each other and never can be is refused when rules are loaded, with its place."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from pathlib import Path

QUANTITIES = {"Mass": {"like": "kg", "about": "a mass"}, "Time": {"like": "ms", "about": "a time"}}
FIELDS = {
    "weight": {"type": "Mass", "about": "the weight"},
    "qtc": {"type": "Time", "about": "the interval"},
    "points": {"type": "integer", "about": "the points"},
    "samples": {"type": "list of Sample", "about": "the samples"},
}
SAMPLE = {"$measured": "Mass", "drawn": {"type": "date", "about": "when"}}
VALUE = {"since": "2026-01-01", "value": "500", "status": "assumed", "why": "x"}
TABLE = {"id": "time.of", "meaning": "x", "type": "quantity", "unit": "ms", "by": ["status"], "lookup": "TimeOf"}
PARAMETERS = [
    {"id": "mass.max", "meaning": "x", "type": "quantity", "unit": "g", "informative": True, "values": [VALUE]},
    {"id": "stay.max", "meaning": "x", "type": "duration", "unit": "days", "informative": True, "values": [VALUE]},
    {**TABLE, "informative": True, "rows": [{"key": "done", "values": [VALUE]}]},
]
DEFINITIONS = [
    {"define": "Heavier", "means": "x", "operands": {"limit": "Quantity"}, "as": "weight > limit"},
    {"define": "Least", "means": "x", "as": "if fit then mass.max else weight"},
]

REFUSED = {
    "qtc > mass.max": "`qtc > mass.max` is unknown for every record: qtc .ms. and mass.max .g. are of different kinds",
    "qtc > weight * 2": "qtc .ms. and weight .kg. are of different kinds",
    "qtc < 3 'kg'": "qtc .ms. and 3 kg .kg.",
    "qtc in Interval[3 'kg', 4 'kg']": "qtc .ms. and 3 kg .kg.",
    "weight >= stay.max": "weight .kg. and stay.max .d.",
    "weight >= TimeOf('done')": "time.of.done of TimeOf .ms.",
    "weight > 80": "weight .kg. and 80 1 .1.",
    "Heavier(3 's')": "`weight > limit` is unknown",
    "qtc > Least": "qtc .ms. and mass.max of Least .g.",
    "(samples S aggregate some starting false: some or S.quantity > 3 's')": "quantity .kg. and 3 s .s.",
    "(convert weight to 's') > 3 's'": "`convert weight to 's'` is unknown",
    "weight + stay.max > 3 'kg'": "`weight . stay.max` is unknown",
    "started + 3 'kg' < Now()": "a date .s. and 3 kg .kg.",
    "mass.max + 3 days < weight": "is unknown for every record",
    "weight = null": "`weight = null` is unknown for every record: where it is to tell",
    "fit = 'yes'": "`fit = 'yes'` compares a truth value with a word, which are never equal",
    "points = 'three'": "compares a number with a word",
    "withdrew_on != '2026-01-01'": "compares a date with a word",
}
ACCEPTED = (
    "weight > mass.max / 3",
    "weight / 2 < 3 'kg' or weight = Least",
    "qtc < 1 's' and qtc > TimeOf('done')",
    "stay.max > 3 hours and started + stay.max < Now()",
    "(weight / (3 'm' * 3 'm')) < 30 'kg/m2'",
    "(samples S aggregate some starting false: some or S.quantity < weight * 0.5)",
    "weight is null or points = 3 or withdrew_on = started",
)


def _folder(condition: str, small_trial: Any, folder: Path) -> Path:
    record = copy.deepcopy(small_trial.RECORD)
    record["quantities"], record["parts"]["Sample"] = QUANTITIES, SAMPLE
    record["record"] |= FIELDS
    named = [one for one in DEFINITIONS if one["define"] in condition]
    rules = {"rules": [{**small_trial.CRITERION, "met_when": condition}], "definitions": named}
    parameters = json.loads(json.dumps(PARAMETERS))  # YAML of this house has no references
    made: Path = small_trial.folder_of(folder, record=record, eligibility=rules, protocol={"parameters": parameters})
    return made


@pytest.mark.parametrize(("condition", "problem"), REFUSED.items(), ids=REFUSED)
def test_refused(condition: str, problem: str, small_trial: Any, tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match=problem) as refused:
        rulebook(_folder(condition, small_trial, tmp_path), cache=False)
    (place, _) = refused.value.problems[0]
    assert str(place).startswith(str(tmp_path / "eligibility.yaml:"))


@pytest.mark.parametrize("condition", ACCEPTED)
def test_accepted(condition: str, small_trial: Any, tmp_path: Path) -> None:
    assert rulebook(_folder(condition, small_trial, tmp_path), cache=False)
