"""Verdict words and the names of conditions stand in one table (`protocol.verdicts`), which all code reads."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import pytest

from precise_cal.protocol.verdicts import CONDITIONS, GATE, LADDERS, WORST_FIRST, RuleVerdict, VerdictWord

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(__file__).parents[2] / "precise_cal"
TABLE: Final = "protocol/verdicts.py"
WORDS: Final = {word for kind in get_args(VerdictWord) for word in get_args(kind)}
_CONDITION: Final = re.compile(rf"\b(?:{'|'.join(CONDITIONS)})\b")


def spelled(source: str) -> Iterator[str]:
    """Verdict words that stand as strings, and conditions that code names or speaks of; docstrings may."""
    tree = ast.parse(source)
    about = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in about:
            yield from [node.value] if node.value in WORDS else _CONDITION.findall(node.value)
        elif isinstance(node, ast.Attribute):
            yield from _CONDITION.findall(node.attr)


def test_no_room_spells_a_verdict_or_a_condition() -> None:
    files = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    found = {name: sorted({*spelled(text)}) for name, text in files.items() if not name.startswith("qfr/")}
    assert {name: words for name, words in found.items() if words and name != TABLE} == {}
    assert {*found[TABLE]} == WORDS | {*CONDITIONS}


@pytest.mark.parametrize(
    "planted", ["x = 'MET'", "found['NOT_DUE']", "rule.met_when", "f'leave out {a}, due_when'", "{'ALLOW': 0}"]
)
def test_a_planted_word_is_seen(planted: str) -> None:
    assert [*spelled(planted)]


def test_the_table_is_whole() -> None:
    """Every word and condition is used, and each ladder's words are those that its rungs lead to."""
    assert {word for ladder in (*LADDERS.values(), GATE) for word in ladder.words} == WORDS
    assert {name for ladder in LADDERS.values() for name in ladder.conditions} == {*CONDITIONS}
    assert {*get_args(RuleVerdict)} == WORDS - {*GATE.words}
    for kind, ladder in LADDERS.items():
        assert ladder.words_with(ladder.conditions) == ladder.words
        assert {*ladder.worst_first} == {*ladder.words}
        assert ladder.needed in ladder.conditions
        assert WORST_FIRST[kind] == ladder.worst_first
