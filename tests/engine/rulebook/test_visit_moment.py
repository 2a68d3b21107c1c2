"""Visits across an amendment: every rule of a visit may declare the moment whose version of the protocol judges it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject

VERSIONS = [{"id": "1", "date": "2026-01-01"}, {"id": "2", "date": "2026-04-01"}]
PLUS = {"id": "w4.plus", "meaning": "how late", "type": "integer"}


@pytest.fixture
def make(small_trial: Any, tmp_path: Path) -> Callable[..., Rulebook]:
    """Makes a trial whose second version lets the visit be later: 28 days after the first dose, plus 2, then more."""

    def book(
        later: int, rule: dict[str, Any] | None = None, *, visit: dict[str, Any] | None = None, **declared: Any
    ) -> Rulebook:
        schedule = copy.deepcopy(small_trial.SCHEDULE) | declared
        schedule["visits"][0] |= {"plus": "w4.plus", **(visit or {})}
        values = [
            {"since": "1", "value": 2, "status": "assumed", "why": "a guess"},
            {"since": "2", "value": later, "status": "assumed", "why": "an amendment"},
        ]
        files: dict[str, Any] = {"schedule": schedule}
        if rule is not None:
            files["events"] = {"definitions": [DAY_OF], "rules": [rule]}
        more = {"versions": VERSIONS, "parameters": [{**PLUS, "values": values}]}
        return rulebook(small_trial.folder_of(tmp_path, protocol=more, **files), cache=False)

    return book


def _subject(book: Rulebook, contacts: Any, cutoff: str = "2026-06-01", started: str = "2026-03-01") -> Subject:
    document = {
        "schema_version": "1.0",
        "subject": "A",
        "fit": True,
        "started": f"{started}T09:00:00Z",
        "withdrew": False,
        "cutoff": f"{cutoff}T12:00:00Z",
        "contacts": contacts,
    }
    data = json.dumps(document).encode()
    return Checker(book).subject(book.records.read(data), data)


def _word(subject: Subject) -> str:
    return next(one.verdict for one in subject.verdicts if one.id == "VISIT-W4")


def _contact(date: str) -> list[dict[str, Any]]:
    return [{"visit": "W4", "status": "done", "mode": "clinic", "date": date}]


OWN = {
    "each": "visit",
    "kind": "conduct",
    "compliant_when": "contacts C aggregate done starting false: done or DayOf(C.date) <= {target} + {plus}",
    "findings": [{"code": "LATE", "when": "exists (contacts C where DayOf(C.date) > {target} + {plus})"}],
}
DAY_OF = {
    "define": "DayOf",
    "means": "the day of a contact",
    "operands": {"moment": "Date"},
    "as": "difference in days between (date from started) and moment",
}


@pytest.mark.parametrize("rule", [None, OWN], ids=["by default", "of the trial"])
@pytest.mark.parametrize(
    ("declared", "word"),
    [
        ({}, "DEVIATION"),
        ({"at": "enrollment"}, "DEVIATION"),
        ({"at": "visit"}, "COMPLIANT"),
        ({"at": "visit", "visit_on": "First(contacts C return C.date)"}, "COMPLIANT"),
        ({"visit": {"at": "visit"}}, "COMPLIANT"),
        ({"at": "visit", "visit": {"at": "enrollment"}}, "DEVIATION"),
    ],
)
def test_a_visit_is_judged_by_the_version_of_the_moment_that_is_declared(
    declared: dict[str, Any], word: str, rule: dict[str, Any] | None, make: Callable[..., Rulebook]
) -> None:
    assert _word(_subject(make(14, rule, **declared), _contact("2026-04-05"))) == word


def test_a_rule_of_visits_may_declare_it_itself(make: Callable[..., Rulebook]) -> None:
    rule = {**OWN, "at": "visit", "visit_on": "First(contacts C where C.visit = '{id}' return C.date)"}
    assert _word(_subject(make(14, rule), _contact("2026-04-05"))) == "COMPLIANT"


def test_a_visit_that_was_over_by_the_version_then_in_force_stays_missed(make: Callable[..., Rulebook]) -> None:
    book = make(40, at="visit")
    assert _word(_subject(book, [], cutoff="2026-04-20")) == "DEVIATION", "over on 31 March, the day before version 2"
    assert _word(_subject(book, [], cutoff="2026-04-20", started="2026-03-10")) == "NOT_DUE", "version 2 waits longer"


def test_a_visit_whose_day_is_known_in_part_points_at_that_day(make: Callable[..., Rulebook]) -> None:
    subject = _subject(make(14, at="visit"), _contact("2026"))
    assert _word(subject) == "CANNOT_ASSESS"
    (query,) = [one for one in subject.queries if one.rule == "VISIT-W4"]
    assert (query.pointer, query.ask.startswith("when, more exactly than ")) == ("/contacts/0/date", True)


def test_a_moment_without_a_day_is_refused(make: Callable[..., Rulebook]) -> None:
    with pytest.raises(RuleFileError, match="at: visit and visit_on, the day of the visit, belong together") as caught:
        make(14, OWN, at="visit", contacts=None)
    assert "events.yaml:" in str(caught.value)
    with pytest.raises(RuleFileError, match="belong together"):
        make(14, visit_on="withdrew_on")
