"""Questions about all records of a small trial: what can occur is shown by a record, what cannot is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")

from precise_cal.assurance.prove import Prover
from precise_cal.assurance.records import Bounds
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

KINDS = {"I": "inclusion", "E": "exclusion"}
FIELDS = {
    "age": {"type": "integer", "from": 0, "to": 130, "about": "age"},
    "dose": {"type": "Dose", "about": "the dose"},
    "born": {"type": "date", "about": "the day of birth"},
}


@pytest.fixture
def prover(tmp_path: Path, small_trial: Any) -> Callable[..., Prover]:
    """Writes a trial with these criteria, by id the key and the condition."""

    def made(definitions: dict[str, str] | None = None, **criteria: str) -> Prover:
        record = {
            **small_trial.RECORD,
            "record": {**small_trial.RECORD["record"], **FIELDS},
            "quantities": {"Dose": {"like": "mg", "low": "0", "high": "100", "about": "a dose"}},
        }
        rules = [
            {"id": name.replace("_", "-"), "title": "x", "quote": "x", "source": "x"}
            | (
                {"kind": "inclusion", "met_when": text}
                if name[0] == "I"
                else {"kind": "exclusion", "present_when": text}
            )
            for name, text in criteria.items()
        ]
        written = [{"define": name, "means": "x", "as": text} for name, text in (definitions or {}).items()]
        small_trial.folder_of(tmp_path, record=record, eligibility={"definitions": written, "rules": rules})
        return Prover(rulebook(tmp_path, cache=False), seconds=20, bounds=Bounds(2))

    return made


def _outcomes(prover: Prover) -> dict[str, str]:
    return {one.question: one.outcome for one in prover.all_of()}


def test_each_verdict_that_occurs_comes_with_a_record_that_the_engine_judges_so(prover: Callable[..., Prover]) -> None:
    asked = prover(IC_1="age >= 18 and fit", EX_1="dose > 5 'mg'")
    answers = list(asked.all_of())
    assert {one.outcome for one in answers} == {"yes"}
    assert [one.question for one in answers][-1] == "the gate can say ALLOW"
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
    ],
)
def test_a_verdict_that_cannot_occur_is_named(prover: Callable[..., Prover], condition: str, never: str) -> None:
    found = _outcomes(prover(IC_1=condition))
    assert found[f"IC-1 can be {never}"] == "no"


def test_criteria_that_contradict_each_other_let_nobody_pass(prover: Callable[..., Prover]) -> None:
    found = _outcomes(prover(IC_1="age >= 18", EX_1="age > 17"))
    assert found.pop("the gate can say ALLOW") == "no"
    assert set(found.values()) == {"yes"}


def test_what_has_no_translation_is_named(prover: Callable[..., Prover]) -> None:
    (answer, *_) = prover(IC_1="Length(subject) > 3").all_of()
    assert (answer.outcome, answer.because) == ("not translated", "Length")


def test_a_record_may_be_asked_of_several_rules_at_once(prover: Callable[..., Prover]) -> None:
    asked = prover(IC_1="age >= 18", EX_1="age >= 16")
    found = asked.some("both", {"IC-1": "NOT_MET", "EX-1": "PRESENT"}).record
    assert found is not None
    assert found["age"] in (16, 17)
    assert asked.some("neither", {"IC-1": "MET", "EX-1": "ABSENT"}).outcome == "no"


def test_the_command_prints_answers_and_records(
    prover: Callable[..., Prover], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    prover(IC_1="age >= 18 and age < 18")
    said = precise("rules", "prove", "--trial", tmp_path, "--verbose", "--rule", "IC-1")
    assert said.status == 1
    assert "IC-1 can be MET: no" in said.out
    assert json.loads(said.out.splitlines()[2])["schema_version"] == "1.0"
    assert yaml.safe_load((tmp_path / "eligibility.yaml").read_text("utf-8"))


@pytest.mark.slow
def test_each_verdict_of_the_bundled_criteria_occurs(book: Rulebook) -> None:
    asked = Prover(book, seconds=60)
    for rule in book.latest.rules:
        if rule.kind in ("inclusion", "exclusion"):
            assert {answer.outcome for _, answer in asked.verdicts_of(rule)} == {"yes"}, rule.rule.id
