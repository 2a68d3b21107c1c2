"""The ladders: no verdict that is settled rests on an answer that is open, of a condition or of a membership."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.cql.state import State
from precise_cal.engine.judging.judge import Item, judge
from precise_cal.engine.rulebook.edition import asked_rungs
from precise_cal.protocol.verdicts import LADDERS, UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.protocol.verdicts import VerdictWord

ANSWERS = (True, False, None)
ABSENT = "absent"
PARTICIPANT = (Item(None, None, True),)
SCOPE: Any = SimpleNamespace(id="lesion", word="lesion", variable="lesion", items=None)


@dataclass(frozen=True)
class Answer:
    """A condition that gives the answer of the item, or of the participant, whatever the record."""

    answers: Any

    @property
    def functions(self) -> dict[bool, Any]:
        """What gives the answer, and what gives it with reasons, of which there are none."""
        return {False: self._answer, True: lambda state: (self._answer(state), ())}

    def _answer(self, state: State) -> bool | None:
        if not isinstance(self.answers, dict):
            return self.answers  # type: ignore[no-any-return]
        return self.answers.get(state.scopes["lesion"])


def _rule(kind: str, scope: Any, conditions: dict[str, Any]) -> Any:
    ladder = LADDERS[kind]
    return SimpleNamespace(kind=kind, scope=scope, ladder=ladder, rungs=asked_rungs(ladder, conditions))


def climb(kind: str, answers: dict[str, Any]) -> VerdictWord:
    """The verdict of a rule whose conditions have these answers."""
    conditions = {name: Answer(answer) for name, answer in answers.items() if answer != ABSENT}
    rule: Any = _rule(kind, None, conditions)
    return judge(rule, PARTICIPANT, State()).verdict


def completions(answers: Iterable[bool | None]) -> Iterator[tuple[bool | None, ...]]:
    """Every way to know what is unknown."""
    return product(*[(True, False) if answer is None else (answer,) for answer in answers])


@pytest.mark.parametrize("kind", LADDERS)
def test_an_open_step_lets_no_settled_verdict_through(kind: str) -> None:
    names = LADDERS[kind].conditions
    for answers in product((*ANSWERS, ABSENT), repeat=len(names)):
        told = dict(zip(names, answers, strict=True))
        if told[LADDERS[kind].needed] == ABSENT:
            continue
        word = climb(kind, told)
        if word in UNSETTLED or word == LADDERS[kind].unknown:
            continue
        known = {climb(kind, dict(zip(names, one, strict=True))) for one in completions(answers)}
        assert known == {word}, told


@pytest.mark.parametrize("kind", LADDERS)
def test_known_answers_decide(kind: str) -> None:
    names = LADDERS[kind].conditions
    words = {
        climb(kind, dict(zip(names, answers, strict=True))) for answers in product((True, False), repeat=len(names))
    }
    assert words == {*LADDERS[kind].words} - {LADDERS[kind].unknown}


def test_an_item_that_may_not_be_meant_leaves_open_what_it_alone_would_change() -> None:
    """Two items of a conduct rule, each with a verdict and a membership."""
    ways: dict[str, dict[str, bool | None]] = {
        "NOT_APPLICABLE": {"applies_when": False},
        "NOT_DUE": {"applies_when": True, "due_when": False},
        "DEVIATION": {"applies_when": True, "due_when": True, "compliant_when": False},
        "COMPLIANT": {"applies_when": True, "due_when": True, "compliant_when": True},
        "CANNOT_ASSESS": {"applies_when": None, "due_when": True, "compliant_when": True},
    }

    def verdict(words: tuple[str, str], members: tuple[bool | None, ...]) -> VerdictWord:
        names = ("applies_when", "due_when", "compliant_when")
        conditions = {
            name: Answer({index: ways[word].get(name) for index, word in enumerate(words)} | {None: None})
            for name in names
        }
        rule: Any = _rule("conduct", SCOPE, conditions)
        items = tuple(Item(f"L{index}", index, member) for index, member in enumerate(members))
        return judge(rule, items, State()).verdict

    for words in product(ways, repeat=2):
        for members in product(ANSWERS, repeat=2):
            word = verdict(words, members)
            known = {verdict(words, one) for one in completions(members) if any(one)}
            if word != "CANNOT_ASSESS":
                assert known <= {word}, (words, members)
