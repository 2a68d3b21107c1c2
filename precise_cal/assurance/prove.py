"""Questions about all records that a trial may have, put to Z3; a record that it finds is replayed in the engine."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Any

from precise_cal.assurance.answer import Answer
from precise_cal.assurance.declared import Declared
from precise_cal.assurance.logic import either
from precise_cal.assurance.problem import Problem, otherwise
from precise_cal.assurance.reach import reaching
from precise_cal.assurance.records import Bounds
from precise_cal.assurance.symbols import UntranslatedError
from precise_cal.assurance.verdicts import verdicts
from precise_cal.language.catalog import message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import CRITERIA, LADDERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from precise_cal.assurance.verdicts import Verdicts
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook


@immutable()
class Limits:
    """How long a question may take, in seconds, and within what records are sought."""

    seconds: float = 20
    bounds: Bounds = field(default_factory=Bounds)


def reachable(asked: Joint, rule: ExecutableRule) -> Iterator[Answer]:
    """For each verdict that a rule can have by its conditions, whether a record has it."""
    for word in LADDERS[rule.kind].words_with(rule.conditions):
        question = message("{ $rule } can be { $word }", rule=rule.rule.id, word=word)
        yield asked.some(question, {rule.rule.id: (word,)})


def gate_rules(book: Rulebook) -> tuple[str, ...]:
    """The rules that the gate asks, in the order of reports."""
    return tuple(
        one.rule.id for one in book.latest.rules if one.kind in CRITERIA or one.rule.id in book.required_by_gate
    )


class Joint:
    """Some rules over one record that is sought, translated once.

    Args:
        book: the rules.
        names: of the rules.
        limits: how long a question may take, and within what the record is sought.
        declared: what the trial declares of its rules.
    """

    def __init__(
        self, book: Rulebook, names: Collection[str], limits: Limits, declared: Declared | None = None
    ) -> None:
        self.book = book
        self.limits = limits
        self.declared = declared or Declared()
        self.problem = Problem(book, reaching(limits.bounds, (book.latest.by_id[name] for name in names)))
        self.translator = self.problem.translator()
        self.said: dict[str, Verdicts] = {}
        self.untranslated: dict[str, str] = {}
        for name in names:
            try:
                self.said[name] = verdicts(self.translator, book.latest.by_id[name])
            except UntranslatedError as error:
                self.untranslated[name] = str(error)

    def says(self, name: str, words: Collection[str]) -> Any:
        """When a rule says one of these words."""
        return either(*(here for word, here in self.said[name].items() if word in words))

    @property
    def items(self) -> int | None:
        """How many items a list has at most; None where no list was read."""
        return self.problem.bounds.items if self.problem.is_bounded else None

    def why_open(self, outcome: str) -> str:
        """Why something is not decided, where it is not for want of time."""
        return self.problem.too_short if outcome == "not decided" else ""

    def some(self, question: str, wanted: Mapping[str, Collection[str]]) -> Answer:
        """Whether there is a record of which every one of these rules says one of these words."""
        begun = time.perf_counter()
        for name in wanted:
            if name in self.untranslated:
                return Answer(question, "not translated", 0, because=self.untranslated[name])
        found = self.problem.solve((self.says(name, words) for name, words in wanted.items()), self.limits.seconds)
        if found != "yes":
            return Answer(question, found, time.perf_counter() - begun, because=self.why_open(found), items=self.items)
        record = self.problem.document
        fault = otherwise(self.book, record, wanted)
        took = time.perf_counter() - begun
        return Answer(question, "not replayed" if fault else "yes", took, record, fault, self.items)

    def blamed(self, asked: Collection[Any], wanted: Mapping[str, Collection[str]]) -> tuple[str, ...]:
        """Of rules that cannot all say these words, as few as cannot either; nothing where that takes too long."""
        left = dict(wanted)
        if not self._excludes(asked, left):
            return ()
        for name in wanted:
            fewer = {one: words for one, words in left.items() if one != name}
            if self._excludes(asked, fewer):
                left = fewer
        return tuple(left)

    def _excludes(self, asked: Collection[Any], wanted: Mapping[str, Collection[str]]) -> bool:
        said = [self.says(name, words) for name, words in wanted.items()]
        return self.problem.solve([*asked, *said], self.limits.seconds) == "no"
