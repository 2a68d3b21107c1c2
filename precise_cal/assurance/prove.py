"""Questions about all records that a trial may have, put to Z3; a record that it finds is replayed in the engine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from precise_cal.assurance.logic import either
from precise_cal.assurance.problem import Problem, otherwise
from precise_cal.assurance.records import Bounds
from precise_cal.assurance.symbols import UntranslatedError
from precise_cal.assurance.verdicts import verdicts
from precise_cal.language.catalog import message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import CRITERIA, LADDERS, PASSING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from precise_cal.assurance.verdicts import Verdicts
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

Outcome = Literal["yes", "no", "not decided", "not translated", "not replayed"]
"""It is as asked: shown by a record, or true of every record within the bounds; it is not; the time was too short;
a part of the rule has no translation; the engine says something else of the record, a fault of the translation."""


@immutable()
class Answer:
    """An answer to a question about all records.

    Attributes:
        question: what was asked, in words: a sentence that should be true.
        outcome: see `Outcome`.
        seconds: what it took.
        record: the witness, where there is one: of a yes that it occurs, of a no why not.
        because: what has no translation, what the engine said, or what of the record matters.
        bound: how many items a list has at most of which this holds; None where no list is read.
    """

    question: str
    outcome: Outcome
    seconds: float
    record: Mapping[str, Any] | None = None
    because: str = ""
    bound: int | None = None


class Prover:
    """Asks about the latest edition of a trial's rules.

    Args:
        book: the rules, read with their meaning.
        seconds: how long a question may take.
        bounds: within what records are sought.
    """

    def __init__(self, book: Rulebook, seconds: float = 5, bounds: Bounds | None = None) -> None:
        self.book = book
        self.seconds = seconds
        self.bounds = bounds or Bounds()

    def verdicts_of(self, rule: ExecutableRule) -> Iterator[tuple[str, Answer]]:
        """For each verdict that a rule can have by its conditions, whether a record has it."""
        asked = Joint(self.book, (rule.rule.id,), self.seconds, self.bounds)
        for word in LADDERS[rule.kind].words_with(rule.conditions):
            question = message("{ $rule } can be { $word }", rule=rule.rule.id, word=word)
            yield word, asked.some(question, {rule.rule.id: (word,)})

    def all_of(self, only: Collection[str] = ()) -> Iterator[Answer]:
        """Every verdict of every rule, and then the gate; or the verdicts of some rules alone."""
        for rule in self.book.latest.rules:
            if not only or rule.rule.id in only:
                yield from (answer for _, answer in self.verdicts_of(rule))
        if not only:
            yield self.gate_allows()

    def gate_allows(self) -> Answer:
        """Whether anybody may be enrolled: every criterion, and every rule that the gate requires, passes at once."""
        names = gate_rules(self.book)
        asked = Joint(self.book, names, self.seconds, self.bounds)
        return asked.some(message("the gate can say ALLOW"), dict.fromkeys(names, tuple(PASSING)))

    def some(self, question: str, wanted: Mapping[str, str]) -> Answer:
        """Whether there is a record of which rules say these words."""
        asked = Joint(self.book, tuple(wanted), self.seconds, self.bounds)
        return asked.some(question, {name: (word,) for name, word in wanted.items()})


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
        seconds: how long a question may take.
        bounds: within what the record is sought.
    """

    def __init__(self, book: Rulebook, names: Collection[str], seconds: float, bounds: Bounds | None = None) -> None:
        self.book = book
        self.seconds = seconds
        self.problem = Problem(book, bounds)
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
    def bound(self) -> int | None:
        """How many items a list has at most; None where no list was read."""
        return self.problem.bounds.items if self.problem.is_bounded else None

    def some(self, question: str, wanted: Mapping[str, Collection[str]]) -> Answer:
        """Whether there is a record of which every one of these rules says one of these words."""
        begun = time.perf_counter()
        for name in wanted:
            if name in self.untranslated:
                return Answer(question, "not translated", 0, because=self.untranslated[name])
        found = self.problem.solve((self.says(name, words) for name, words in wanted.items()), self.seconds)
        if found != "yes":
            return Answer(question, found, time.perf_counter() - begun, bound=self.bound)
        record = self.problem.document
        fault = otherwise(self.book, record, wanted)
        took = time.perf_counter() - begun
        return Answer(question, "not replayed" if fault else "yes", took, record, fault, self.bound)
