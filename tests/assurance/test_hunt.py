"""Mutants of a small trial: those that its cases find, and those that survive them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.assurance.bench import Bench
from precise_cal.assurance.equivalents import read_equivalents
from precise_cal.assurance.evidence import mutants_of_run
from precise_cal.assurance.hunt import Chosen, hunt, tallies
from precise_cal.assurance.mutants import mutants_of
from precise_cal.engine.cases import read_cases, run_case
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

RULES = {
    "definitions": [{"define": "IsGrown", "means": "whether", "as": "age >= age_limit.least"}],
    "rules": [
        {
            "id": "IC-1",
            "kind": "inclusion",
            "title": "x",
            "quote": "x",
            "source": "x",
            "met_when": "IsGrown and fit",
            "notices": [{"code": "YOUNG", "text": "young", "when": "age < 20"}],
        },
        {"id": "EX-1", "kind": "exclusion", "title": "x", "quote": "x", "source": "x", "present_when": "withdrew"},
    ],
}
PARAMETER = {
    "id": "age_limit.least",
    "meaning": "the least age",
    "type": "integer",
    "values": [{"since": "2026-01-01", "value": 18, "status": "assumed", "why": "x"}],
}
GOOD: dict[str, Any] = {"schema_version": "1.0", "subject": "P-1", "age": 18, "fit": True, "withdrew": False}
CASES = {
    "IC-1": [
        {"case": "of age", "from": "good", "expect": "MET", "notices": ["YOUNG"]},
        {"case": "a year younger", "from": "good", "set": {"/age": 17}, "expect": "NOT_MET", "gate": "REFUSE"},
        {"case": "unfit", "from": "good", "set": {"/fit": False}, "expect": "NOT_MET"},
        {"case": "age not known", "from": "good", "set": {"/age": None}, "expect": "UNKNOWN"},
    ],
    "EX-1": [
        {"case": "stays", "from": "good", "expect": "ABSENT"},
        {"case": "withdrew", "from": "good", "set": {"/withdrew": True}, "expect": "PRESENT"},
    ],
}


@pytest.fixture
def folder(tmp_path: Path, small_trial: Any) -> Path:
    """A trial with two criteria, a definition, a parameter and a notice."""
    record = {
        **small_trial.RECORD,
        "record": {**small_trial.RECORD["record"], "age": {"type": "integer", "about": "age"}},
    }
    small_trial.folder_of(tmp_path, protocol={"parameters": [PARAMETER]}, record=record, eligibility=RULES)
    (tmp_path / "tests" / "mutants").mkdir(parents=True)
    (tmp_path / "tests" / "good.json").write_text(json.dumps(GOOD), "utf-8")
    (tmp_path / "tests" / "cases.yaml").write_text(yaml.safe_dump(CASES), "utf-8")
    return tmp_path


def _survivors(folder: Path, chosen: Chosen | None = None) -> set[tuple[str, str]]:
    found = hunt(rulebook(folder, cache=False), read_cases(folder), chosen or Chosen(), read_equivalents(folder))
    return {(one.mutant.owner, one.mutant.now) for one in found if one.state == "survived"}


def test_only_what_no_case_looks_at_survives(folder: Path) -> None:
    assert _survivors(folder) == {
        ("IC-1 YOUNG when", "age < 21"),
        ("IC-1 YOUNG when", "age < 19"),
        ("IC-1 YOUNG when", "age <= 20"),
    }


def test_a_case_on_each_side_of_the_limit_finds_them(folder: Path) -> None:
    more = {
        "IC-1": [
            {"case": "of 19", "from": "good", "set": {"/age": 19}, "expect": "MET", "notices": ["YOUNG"]},
            {"case": "of 20", "from": "good", "set": {"/age": 20}, "expect": "MET", "silent": ["YOUNG"]},
        ]
    }
    (folder / "tests" / "more.yaml").write_text(yaml.safe_dump(more), "utf-8")
    assert not _survivors(folder)


def test_a_case_of_one_rule_finds_mutants_of_another_whose_verdict_it_names(folder: Path) -> None:
    (folder / "tests" / "cases.yaml").write_text(yaml.safe_dump({"IC-1": CASES["IC-1"][:1]}), "utf-8")
    assert ("IC-1 met_when", "IsGrown or fit") in _survivors(folder)
    unfit = {"case": "unfit", "from": "good", "set": {"/fit": False}, "expect": "ABSENT", "also": {"IC-1": "NOT_MET"}}
    (folder / "tests" / "more.yaml").write_text(yaml.safe_dump({"EX-1": [unfit]}), "utf-8")
    assert ("IC-1 met_when", "IsGrown or fit") not in _survivors(folder)


def test_a_case_names_what_a_rule_asks_and_what_other_rules_say(folder: Path) -> None:
    book = rulebook(folder, cache=False)
    asked = {
        "case": "age",
        "from": "good",
        "set": {"/age": None},
        "expect": "UNKNOWN",
        "also": {"EX-1": "PRESENT"},
        "asks": "x",
    }
    (folder / "tests" / "cases.yaml").write_text(yaml.safe_dump({"IC-1": [asked]}), "utf-8")
    assert [str(one) for one in run_case(read_cases(folder)[0], book).problems] == [
        "expected it to ask “x”, it asks age",
        "expected EX-1 to say PRESENT, it says ABSENT",
    ]


def test_without_the_case_at_the_limit_the_weaker_comparison_survives(folder: Path) -> None:
    weaker = {
        **CASES,
        "IC-1": [one | {"set": {"/age": 30}} if one["case"] == "of age" else one for one in CASES["IC-1"]],
    }
    weaker["IC-1"][0] = {"case": "old", "from": "good", "set": {"/age": 30}, "expect": "MET"}
    (folder / "tests" / "cases.yaml").write_text(yaml.safe_dump(weaker), "utf-8")
    assert {("IsGrown", "age > age_limit.least"), ("age_limit.least", "19")} <= _survivors(folder)


def test_what_is_argued_to_be_the_same_does_not_count(folder: Path) -> None:
    entry = {"at": "IC-1 YOUNG when", "was": "age < 20", "now": "age <= 20", "because": "nobody is 20"}
    (folder / "tests" / "mutants" / "equivalent.yaml").write_text(yaml.safe_dump([entry]), "utf-8")
    assert ("IC-1 YOUNG when", "age <= 20") not in _survivors(folder)


def test_a_reason_must_be_given(folder: Path) -> None:
    (folder / "tests" / "mutants" / "equivalent.yaml").write_text("- {at: x, was: y, now: z}", "utf-8")
    with pytest.raises(RuleFileError, match=r"equivalent\.yaml:1"):
        read_equivalents(folder)


def test_a_sample_is_the_same_for_the_same_seed(folder: Path) -> None:
    book, cases = rulebook(folder, cache=False), read_cases(folder)

    def drawn(seed: int) -> list[str]:
        return [one.mutant.now for one in hunt(book, cases, Chosen(seed, 6))]

    assert drawn(1) == drawn(1) != drawn(2)
    assert len(drawn(1)) == 6
    assert {one.group for one in tallies(hunt(book, cases, Chosen(rules=("EX-1",))))} <= {"conditions"}


def test_a_mutant_is_the_rulebook_but_for_the_rules_that_it_reaches(folder: Path) -> None:
    book = rulebook(folder, cache=False)
    bench = Bench(book, read_cases(folder))
    (definition,) = [one for one in mutants_of(book) if one.owner == "IsGrown" and one.now == "age > age_limit.least"]
    changed = definition.of(book)
    assert bench.reached(changed) == {"IC-1"}
    assert (definition.place.line, definition.was) == (4, "age >= age_limit.least")


def test_the_command_shows_survivors_with_their_place(folder: Path, precise: Callable[..., Any]) -> None:
    said = precise("rules", "mutate", "--trial", folder)
    assert said.status == 1
    assert "eligibility.yaml:" in said.out
    assert "  - age < 20\n  + age < 21" in said.out
    assert "notices and findings: 1 of 4 found" in said.out
    assert precise("rules", "mutate", "--trial", folder, "--rule", "EX-1").status == 0
    assert precise("rules", "mutate", "--trial", folder, "--rule", "EX-9").status == 2


@pytest.mark.slow
def test_cases_say_the_same_of_the_rules_as_they_are_when_judged_by_the_bench(book: Rulebook) -> None:
    cases, everything = read_cases(bundled()), frozenset(book.rules)
    bench = Bench(book, cases)
    assert [cases[one].case.case for one in bench.in_order(everything) if bench.tells(one, book, everything)] == []


@pytest.mark.slow
def test_the_bench_finds_what_running_all_cases_finds(book: Rulebook) -> None:
    cases = read_cases(bundled())
    for one in hunt(book, cases, Chosen(seed=5, count=12)):
        changed = one.mutant.of(book)
        of_reached = [case for case in cases if case.rule in one.reached]
        assert any(run_case(case, changed).problems for case in of_reached) <= (one.state == "found")


def test_the_parts_of_several_processes_are_all_mutants(folder: Path) -> None:
    book, cases = rulebook(folder, cache=False), read_cases(folder)
    parts = [[one.mutant.now for one in hunt(book, cases, Chosen(part=(part, 3)))] for part in range(3)]
    together = [one.mutant.now for one in hunt(book, cases, Chosen())]
    assert sorted(parts[0] + parts[1] + parts[2]) == sorted(together)


@pytest.mark.minutes(2)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "count"), [("conditions", 40), ("definitions", 60), ("parameters", 30), ("notices and findings", 20)]
)
def test_mutants_of_a_sample_of_the_bundled_rules_are_found(
    book: Rulebook, group: Any, count: int, keep_evidence: Any
) -> None:
    """All of them take a quarter of an hour on two cores: `benchmarks/rule_mutants.py`."""
    chosen = Chosen(seed=2, count=count, groups=(group,))
    found = list(hunt(book, read_cases(bundled()), chosen, read_equivalents(bundled())))
    keep_evidence(f"mutants-{group}", mutants_of_run(book, chosen, found))
    left = [f"{one.mutant.place}: {one.mutant.now}" for one in found if one.state == "survived"]
    assert len(left) <= count // 50, left


@pytest.mark.slow
def test_what_is_argued_to_be_the_same_is_a_mutant_of_the_bundled_rules(book: Rulebook) -> None:
    """An entry whose rule has changed since argues nothing."""
    known = {(one.owner, one.was, one.now) for one in mutants_of(book)}
    argued = [(one.at, one.was, one.now) for one in read_equivalents(bundled())]
    assert [one for one in argued if one not in known] == []
