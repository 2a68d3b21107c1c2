"""Questions about all records of a small trial: what can occur is shown by a record, what cannot is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")

from precise_cal.assurance.answer import Topic
from precise_cal.assurance.evidence import proofs_of_run
from precise_cal.assurance.prove import Joint, Limits
from precise_cal.assurance.proving import prove, tasks_of
from precise_cal.assurance.records import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.assurance.answer import Answer
    from precise_cal.engine.rulebook.rulebook import Rulebook

LIMITS = Limits(20, Bounds(2))


def _answers(book: Rulebook, *topics: Topic, jobs: int = 1) -> list[Answer]:
    return list(prove(book, tasks_of(book, topics), LIMITS, jobs))


def _outcomes(book: Rulebook) -> dict[str, str]:
    return {one.question: one.outcome for one in _answers(book, Topic.VERDICTS, Topic.GATE)}


def test_each_verdict_that_occurs_comes_with_a_record_that_the_engine_judges_so(trial: Callable[..., Rulebook]) -> None:
    answers = _answers(trial(IC_1="age >= 18 and fit", EX_1="dose > 5 'mg'"), Topic.VERDICTS, Topic.GATE)
    assert {one.outcome for one in answers} == {"yes"}
    assert [one.question for one in answers][-2:] == ["the gate can say ALLOW", "one participant can keep every rule"]
    assert all(one.record is not None for one in answers)


@pytest.mark.parametrize(
    ("condition", "never"),
    [
        ("age >= 18 and age < 18", "MET"),
        ("age > 130", "MET"),
        ("dose < 1 'g'", "NOT_MET"),
        ("dose > 1 'g'", "MET"),
        ("born <= @2020-01-31 and born > @2020-01-31", "MET"),
        ("fit or not fit", "NOT_MET"),
        ("fit is null or fit", "UNKNOWN"),
        ("exists (contacts C where C.visit = 'W4') and not (exists contacts)", "MET"),
        ("years between born and @2026-03-10 >= 18 and born > @2008-03-10", "MET"),
        ("born + 6 months < born", "MET"),
        ("(Count(contacts) > 0) and contacts is null", "MET"),
        ("age >= 70 and age <= 60", "MET"),
        ("dose + dose < dose", "MET"),
    ],
)
def test_a_verdict_that_cannot_occur_is_named(trial: Callable[..., Rulebook], condition: str, never: str) -> None:
    found = _outcomes(trial(IC_1=condition))
    assert found[f"IC-1 can be {never}"] == "no"


@pytest.mark.parametrize(
    "condition",
    [
        "dose + dose > 100 'mg' and dose < 60 'mg'",
        "dose - 2 'mg' = 1 'mg'",
        "(if fit then 2 'mg' else dose) = 2 'mg' and dose is null",
    ],
)
def test_a_verdict_that_quantities_computed_lead_to_is_shown(trial: Callable[..., Rulebook], condition: str) -> None:
    assert _outcomes(trial(IC_1=condition))["IC-1 can be MET"] == "yes"


def test_criteria_that_contradict_each_other_let_nobody_pass(trial: Callable[..., Rulebook]) -> None:
    found = _outcomes(trial(IC_1="age >= 18", EX_1="age > 17"))
    assert found.pop("the gate can say ALLOW") == found.pop("one participant can keep every rule") == "no"
    assert set(found.values()) == {"yes"}


def test_what_has_no_translation_is_named(trial: Callable[..., Rulebook]) -> None:
    (answer, *_) = _answers(trial(IC_1="Length(subject) > 3"))
    assert (answer.outcome, answer.because) == ("not translated", "Length")


def test_a_record_may_be_asked_of_several_rules_at_once(trial: Callable[..., Rulebook]) -> None:
    asked = Joint(trial(IC_1="age >= 18", EX_1="age >= 16"), ("IC-1", "EX-1"), LIMITS)
    found = asked.some("both", {"IC-1": ("NOT_MET",), "EX-1": ("PRESENT",)}).record
    assert found is not None
    assert found["age"] in (16, 17)
    assert asked.some("neither", {"IC-1": ("MET",), "EX-1": ("ABSENT",)}).outcome == "no"


def test_the_command_prints_answers_and_records(
    trial: Callable[..., Rulebook], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    trial(IC_1="age >= 18 and age < 18")
    said = precise("rules", "prove", "--trial", tmp_path, "--verbose", "--rule", "IC-1")
    assert said.status == 1
    assert "IC-1 can be MET: no" in said.out
    assert json.loads(said.out.splitlines()[2])["schema_version"] == "1.0"


def test_processes_that_share_the_work_answer_the_same_in_the_same_order(trial: Callable[..., Rulebook]) -> None:
    book = trial(IC_1="age >= 18", EX_1="age > 17")
    alone, shared = ([(one.question, one.outcome) for one in _answers(book, jobs=jobs)] for jobs in (1, 2))
    assert alone == shared


def test_only_what_is_not_so_is_printed_without_verbose(
    trial: Callable[..., Rulebook], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    trial(IC_1="age >= 18")
    said = precise("rules", "prove", "--trial", tmp_path, "--about", "verdicts")
    assert (said.status, said.out) == (0, "3 questions: 3 yes, 0 no, 0 open\n")


def test_an_answer_names_its_bound(trial: Callable[..., Rulebook]) -> None:
    book = trial(IC_1="age > 130", IC_2="Count(contacts) > 0 and Count(contacts) < 1")
    bounds = {one.question: one.bound for one in _answers(book, Topic.VERDICTS)}
    assert bounds["IC-1 can be MET"] == "exact"
    assert bounds["IC-1 can be NOT_MET"] == "shown by a record"
    assert bounds["IC-2 can be MET"] == "exact up to 2 items of a list"


def test_what_takes_longer_than_it_may_is_not_decided(trial: Callable[..., Rulebook]) -> None:
    hard = " and ".join(f"born + {n} months > born + {2 * n} days" for n in range(3, 40))
    book = trial(IC_1=hard)
    (answer, *_) = prove(book, tasks_of(book, [Topic.VERDICTS]), Limits(0.001))
    assert answer.outcome == "not decided"
    assert answer.bound.startswith("in 0.")


@pytest.mark.slow
def test_each_verdict_of_the_bundled_rules_occurs_and_the_gate_can_allow(book: Rulebook, keep_evidence: Any) -> None:
    topics = (Topic.VERDICTS, Topic.GATE)
    answers = list(prove(book, tasks_of(book, topics), Limits(60), jobs=2))
    keep_evidence("proofs-verdicts", proofs_of_run(book, 60, topics, (), answers))
    assert {one.outcome for one in answers} == {"yes"}


@pytest.mark.parametrize(
    ("condition", "word", "outcome"),
    [
        ("subject != 'A'", "MET", "yes"),
        ("device != 'left atrium'", "MET", "yes"),
        ("device = 'left atrium'", "MET", "no"),
        ("lot != 'AB123'", "MET", "yes"),
        ("lot = 'AB123'", "MET", "yes"),
        ("lot = 'other'", "MET", "no"),
        ("pump is not null and pump.worn_since is null", "MET", "no"),
        ("pump is not null and pump.worn_since is null", "NOT_MET", "yes"),
        ("(Min(contacts C return C.date)) > @2026-03-10", "MET", "yes"),
        ("Max(contacts C return C.date) > @2026-03-10 and Min(contacts C return C.date) < @2026-03-10", "MET", "yes"),
    ],
)
def test_a_record_that_is_found_is_one(trial: Callable[..., Rulebook], condition: str, word: str, outcome: str) -> None:
    """An identifier has no blanks, a part of which nothing is known is none, the earliest of dates is one of them."""
    assert _outcomes(trial(IC_1=condition))[f"IC-1 can be {word}"] == outcome


def test_an_atom_is_shown_with_the_parentheses_within_it(trial: Callable[..., Rulebook]) -> None:
    answers = _answers(trial(IC_1="fit and (years between born and @2026-03-10) >= 18 and (age) > 3"), Topic.ATOMS)
    assert {one.question.split("”")[0] for one in answers} == {
        "“fit",
        "“(years between born and @2026-03-10) >= 18",
        "“(age) > 3",
    }


def test_one_rule_that_nobody_keeps_is_named_alone(trial: Callable[..., Rulebook]) -> None:
    (allows, _) = _answers(trial(IC_1="age < 18 and age > 20", IC_2="fit"), Topic.GATE)
    assert allows.because == "IC-1 is never kept"
