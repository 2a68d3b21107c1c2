"""``schedule.yaml``: visits as data, the rule of a visit written once, and a rule by default."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook


@pytest.fixture
def book(tmp_path: Path, small_trial: Any) -> Rulebook:
    """A trial of four files: no events, no deviations, no rule of a visit."""
    return rulebook(small_trial.folder_of(tmp_path, schedule=small_trial.SCHEDULE), cache=False)


def _judged(book: Rulebook, cutoff: str, contacts: Any, **more: Any) -> tuple[str, list[str]]:
    document = {
        "schema_version": "1.0",
        "subject": "A",
        "fit": True,
        "started": "2026-03-01T09:00:00Z",
        "contacts": contacts,
    }
    data = json.dumps(document | {"cutoff": f"{cutoff}T12:00:00Z"} | more).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    verdict = next(one for one in subject.verdicts if one.id == "VISIT-W4")
    return verdict.verdict, [one.code for one in subject.deviations]


def _contact(date: str | None, status: str = "done", mode: str | None = "clinic") -> list[dict[str, Any]]:
    return [{"visit": "W4", "status": status, "mode": mode, "date": date}]


LATER, BEFORE, WITHIN = "2026-05-01", "2026-03-20", "2026-03-27"


@pytest.mark.parametrize(
    ("cutoff", "contacts", "more", "expected"),
    [
        (LATER, _contact("2026-03-29"), {}, ("COMPLIANT", [])),
        (LATER, _contact("2026-03-26"), {}, ("COMPLIANT", [])),
        (LATER, _contact("2026-03-25"), {}, ("DEVIATION", ["DV-VISIT-W4-OUT-OF-WINDOW"])),
        (LATER, _contact("2026-04-02"), {}, ("DEVIATION", ["DV-VISIT-W4-OUT-OF-WINDOW"])),
        (LATER, _contact("2026-03-29", mode="telephone"), {}, ("DEVIATION", ["DV-VISIT-W4-IN-ANOTHER-WAY"])),
        (LATER, _contact(None, "missed", None), {}, ("DEVIATION", ["DV-VISIT-W4-NOT-DONE"])),
        (LATER, [], {}, ("DEVIATION", ["DV-VISIT-W4-NOT-DONE"])),
        (LATER, None, {}, ("CANNOT_ASSESS", [])),
        (LATER, _contact("2026-03-29", mode=None), {}, ("CANNOT_ASSESS", [])),
        (LATER, _contact(None), {}, ("CANNOT_ASSESS", [])),
        (LATER, _contact(None, "refused", None), {}, ("NOT_APPLICABLE", [])),
        (BEFORE, None, {}, ("NOT_DUE", [])),
        (WITHIN, [], {}, ("NOT_DUE", [])),
        (WITHIN, _contact("2026-03-27"), {}, ("COMPLIANT", [])),
        (LATER, [], {"withdrew": True, "withdrew_on": "2026-03-10"}, ("NOT_APPLICABLE", [])),
        (LATER, [], {"withdrew": True, "withdrew_on": "2026-04-20"}, ("DEVIATION", ["DV-VISIT-W4-NOT-DONE"])),
        (LATER, [], {"withdrew": True}, ("CANNOT_ASSESS", [])),
        (LATER, [], {"started": None}, ("NOT_APPLICABLE", [])),
    ],
)
def test_the_rule_by_default(
    cutoff: str, contacts: Any, more: dict[str, Any], expected: tuple[str, list[str]], book: Rulebook
) -> None:
    more = {"withdrew": False, **more}
    assert _judged(book, cutoff, contacts, **more) == expected


def test_the_schedule_is_data(book: Rulebook) -> None:
    (one,) = book.edition(None).visits
    assert (one.id, one.rule, one.anchor, one.day, one.minus, one.plus) == ("W4", "VISIT-W4", "day_zero", 28, 3, 3)
    assert (one.status, one.modes) == ("registry", ("clinic",))


def test_the_bundled_schedule_names_parameters() -> None:
    visits = rulebook(bundled()).edition(None).visits
    assert [(one.id, one.rule, one.day, one.minus, one.plus, one.status) for one in visits] == [
        ("M1", "FU-1M", 30, 7, 7, "assumed"),
        ("M6", "FU-6M", 180, 14, 14, "assumed"),
        ("M12", "FU-12M", 365, 30, 30, "assumed"),
    ]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("visits", 0, "id"), "W5", "the record never says W5; it says W4"),
        (("visits", 0, "target"), "visit.day", "visit.day is no parameter of type integer"),
        (("visits", 0, "anchor"), "treated", "the trial has no role treated to count days from"),
        (("visits", 0, "tarket"), 1, '"tarket" is no key here; did you mean "target"?'),
        (("contacts", "date"), "day", '"day" is no field of contacts; there are visit, status, mode, date'),
        (("contacts", "list"), "visits", '"visits" is no list of parts of the record'),
        (("contacts",), None, "no rule with `each: visit` judges these visits"),
    ],
)
def test_refused(path: tuple[Any, ...], value: Any, problem: str, tmp_path: Path, small_trial: Any) -> None:
    schedule = json.loads(json.dumps(small_trial.SCHEDULE))
    *above, last = path
    owner = schedule
    for step in above:
        owner = owner[step]
    owner[last] = value
    with pytest.raises(RuleFileError) as refused:
        rulebook(small_trial.folder_of(tmp_path, schedule=schedule), cache=False)
    assert problem in str(refused.value)
    assert "schedule.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("visits: [M1, M6]", "visits: [M1, M7]", "M7 is no visit of schedule.yaml; there are M1, M6, M12"),
        ("- each: visit", "- each: vessel", '"each" is "visit"'),
        ("IsVisitOwed('{id}', {target} + {plus})\n", "IsVisitOwde('{id}', {target} + {plus})\n", "IsVisitOwde"),
    ],
)
def test_a_wrong_rule_of_visits_is_told_where_it_is_written(old: str, new: str, problem: str, rules_copy: Path) -> None:
    file = rules_copy / "events.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(RuleFileError, match=r"events\.yaml:") as refused:
        rulebook(rules_copy, cache=False)
    line = text[: text.index(old)].count("\n") + 1
    assert any(problem in said and place and place.line == line for place, said in refused.value.problems)
