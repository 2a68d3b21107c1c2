"""Where `in` would turn unknown into no, lint says so; where the language is asked, it is right by CQL."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.membership import lossy_memberships
from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

W = "word in {'a', 'b'}"


@pytest.mark.parametrize(
    "condition",
    [
        W,
        f"not ({W})",
        f"(not ({W})) is true",
        f"({W}) is false",
        f"fit or {W}",
        "{'a', 'b'} contains word",
        "'a' in several",
        "several contains 'a'",
        f"if fit is not null then {W} else null",
        f"if word is null then {W} else null",
        "contacts C aggregate found starting false: found or C.mode in {'clinic'}",
        "exists (contacts C where C.mode in {'clinic'})",
        f"word is null and {W}",
        "Coalesce(word, null as String) in {'a'}",
    ],
)
def test_an_unknown_operand_that_becomes_no_is_remarked(condition: str, one_criterion: Callable[..., Rulebook]) -> None:
    (remark,) = lossy_memberships(one_criterion(condition))
    assert remark.partition(": `")[0].rsplit("/", 1)[-1].startswith("eligibility.yaml:")
    assert "is unknown: test first `if … is null then null else …`" in remark


@pytest.mark.parametrize(
    "condition",
    [
        f"if word is not null then {W} else null",
        f"if word is null then null else {W}",
        f"if fit and word is not null then {W} else null",
        f"if word is null or not fit then null else {W}",
        f"case when word is null then null else {W} end",
        f"word is not null and {W}",
        f"word is null or {W}",
        f"word is not null implies {W}",
        f"({W}) is true",
        f"(fit or {W}) is true",
        "Coalesce(word, 'c') in {'a'}",
        "if several is not null then 'a' in several else null",
        "started in Interval[@2026-01-01T00:00:00.0Z, @2026-02-01T00:00:00.0Z]",
        "'a' in {'a', 'b'}",
    ],
)
def test_what_is_known_or_meant_is_not(condition: str, one_criterion: Callable[..., Rulebook]) -> None:
    assert list(lossy_memberships(one_criterion(condition))) == []


def test_definitions_and_functions_are_looked_through(one_criterion: Callable[..., Rulebook]) -> None:
    function = {"define": "IsOne", "means": "x", "operands": {"w": "String"}, "as": "w in {'a'}"}
    safe = {**function, "as": "if w is null then null else w in {'a'}"}
    definition = {"define": "One", "means": "x", "as": W}
    for definitions, condition, number in (
        ([function], "IsOne(word)", 1),
        ([function], "if word is null then null else IsOne(word)", 0),
        ([safe], "IsOne(word)", 0),
        ([definition], "One", 1),
    ):
        assert len(list(lossy_memberships(one_criterion(condition, definitions=definitions)))) == number, condition


def test_lint_tells_it(small_trial: Any, tmp_path: Path, precise: Callable[..., Any]) -> None:
    rule = {**small_trial.CRITERION, "met_when": "First(contacts).mode in {'clinic'}"}
    said = precise("rules", "lint", "--trial", small_trial.folder_of(tmp_path, eligibility={"rules": [rule]}))
    assert said.status == 1
    assert "`First(contacts).mode in {'clinic'}` is no where what is sought is unknown" in said.out


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(null as String) in {'a'}", "false"),
        ("(null as String) in {'a', null}", "true"),
        ("'a' in (null as List<String>)", "false"),
        ("5 in (null as Interval<Integer>)", "false"),
        ("(null as Integer) in Interval[1, 2]", "null"),
    ],
)
def test_the_language_says_what_cql_says(expression: str, value: str, precise: Callable[..., Any]) -> None:
    assert precise("rules", "eval", expression).out == f"{value}\n"


def test_what_follows_from_an_entry_is_told_by_its_place(small_trial: Any, tmp_path: Path) -> None:
    """The rule of a visit is written nowhere: no column of a line that is not as long."""
    record = copy.deepcopy(small_trial.RECORD)
    record["record"]["word"] = {"type": "words", "words": ["a", "b", "c"], "about": "a word"}
    record["roles"]["left"] = W
    folder = small_trial.folder_of(tmp_path, record=record, schedule=small_trial.SCHEDULE)
    places = [one.partition(": `")[0].rsplit(":", 2) for one in lossy_memberships(rulebook(folder, cache=False))]
    assert len(places) == 2
    for file, line, column in places:
        assert int(column) <= len((tmp_path / file).read_text("utf-8").splitlines()[int(line) - 1])
