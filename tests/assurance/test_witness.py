"""A participant who tells a change of the rules from the rules, as a case that can be put beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")

from precise_cal.assurance.mutants import mutants_of
from precise_cal.assurance.problem import Problem
from precise_cal.assurance.witness import case_of, witness
from precise_cal.engine.cases import read_cases, run_case
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

BASE = {"schema_version": "1.0", "subject": "P-1", "fit": True, "withdrew": False, "age": 30}


@pytest.fixture
def trial(tmp_path: Path, small_trial: Any) -> Callable[..., Rulebook]:
    """A trial with one inclusion criterion, and a participant that cases start from."""

    def made(condition: str, **more: Any) -> Rulebook:
        fields = {**small_trial.RECORD["record"], "age": {"type": "integer", "about": "age"}}
        rule = small_trial.CRITERION | {"met_when": condition} | more
        small_trial.folder_of(tmp_path, record={**small_trial.RECORD, "record": fields}, eligibility={"rules": [rule]})
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / "tests" / "usual.json").write_text(json.dumps(BASE), "utf-8")
        return rulebook(tmp_path, cache=False)

    return made


def test_a_witness_of_each_mutant_is_a_case_that_the_rules_pass_and_the_mutant_fails(
    trial: Callable[..., Rulebook], tmp_path: Path
) -> None:
    notice = {"code": "YOUNG", "text": "young", "when": "age < 20"}
    book = trial("age >= 18 and (fit or not withdrew)", notices=[notice])
    mutants = mutants_of(book)
    assert len(mutants) > 10
    for mutant in mutants:
        changed = mutant.of(book)
        found = witness(book, changed)
        assert found.outcome == "told apart", mutant
        text = case_of(book, changed, found, "a witness")
        (tmp_path / "tests" / "cases.yaml").write_text(text, "utf-8")
        (case,) = read_cases(tmp_path)
        assert len(case.case.set) <= 3, text
        assert run_case(case, book).problems == ()
        assert run_case(case, changed).problems != (), mutant


@pytest.mark.parametrize(
    ("condition", "now", "bound"),
    [
        ("fit and fit", "fit or fit", None),
        ("exists (contacts C where C.visit = 'W4' and C.visit = 'W4')", "exists (contacts C where C.visit = 'W4')", 2),
    ],
)
def test_what_no_participant_tells_apart_is_the_same_within_a_bound(
    trial: Callable[..., Rulebook], condition: str, now: str, bound: int | None
) -> None:
    book = trial(condition)
    (mutant,) = (one for one in mutants_of(book) if one.now == now)
    found = witness(book, mutant.of(book))
    assert (found.outcome, found.bound) == ("the same", bound)


def test_a_survivor_is_printed_with_the_case_that_finds_it(
    trial: Callable[..., Rulebook], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    trial("age >= 18")
    (tmp_path / "tests" / "cases.yaml").write_text(
        yaml.safe_dump({"IC-1": [{"case": "grown", "from": "usual", "expect": "MET"}]}), "utf-8"
    )
    said = precise("rules", "mutate", "--trial", tmp_path, "--witness", "5", "--lang", "en")
    assert said.status == 1
    assert "/age: 17" in said.out
    assert "expect: NOT_MET" in said.out


def test_a_field_of_items_is_there_where_each_item_around_it_is(book: Rulebook) -> None:
    sought = Problem(book).sought
    for _, lesion in sought.root.read("lesions").items:
        for _, device in lesion.read("devices").items:
            device.read("at")
    sought.root.read("consent").read("signed_at")
    assert {
        place: {str(one) for one in there.children()}
        for place, there, _ in sought.instances(("lesions", "devices", "at"))
    } == {
        ("lesions", one, "devices", other, "at"): {f"lesions/{one}#there", f"lesions/{one}/devices/{other}#there"}
        for one in (0, 1)
        for other in (0, 1)
    }
    assert [there for _, there, _ in sought.instances(("consent", "signed_at"))] == [True]
    assert sought.instances(("lesions", "devices", "type")) == []
