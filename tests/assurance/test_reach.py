"""Bounds follow from the rules: no limit seems to decide nothing since no record that is looked at comes near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")

from precise_cal.assurance.answer import Topic
from precise_cal.assurance.prove import Limits
from precise_cal.assurance.proving import prove, tasks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.assurance.answer import Answer
    from precise_cal.engine.rulebook.rulebook import Rulebook

AGE = "years between born and @2026-03-10"


def _answers(book: Rulebook, *topics: Topic) -> dict[str, Answer]:
    return {one.question: one for one in prove(book, tasks_of(book, topics), Limits(20))}


@pytest.mark.parametrize(
    "condition",
    [
        f"{AGE} <= 85",
        "born + 90 years >= @2026-03-10",
        "born >= @1950-01-01",
        "Count(contacts) >= 4",
        "Count(contacts C where C.status = 'done') < 5",
        "(contacts C aggregate n starting 0: if C.status = 'done' then n + 1 else n) > 3",
    ],
)
def test_a_limit_far_from_most_records_is_reached(trial: Callable[..., Rulebook], condition: str) -> None:
    answers = _answers(trial(IC_1=condition), Topic.VERDICTS)
    assert [answers[f"IC-1 can be {word}"].outcome for word in ("MET", "NOT_MET")] == ["yes", "yes"]


def test_a_limit_by_a_definition_is_reached(trial: Callable[..., Rulebook]) -> None:
    definitions = {"Done": "Count(contacts C where C.status = 'done')", "Age": AGE}
    answers = _answers(trial(definitions, IC_1="Done >= 3 or Age > 70"), Topic.ATOMS)
    assert {one.outcome for one in answers.values()} == {"yes"}


def test_what_is_counted_beyond_all_bounds_is_not_decided(trial: Callable[..., Rulebook]) -> None:
    answers = _answers(trial(IC_1="Count(contacts) >= 30"), Topic.VERDICTS, Topic.LEARNING, Topic.ATOMS, Topic.GATE)
    never = answers["IC-1 can be MET"]
    assert (never.outcome, never.bound) == ("not decided", "")
    assert never.because == "lists of up to 6 items are looked at, and up to 31 are counted"
    assert answers["IC-1 can be NOT_MET"].outcome == "yes"
    assert answers["“Count(contacts) >= 30” decides a verdict of IC-1"].because == never.because
    assert answers["the gate can say ALLOW"].because == never.because
