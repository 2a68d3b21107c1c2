"""Boundary cases of a small trial: found at every limit, told when they turn, and signed once they were read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.assurance import boundary_cases, boundary_reviews
from precise_cal.assurance.bench import Bench
from precise_cal.assurance.boundary_cases import Changes, differences, generated, kept, written
from precise_cal.assurance.boundary_reviews import read_reviews, unread
from precise_cal.engine.cases import read_cases, run_case
from precise_cal.engine.rulebook import rulebook
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.assurance.boundaries import Search
    from precise_cal.engine.rulebook.rulebook import Rulebook

FIELDS = {
    "age": {"type": "integer", "from": 0, "to": 130, "about": "age"},
    "dose": {"type": "Dose", "about": "the dose"},
    "born": {"type": "date", "about": "the day of birth"},
    "grade": {"type": "integer", "from": 0, "to": 3, "about": "the grade"},
    "samples": {"type": "list of Sample", "about": "the samples"},
}
SAMPLE = {
    "drawn": {"type": "instant", "about": "when"},
    "level": {"type": "decimal", "about": "the level"},
}
DOSE = {"like": "mg", "about": "a dose"}
PARAMETERS: list[dict[str, Any]] = [
    {"id": "age_limit.least", "type": "integer", "value": 18},
    {"id": "dose_limit.most", "type": "quantity", "unit": "mg", "value": "2.5"},
]
CRITERIA = {
    "IC-1": "age >= age_limit.least",
    "IC-2": "dose in Interval[0.5 'mg', dose_limit.most]",
    "IC-3": "IsLong(Age)",
    "IC-4": "samples S aggregate every starting true: every and IsSoon(S.drawn) and S.level < 5",
    "IC-5": "age >= 0 or fit",
    "IC-6": "grade < 3",
    "IC-7": "IsLong(Age)",
}
DEFINITIONS = [
    {"define": "IsLong", "means": "x", "operands": {"count": "Integer"}, "as": "count > 17 + 1"},
    {"define": "Age", "means": "x", "as": "years between born and date from started"},
    {"define": "IsSoon", "means": "x", "operands": {"moment": "DateTime"}, "as": "moment <= started + 24 hours"},
]
GOOD: dict[str, Any] = {
    "schema_version": "1.0",
    "subject": "P-1",
    "started": "2026-03-10T09:00:00+08:00",
    "age": 30,
    "dose": {"value": "1.0", "unit": "mg"},
    "born": "1990-05-01",
    "fit": True,
    "grade": 3,
    "samples": [{"drawn": "2026-03-10T12:00:00+08:00", "level": "1"}],
}


@pytest.fixture
def folder(tmp_path: Path, small_trial: Any) -> Callable[..., Rulebook]:
    """Writes the trial, with other values of parameters."""

    def made(**values: Any) -> Rulebook:
        record = {
            **small_trial.RECORD,
            "parts": {**small_trial.RECORD["parts"], "Sample": SAMPLE},
            "quantities": {"Dose": DOSE},
            "record": {**small_trial.RECORD["record"], **FIELDS},
        }
        rules: list[dict[str, Any]] = [
            {"id": name, "kind": "inclusion", "title": "x", "quote": "x", "source": "x", "met_when": text}
            for name, text in CRITERIA.items()
        ]
        rules[0]["notices"] = [{"code": "NEAR", "text": "near", "when": "age - age_limit.least <= 2"}]
        parameters = [
            {
                **{key: value for key, value in one.items() if key != "value"},
                "meaning": "x",
                "values": [
                    {
                        "since": "2026-01-01",
                        "value": values.get(one["id"], one["value"]),
                        "status": "assumed",
                        "why": "x",
                    }
                ],
            }
            for one in PARAMETERS
        ]
        small_trial.folder_of(
            tmp_path,
            protocol={"parameters": parameters},
            record=record,
            eligibility={"definitions": DEFINITIONS, "rules": rules},
        )
        tests = tmp_path / "tests"
        tests.mkdir(exist_ok=True)
        (tests / "screening.json").write_text(json.dumps(GOOD), "utf-8")
        (tests / "cases.yaml").write_text(yaml.safe_dump({"IC-1": [{"case": "good", "expect": "MET"}]}), "utf-8")
        return rulebook(tmp_path, cache=False)

    return made


def _shown(book: Rulebook, search: Search) -> dict[str, list[tuple[str, Any, str]]]:
    """By rule and comparison, the sides with the value that was moved and the verdict."""
    found: dict[str, list[tuple[str, Any, str]]] = {}
    for rule, cases in written(book, search).items():
        for one in cases:
            name, _, side = one["case"].rpartition(": ")
            found.setdefault(f"{rule} {name}", []).append((side, *one.get("set", {}).values(), one["expect"]))
    return found


def _text(book: Rulebook, search: Search) -> str:
    return boundary_cases.text_of(written(book, search), [(one.rule, one.name) for one in search.undecided])


def test_a_limit_has_a_participant_at_it_below_above_without_the_value_and_in_another_unit(
    folder: Callable[..., Rulebook],
) -> None:
    book = folder()
    found = _shown(book, generated(book))
    assert found["IC-1 age against age_limit.least"] == [
        ("just below", 17, "NOT_MET"),
        ("at", 18, "MET"),
        ("just above", 19, "MET"),
        ("not known", None, "UNKNOWN"),
    ]
    assert found["IC-2 dose against dose_limit.most"] == [
        ("just below", "2.49", "MET"),
        ("at", "2.5", "MET"),
        ("just above", "2.51", "NOT_MET"),
        ("at, in another unit", "0.0025", "g", "MET"),
        ("not known", None, "UNKNOWN"),
    ]
    assert [one[1:] for one in found["IC-2 dose against 0.5 mg"][:3]] == [
        ("0.49", "NOT_MET"),
        ("0.5", "MET"),
        ("0.51", "MET"),
    ]


def test_days_and_instants_have_neighbors_and_are_known_in_part(folder: Callable[..., Rulebook]) -> None:
    book = folder()
    found = _shown(book, generated(book))
    assert found["IC-3 IsLong: Age against 17 + 1"][1:] == [
        ("at", "2007-03-11", "NOT_MET"),
        ("just above", "2007-03-10", "MET"),
        ("not known", None, "UNKNOWN"),
        ("day not known", "2007-03", "UNKNOWN"),
    ]
    name = "IC-4 IsSoon: S.drawn against started + 24 hours"
    assert found[name] == [
        ("just below", "2026-03-11T08:59:00+08:00", "MET"),
        ("at", "2026-03-11T09:00:00+08:00", "MET"),
        ("just above", "2026-03-11T09:01:00+08:00", "NOT_MET"),
        ("at, by the clock of UTC", "2026-03-11T01:00:00+00:00", "MET"),
        ("not known", None, "UNKNOWN"),
        ("time not known", "2026-03-11", "UNKNOWN"),
    ]


def test_of_one_rule_the_limits_are_those_that_are_kept_with_it(
    folder: Callable[..., Rulebook], tmp_path: Path
) -> None:
    book = folder()
    search = generated(book)
    (tmp_path / boundary_cases.FILE).write_text(_text(book, search), "utf-8")
    assert list(written(book, generated(book, frozenset({"IC-7"})))) == []
    assert list(written(book, generated(book, frozenset({"IC-1"})))) == ["IC-1"]


def test_a_limit_beyond_which_a_record_holds_nothing_has_one_side(folder: Callable[..., Rulebook]) -> None:
    book = folder()
    assert _shown(book, generated(book))["IC-6 grade against 3"] == [
        ("just below", 2, "MET"),
        ("at", "NOT_MET"),
        ("not known", None, "UNKNOWN"),
    ]


def test_a_comparison_that_decides_of_nobody_is_named(folder: Callable[..., Rulebook]) -> None:
    search = generated(folder())
    assert [(one.rule, one.name) for one in search.undecided] == [("IC-5", "age against 0")]


def test_the_cases_are_cases_like_any_other_and_hold_all_notices(
    folder: Callable[..., Rulebook], tmp_path: Path
) -> None:
    book = folder()
    search = generated(book)
    (tmp_path / boundary_cases.FILE).write_text(_text(book, search), "utf-8")
    cases = read_cases(tmp_path)
    assert len(cases) > 20
    assert not [one for case in cases for one in run_case(case, book).problems]
    raised = {one.case.case: one.case.raises for one in cases if one.rule == "IC-1" and one.case.raises is not None}
    assert raised["age - age_limit.least against 2: at"] == ["NEAR"]
    assert raised["age - age_limit.least against 2: just above"] == []
    assert not differences(book, written(book, generated(book)))


def test_a_parameter_that_moves_tells_which_verdicts_turned(folder: Callable[..., Rulebook], tmp_path: Path) -> None:
    book = folder()
    search = generated(book)
    (tmp_path / boundary_cases.FILE).write_text(_text(book, search), "utf-8")
    changed = folder(**{"age_limit.least": 20})
    found = [
        (one.case.rpartition(": ")[2], one.what, one.was, one.now)
        for one in differences(changed, written(changed, generated(changed)))
        if one.case.startswith("age against age_limit.least")
    ]
    assert found == [
        ("just below", "another participant", "NOT_MET", "NOT_MET"),
        ("at", "another verdict", "MET", "NOT_MET"),
        ("just above", "another verdict", "MET", "NOT_MET"),
    ]


def test_participants_stay_as_long_as_they_are_at_the_limit(folder: Callable[..., Rulebook], tmp_path: Path) -> None:
    """Whatever else may be moved over it: who read a case reads it once."""
    book = folder()
    cases = written(book, generated(book))
    for one in cases["IC-3"]:
        one["set"]["/age"] = 44
    (tmp_path / boundary_cases.FILE).write_text(boundary_cases.text_of(cases, []), "utf-8")
    assert not differences(book, written(book, generated(book)))
    wanted = [(one["case"], one["set"]["/born"], one["set"]["/age"]) for one in cases["IC-3"]]
    for one in cases["IC-3"]:
        one["set"]["/born"] = one["set"]["/born"] and one["set"]["/born"].replace("20", "19", 1)  # beside no limit now
    (tmp_path / boundary_cases.FILE).write_text(boundary_cases.text_of(cases, []), "utf-8")
    again = written(book, generated(book))
    assert [(one["case"], one["set"]["/born"], one["set"]["/age"]) for one in again["IC-3"]] == wanted


@pytest.mark.slow
def test_the_boundaries_beside_the_bundled_rules_are_those_of_today() -> None:
    """Of rules with ages, sizes, laboratory values and days; all of them take a minute."""
    only = frozenset({"IC-1", "IC-5", "EX-3", "SAF-1"})
    book = rulebook(bundled(), cache=False)
    assert sum(map(len, written(book, search := generated(book, only)).values())) > 40
    assert not differences(book, written(book, search), only)


def test_who_read_the_cases_is_kept_until_they_change(folder: Callable[..., Rulebook], tmp_path: Path) -> None:
    book = folder()
    search = generated(book)
    cases = written(book, search)
    (tmp_path / boundary_cases.FILE).write_text(_text(book, search), "utf-8")
    count = sum(map(len, cases.values()))
    assert len(unread(kept(tmp_path), ())) == count
    path = tmp_path / boundary_reviews.REVIEWED
    path.parent.mkdir()
    path.write_text(boundary_reviews.reviewed(kept(tmp_path), (), "Mei Chen", "2026-11-30"), "utf-8")
    assert not unread(kept(tmp_path), read_reviews(tmp_path))
    by_hand = kept(tmp_path)
    by_hand["IC-1"][0]["expect"] = "UNKNOWN"
    assert unread(by_hand, read_reviews(tmp_path)) == (("IC-1", by_hand["IC-1"][0]["case"]),)
    again = yaml.safe_load(boundary_reviews.reviewed(by_hand, read_reviews(tmp_path), "Li Wei", "2026-12-01"))
    assert [(one["by"], sum(map(len, one["cases"].values()))) for one in again] == [
        ("Mei Chen", count - 1),
        ("Li Wei", 1),
    ]


@pytest.mark.parametrize(
    ("start", "wanted", "said"),
    [
        ({"a": 1}, {"a": 2}, ({"/a": 2}, {}, [])),
        ({"a": 1, "b": 2}, {"a": 1}, ({}, {}, ["/b"])),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}, {"x": 3}]}, ({"/a/0/x": 2}, {"/a": {"x": 3}}, [])),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 2}]}, ({"/a": [{"x": 2}]}, {}, [])),
        ({}, {"a": {"b": 1}}, ({"/a": {"b": 1}}, {}, [])),
    ],
)
def test_a_case_says_what_differs_from_its_participant(start: Any, wanted: Any, said: Any) -> None:
    found = Changes(start, wanted)
    assert (found.set, found.add, found.remove) == said


def test_the_command_writes_shows_what_turned_and_signs(
    folder: Callable[..., Rulebook], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    folder()
    said = precise("rules", "boundaries", "--trial", tmp_path, "--accept", "Mei Chen")
    assert said.status == 2
    assert "boundaries.yaml: is not there; write it first (--write)" in said.err
    assert precise("rules", "boundaries", "--trial", tmp_path).status == 1
    assert precise("rules", "boundaries", "--trial", tmp_path, "--write").status == 0
    said = precise("rules", "boundaries", "--trial", tmp_path)
    assert said.status == 1
    assert "0 new, 0 gone" in said.out
    assert "0 not read" not in said.out
    assert "eligibility.yaml:" in said.out
    assert "IC-5: age against 0" in said.out
    assert precise("rules", "boundaries", "--trial", tmp_path, "--accept", "Mei Chen").status == 0
    assert precise("rules", "boundaries", "--trial", tmp_path).status == 0
    folder(**{"age_limit.least": 20})
    said = precise("rules", "boundaries", "--trial", tmp_path, "--rule", "IC-1")
    assert said.status == 1
    assert "IC-1: age against age_limit.least: at: MET → NOT_MET\n  - {case:" in said.out
    assert precise("rules", "boundaries", "--trial", tmp_path, "--accept", "Mei Chen").status == 2
    assert precise("rules", "boundaries", "--trial", tmp_path, "--rule", "IC-1", "--write").status == 0
    assert precise("rules", "test", "--trial", tmp_path).status == 0
    assert "#   IC-5: age against 0\n" in (tmp_path / boundary_cases.FILE).read_text("utf-8")


def test_a_case_that_names_all_notices_fails_where_there_is_another(
    folder: Callable[..., Rulebook], tmp_path: Path
) -> None:
    book = folder()
    entry = {"case": "near", "set": {"/age": 19}, "expect": "MET", "raises": []}
    (tmp_path / "tests" / "cases.yaml").write_text(yaml.safe_dump({"IC-1": [entry]}), "utf-8")
    (case,) = read_cases(tmp_path)
    assert [str(one) for one in run_case(case, book).problems] == ["expected the notices none, got NEAR"]
    assert Bench(book, [case]).tells(0, book, frozenset(book.rules))
