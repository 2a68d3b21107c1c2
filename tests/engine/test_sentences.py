"""Sentences of rules: what is wrong with one is told when rules are loaded, and what reveals the arm is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

OLD = '        en: "The investigator attests no indication for intervention"\n'
WRONG = {
    "no pattern": ('        en: "{ $vessel"\n', r"IC-4: is no pattern of Fluent"),
    "unknown value": ('        en: "{ $vessel }"\n', r"IC-4: \$vessel is no value of this sentence; it has assumed"),
    "unknown function": ('        en: "{ NUMBER($vessel) }"\n', r"IC-4: uses what is not supported here"),
    "unused value": ("        values: {vessel: lesion.vessel}\n" + OLD, r"IC-4: vessel: no language uses this value"),
    "unknown field": (
        '        values: {vessel: lesion.vesel}\n        en: "{ $vessel }"\n',
        'did you mean "vessel"',
    ),
    "unknown key": ("        unless: 1 = 1\n" + OLD, '"unless" is no key here'),
}


def changed(folder: Path, new: str) -> Path:
    file = folder / "eligibility.yaml"
    text = file.read_text("utf-8")
    assert OLD in text
    file.write_text(text.replace(OLD, new), "utf-8")
    return file


@pytest.mark.parametrize(("new", "problem"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_sentence_is_told_with_its_place(new: str, problem: str, rules_copy: Path) -> None:
    file = changed(rules_copy, new)
    with pytest.raises(RuleFileError, match=problem) as refused:
        rulebook(rules_copy, cache=False)
    assert all(str(place).startswith(f"{file}:") for place, _ in refused.value.problems)


def test_a_missing_chinese_sentence_is_a_remark(rules_copy: Path, precise: Callable[..., Any]) -> None:
    file = rules_copy / "eligibility.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace('        zh: "研究者未确认介入治疗指征"\n', "", 1), "utf-8")
    answer = precise("rules", "lint", "--trial", rules_copy)
    assert answer.status == 1
    assert "IC-4: the sentence has no Chinese (zh)" in answer.out


def test_sentences_that_read_the_allocation_are_marked(book: Rulebook) -> None:
    told = {rule.rule.id for rule in book.edition(None).rules for one in rule.says if one.reveals}
    assert told == {"ARM-1", "BAILOUT-1", "GATE-1", "PERI-3"}
