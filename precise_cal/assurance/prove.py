"""Questions about all records that a trial may have, put to Z3; a record that it finds is replayed in the engine."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

import z3

from precise_cal.assurance.days import Calendar
from precise_cal.assurance.logic import either
from precise_cal.assurance.records import Bounds, Sought
from precise_cal.assurance.soundness import sound
from precise_cal.assurance.symbols import NULL, UntranslatedError
from precise_cal.assurance.translate import Translator, Words
from precise_cal.assurance.verdicts import verdicts
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import CRITERIA, LADDERS, PASSING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from precise_cal.assurance.logic import Bit
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

Outcome = Literal["yes", "no", "not decided", "not translated", "not replayed"]
"""There is such a record; there is none within the bounds; the time was too short; a part of the rule has no
translation; the engine says something else of the record that was found, which is a fault of the translation."""


@immutable()
class Answer:
    """An answer to whether there is a record of which a rule says something.

    Attributes:
        question: what was asked, in words.
        outcome: see `Outcome`.
        seconds: what it took.
        record: the witness, where there is one.
        because: what has no translation, or what the engine said.
    """

    question: str
    outcome: Outcome
    seconds: float
    record: Mapping[str, Any] | None = None
    because: str = ""


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
        for word in LADDERS[rule.kind].words_with(rule.conditions):
            yield word, self.some(f"{rule.rule.id} is {word}", {rule.rule.id: word})

    def all_of(self, only: Collection[str] = ()) -> Iterator[Answer]:
        """Every verdict of every rule, and then the gate; or the verdicts of some rules alone."""
        for rule in self.book.latest.rules:
            if not only or rule.rule.id in only:
                yield from (answer for _, answer in self.verdicts_of(rule))
        if not only:
            yield self.gate_allows()

    def gate_allows(self) -> Answer:
        """Whether anybody may be enrolled: every criterion, and every rule that the gate requires, passes at once."""
        rules = [
            one for one in self.book.latest.rules if one.kind in CRITERIA or one.rule.id in self.book.required_by_gate
        ]
        return self._ask("the gate says ALLOW", {one.rule.id: frozenset(PASSING) for one in rules})

    def some(self, question: str, wanted: Mapping[str, str]) -> Answer:
        """Whether there is a record of which rules say these words."""
        return self._ask(question, {name: frozenset([word]) for name, word in wanted.items()})

    def _ask(self, question: str, wanted: Mapping[str, frozenset[str]]) -> Answer:
        begun = time.perf_counter()
        problem = _Problem(self.book, self.bounds)
        try:
            said = {name: verdicts(problem.translator, self.book.latest.by_id[name]) for name in wanted}
        except UntranslatedError as error:
            return Answer(question, "not translated", time.perf_counter() - begun, because=str(error))
        asked = [
            either(*(here for word, here in said[name].items() if word in words)) for name, words in wanted.items()
        ]
        found, record = problem.solve(asked, self.seconds, self._replay(wanted))
        took = time.perf_counter() - begun
        if record is None:
            return Answer(question, found, took)
        return Answer(question, "yes" if not found else "not replayed", took, record, found)

    def _replay(self, wanted: Mapping[str, frozenset[str]]) -> Callable[[Mapping[str, Any]], str]:
        """What the engine says otherwise of a record; nothing where it agrees."""

        def replay(document: Mapping[str, Any]) -> str:
            data = json.dumps(document).encode()
            try:
                evaluation = RecordEvaluation(self.book, self.book.records.read(data), None, all_reasons=False)
                evaluation.use(self.book.timeline.keys[-1])
                said = {name: str(evaluation.verdict(self.book.latest.by_id[name])) for name in wanted}
            except PreciseError as error:
                return str(error)
            return ", ".join(f"{name} is {word}" for name, word in said.items() if word not in wanted[name])

        return replay


class _Problem:
    """A sought record, and the translation over it."""

    def __init__(self, book: Rulebook, bounds: Bounds) -> None:
        self.book = book
        self.calendar, self.words = Calendar(bounds.years), Words()
        self.sought = Sought(book.schema, self.calendar, self.words, bounds)
        self.sought.at(book.utc_offset_minutes)
        environment, offset = book.latest.environment, book.utc_offset_minutes
        self.translator = Translator(environment, self.sought.root, NULL, self.words, self.calendar, offset)
        self.translator.now = self._cutoff()

    def _cutoff(self) -> Any:
        found: Any = self.sought.root
        path = self.book.schema.role_path("cutoff")
        for name in path or ():
            found = found.read(name)
        return found if path else NULL

    def solve(
        self, asked: list[Bit], seconds: float, replay: Callable[[Mapping[str, Any]], str]
    ) -> tuple[Any, Mapping[str, Any] | None]:
        """What is found, and a record: with a record, what the engine says otherwise of it; else why there is none."""
        table = sound(self.sought, self.book.chronology, self.book.schema, self.words)
        known = [*self.sought.assumed, *table, *self.calendar.assumed, *asked]
        if any(one is False for one in known):
            return "no", None
        solver = z3.Solver()
        solver.set("timeout", int(seconds * 1000))
        solver.add(*[one for one in known if one is not True])
        found = solver.check()
        if found == z3.unsat:
            return "no", None
        if found != z3.sat:
            return "not decided", None
        document = self.sought.document(solver.model())
        return replay(document), document
