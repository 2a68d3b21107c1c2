"""Atoms that decide nothing, verdicts that turn, needless rules, windows and versions, each in a small trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")

from precise_cal.assurance.answer import Topic
from precise_cal.assurance.evidence import proofs_of_run
from precise_cal.assurance.prove import Limits
from precise_cal.assurance.proving import prove, tasks_of
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.assurance.answer import Answer
    from precise_cal.engine.rulebook.rulebook import Rulebook

    Trial = Callable[..., Rulebook]


def _not_so(book: Rulebook, topic: Topic) -> dict[str, Answer]:
    answers = list(prove(book, tasks_of(book, [topic]), Limits(20)))
    assert answers
    return {one.question: one for one in answers if one.outcome != "yes"}


# ---- atoms ----


@pytest.mark.parametrize(
    ("condition", "atom", "because"),
    [
        ("age >= 18 or (age >= 18 and fit)", "fit", "it could be true always"),
        ("age >= 18 and age >= 17", "age >= 17", "it could be true always"),
        ("age > 10 or age > 140", "age > 140", "it could be false always"),
        ("if age is null then null else age >= 18", "age is null", "it could be false always"),
        ("1 = 1 or fit", "fit", "it could be true always"),
    ],
)
def test_an_atom_that_decides_nothing_is_named(trial: Trial, condition: str, atom: str, because: str) -> None:
    found = _not_so(trial(IC_1=condition), Topic.ATOMS)
    answer = found[f"“{atom}” decides a verdict of IC-1"]
    assert (answer.outcome, answer.because) == ("no", because)


def test_an_atom_of_a_definition_is_dead_only_where_no_rule_needs_it(trial: Trial) -> None:
    needless = "IsGrown and age >= 20"
    assert "“IsGrown: age >= 18” decides a verdict of IC-1" in _not_so(
        trial({"IsGrown": "age >= 18"}, IC_1=needless), Topic.ATOMS
    )
    assert not _not_so(trial({"IsGrown": "age >= 18"}, IC_1=needless, IC_2="IsGrown"), Topic.ATOMS)


def test_a_dead_atom_may_be_declared_and_one_that_lives_may_not(trial: Trial) -> None:
    declared = {"dead_atoms": [{"at": "IC-1", "atom": "age >= 17", "because": "x"}]}
    assert not _not_so(trial(declared=declared, IC_1="age >= 18 and age >= 17"), Topic.ATOMS)


def test_an_atom_that_is_declared_dead_in_vain_is_named(trial: Trial) -> None:
    declared = {"dead_atoms": [{"at": "IC-1", "atom": "age >= 18", "because": "x"}]}
    assert list(_not_so(trial(declared=declared, IC_1="age >= 18"), Topic.ATOMS)) == [
        "“age >= 18” decides no verdict, as is declared"
    ]


# ---- learning ----


def test_a_fact_that_turns_a_verdict_is_named_with_the_record(trial: Trial) -> None:
    (answer,) = _not_so(trial(IC_1="fit is true"), Topic.LEARNING).values()
    assert answer.because == "NOT_MET, and MET once /fit is known"
    assert answer.record is not None
    assert "fit" not in answer.record


def test_an_honest_rule_turns_by_no_fact(trial: Trial) -> None:
    assert not _not_so(trial(IC_1="fit and age >= 18 and born < @2008-01-01"), Topic.LEARNING)


def test_a_field_whose_absence_is_declared_to_say_something_is_no_fact(trial: Trial) -> None:
    declared = {"absent_says": [{"field": "fit", "because": "x"}]}
    assert not _not_so(trial(declared=declared, IC_1="fit is true"), Topic.LEARNING)


# ---- rules together ----


def test_a_rule_that_others_make_needless_is_named_with_them(trial: Trial) -> None:
    found = _not_so(trial(IC_1="age >= 18", IC_2="fit", EX_1="age < 10"), Topic.ALONE)
    assert {name: one.because for name, one in found.items()} == {
        "EX-1 alone can refuse somebody": "IC-1 fails wherever it does"
    }


def test_a_needless_rule_may_be_declared_and_a_needed_one_may_not(trial: Trial) -> None:
    declared = {"redundant": [{"rule": "EX-1", "because": "x"}, {"rule": "IC-2", "because": "x"}]}
    found = _not_so(trial(declared=declared, IC_1="age >= 18", IC_2="fit", EX_1="age < 10"), Topic.ALONE)
    assert list(found) == ["IC-2 refuses nobody by itself, as is declared"]


def test_criteria_that_contradict_each_other_are_named(trial: Trial) -> None:
    found = _not_so(trial(IC_1="age >= 18", IC_2="fit", EX_1="age > 17"), Topic.GATE)
    assert found["the gate can say ALLOW"].because == "IC-1, EX-1 are never kept together"


def test_every_refusal_names_its_clause(trial: Trial) -> None:
    rule = {"id": "IC-2", "kind": "inclusion", "title": "x", "quote": " ", "source": "x", "met_when": "fit"}
    found = _not_so(trial(rules=[rule], IC_1="age >= 18"), Topic.CLAUSES)
    assert {name: one.because for name, one in found.items()} == {
        "a refusal by IC-2 names its clause": "quote is empty"
    }


# ---- windows ----


def _visits(small_trial: Any, *days: tuple[int, int, int]) -> dict[str, Any]:
    (one,) = small_trial.SCHEDULE["visits"]
    visits = [
        {**one, "modes": ["clinic"], "id": f"W{number}", "target": day, "minus": minus, "plus": plus}
        for number, (day, minus, plus) in enumerate(days, 1)
    ]
    return {**small_trial.SCHEDULE, "visits": visits}


@pytest.mark.parametrize(
    ("windows", "named"),
    [
        (((28, 3, 3), (35, 3, 3)), {}),
        (((28, 3, 3), (33, 3, 3)), {"the windows of W1 and W2 share no day": "days 30 to 31 are in both"}),
        (((28, 3, 3), (36, 3, 3)), {"no day lies between the windows of W1 and W2": "days 32 to 32 are in neither"}),
    ],
)
def test_windows_that_overlap_or_leave_a_gap_are_named(
    tmp_path: Path, small_trial: Any, windows: Any, named: dict[str, str]
) -> None:
    part = {**small_trial.RECORD["parts"]["Contact"]}
    part["visit"] = {**part["visit"], "words": ["W1", "W2"]}
    record = {**small_trial.RECORD, "parts": {"Contact": part}}
    small_trial.folder_of(tmp_path, record=record, schedule=_visits(small_trial, *windows))
    (tmp_path / "tests" / "proofs").mkdir(parents=True)
    (tmp_path / "tests" / "proofs" / "declared.yaml").write_text("consecutive: [[W1, W2]]\n", "utf-8")
    found = _not_so(rulebook(tmp_path, cache=False), Topic.WINDOWS)
    assert {name: one.because for name, one in found.items()} == named


@pytest.mark.parametrize(
    ("young", "old", "named"),
    [
        ("age < 40", "age >= 40", set()),
        ("age <= 40", "age >= 40", {"no two of YOUNG, OLD hold at once"}),
        ("age < 40", "age > 40", {"one of YOUNG, OLD holds where IC-1 is MET"}),
    ],
)
def test_kinds_that_overlap_or_leave_a_gap_are_named(trial: Trial, young: str, old: str, named: set[str]) -> None:
    notices = [{"code": "YOUNG", "text": "x", "when": young}, {"code": "OLD", "text": "x", "when": old}]
    rule = {"id": "IC-1", "kind": "inclusion", "title": "x", "quote": "x", "source": "x", "met_when": "age >= 18"}
    declared = {"exactly_one": [{"rule": "IC-1", "verdict": "MET", "of": ["YOUNG", "OLD"]}]}
    found = _not_so(trial(declared=declared, rules=[{**rule, "notices": notices}]), Topic.WINDOWS)
    assert {*found} == named


# ---- versions ----


def test_who_an_amendment_changes_is_shown_and_one_that_changes_nobody_is_named(
    tmp_path: Path, small_trial: Any
) -> None:
    needless = "points >= 0 or points >= score.least"
    rules = {"IC-1": {"met_when": "points >= score.least"}, "IC-2": {"met_when": needless}}
    small_trial.amended(tmp_path, record={}, roles={}, rules=rules, scores={"least": (20, 30)}, sites={})
    book = rulebook(tmp_path, cache=False)
    answers = {one.question: one for one in prove(book, tasks_of(book, [Topic.VERSIONS]), Limits(20))}
    changed = answers["2 judges somebody by IC-1 otherwise than 1"]
    assert changed.because in ("MET by 1, NOT_MET by 2", "NOT_MET by 1, MET by 2")
    assert answers["2 judges somebody by IC-2 otherwise than 1"].outcome == "no"


# ---- PRECISE CAL ----


@pytest.mark.slow
@pytest.mark.parametrize("topic", [one for one in Topic if one not in (Topic.VERDICTS, Topic.ATOMS)])
def test_no_answer_of_the_bundled_rules_is_no(book: Rulebook, topic: Topic, keep_evidence: Any) -> None:
    """On a busy machine a question about all rules at once may be left undecided."""
    answers = list(prove(book, tasks_of(book, [topic]), Limits(120), jobs=2))
    if topic is not Topic.GATE:  # test_prove.py keeps what was asked about it
        keep_evidence(f"proofs-{topic}", proofs_of_run(book, 120, (topic,), (), answers))
    assert {one.question: one.because for one in answers if one.outcome not in ("yes", "not decided")} == {}
