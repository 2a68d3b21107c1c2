"""What is asked: for the datum that decides, at the place where it belongs."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.protocol.report import Subject

DEAD = {"visits": [], "qfr_measurements": [], "events": []}
REFUTED = {"type": "mi", "onset": "2026-03-20", "vessel": "LAD", "fatal": True, "adjudication": "refuted"}


@pytest.mark.parametrize(
    "changes",
    [
        {"disposition": {"status": "died", "date": "2026-03-20"}},
        {"disposition": None, "last_contact": {"date": "2026-03-20", "vital_status": "dead"}},
        {"disposition": {"status": "died", "date": "2026-03-20"}, "events": [REFUTED]},
    ],
    ids=["disposition", "last contact", "beside a refuted event"],
)
def test_a_death_without_its_cause_is_asked_for_as_an_event(
    changes: dict[str, Any], complete: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    queries = judge(complete | DEAD | changes).queries
    for rule in ("MACE-1", "THROMB-1"):
        (query,) = [one for one in queries if one.rule == rule]
        ask = "the death as an event, with its cause; its date as recorded: 2026-03-20"
        assert (query.pointer, query.ask) == ("/events", ask)


@pytest.mark.parametrize("events", [[], [{"type": "death", "onset": "2026-03-11T10:00:00+08:00", "fatal": True}]])
def test_a_marker_that_is_missing_is_asked_for_among_the_samples(
    events: list[Any], complete: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    queries = judge(complete | {"labs": complete["labs"][:1], "events": events}).queries
    assert [one.pointer for one in queries if one.rule == "PERI-4"] == ["/labs"]


def asked(judge: Any, document: dict[str, Any], rule: str) -> list[tuple[str, str]]:
    return [(one.pointer, one.ask) for one in judge(document).queries if one.rule == rule]


BETWEEN = "the site QFR of the LAD acquired between 09:40 (last modification) and 10:10 (randomization)"


@pytest.mark.parametrize(
    ("change", "rule", "query"),
    [
        (
            {"value": "0.804"},
            "IC-7",
            ("/qfr_measurements/0/value", "which QFR is right: 0.804 is recorded, “0.88” was printed"),
        ),
        (
            {"reported_text": "see film"},
            "IC-7",
            ("/qfr_measurements/0/reported_text", "the QFR as the software printed it: “see film” is no number"),
        ),
        ({"acquired_at": "2026-03-10T09:30:00+08:00"}, "IC-7", ("/qfr_measurements", BETWEEN)),
        ({"assessor": "core_lab"}, "IC-7", ("/qfr_measurements", BETWEEN)),
    ],
)
def test_one_datum_is_asked_for_that_a_site_can_answer(
    change: dict[str, Any], rule: str, query: tuple[str, str], complete: dict[str, Any], judge: Any
) -> None:
    complete["qfr_measurements"][0] |= change
    assert asked(judge, complete, rule) == [query]


def test_a_vessel_that_was_not_measured_is_asked_for_by_name_and_time(complete: dict[str, Any], judge: Any) -> None:
    assert asked(judge, complete | {"qfr_measurements": None}, "IC-7") == [("/qfr_measurements", BETWEEN)]
    second = copy.deepcopy(complete["lesions"][0]) | {"lesion_id": "L2", "vessel": "RCA"}
    complete["lesions"].append(second)
    (query,) = asked(judge, complete, "IC-7")
    assert query[1].startswith("the site QFR of the RCA ")


def test_a_low_filtration_rate_is_asked_about_where_dialysis_stands(complete: dict[str, Any], judge: Any) -> None:
    complete["renal"]["egfr"] = {"value": "12", "unit": "mL/min/{1.73_m2}"}
    text = "whether renal failure at a filtration rate of 12 mL/min/{1.73_m2} requires dialysis"
    assert asked(judge, complete, "EX-2") == [("/renal/dialysis_required", text)]


def test_who_withdrew_is_asked_for_the_last_contact(complete: dict[str, Any], judge: Any) -> None:
    complete |= {"visits": complete["visits"][:1], "disposition": {"status": "withdrawn", "date": "2026-04-19"}}
    text = "when the participant was last known to be alive or dead, on day 365 after the procedure or later"
    assert asked(judge, complete, "MACE-1") == [("/last_contact/date", text)]


def test_no_reason_invites_to_falsify(judge: Any, complete: dict[str, Any]) -> None:
    """A word or a truth value is never required of conduct; a limit is."""
    complete["consent"]["form_version_in_force"] = "2.0"
    complete["qfr_measurements"] = complete["qfr_measurements"][:1]
    complete["visits"][0]["date"] = "2026-04-20"
    complete["randomization"]["at"] = "2026-03-10T10:01:00+08:00"
    subject = judge(complete)
    conduct = {one.id: one for one in subject.verdicts if one.kind == "conduct"}
    assert [conduct[name].verdict for name in ("CONSENT-1", "GATE-1", "QFR-12M", "FU-1M")] == ["DEVIATION"] * 4
    required = {why.required for one in conduct.values() for why in one.because}
    assert all(one is None or one[0] in "<>" for one in required)
    assert any(required)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{when: demographics.sex = 'male', field: demographics.sex, ask: 'the { $x }'}", r"\$x is no value of this"),
        ("{when: demographics.sex = 'male', field: demographics.sex, values: {x: '1'}, ask: it}", "does not name this"),
        (
            "{when: demographics.sex = 'male', item: First(labs), field: labs.value, ask: it}",
            "labs.value is no field of the item",
        ),
    ],
)
def test_a_question_is_checked_when_it_is_loaded(query: str, said: str, rules_copy: Path) -> None:
    file = rules_copy / "eligibility.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("    queries:\n", f"    queries:\n      - {query}\n", 1), "utf-8")
    with pytest.raises(RuleFileError, match=said):
        rulebook(rules_copy, cache=False).edition(None)
