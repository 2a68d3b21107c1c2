"""The verdicts of one document after another, without what is said of them.

A rule that looks at nothing in which a document differs from the one before says what it said there.
The search for records (`simulate`) judges thousands, each of them the one before with one or two other values.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql.constants import reads_clock
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.reads import reads
from precise_cal.engine.distance import Distances
from precise_cal.engine.judging.choice import chosen
from precise_cal.engine.judging.evaluation import RecordEvaluation, guarded
from precise_cal.engine.judging.moments import Chosen
from precise_cal.engine.rulebook.reading import editions_of, reads_of
from precise_cal.engine.rulebook.roles import role_values
from precise_cal.protocol.verdicts import LADDERS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from precise_cal.engine.judging.moments import Open
    from precise_cal.engine.rulebook.rulebook import Rulebook

    Document = dict[str, Any]

_CHOOSING: Final = ("site", "cutoff", "consented_at", "day_zero", "enrolled_at", "enrolled", "left")
"""The roles that choose the edition by which a rule judges."""


class Judged(NamedTuple):
    """What a rule says: the edition that judges, the word, and what was missing for others, as far as it was asked."""

    chosen: Chosen | Open
    word: str
    missing: dict[frozenset[str], int]


class IncrementalJudge:
    """Judges documents by the rules of a trial.

    Args:
        book: the rules, read with their meaning.
        roles: the roles whose values are wanted of each document.
    """

    def __init__(self, book: Rulebook, roles: tuple[str, ...]) -> None:
        self.book = book
        self.roles = tuple(name for name in roles if name in book.roles)
        self.distances = Distances()
        choosing = self._of_roles(_CHOOSING) if len(book.timeline.keys) > 1 else frozenset[str]()
        self.looks_at = {one.id: choosing | self._looks_at(one.id) for one in book.lineup}
        """The fields of the record's root that each rule looks at, those that choose its edition among them."""

    def judge(self, document: Document, before: JudgedDocument | None = None) -> JudgedDocument:
        """What the rules say of a document.

        Args:
            document: a record as JSON has it; what it shares with the one before is the same object.
            before: one that was judged; it is told apart from this one by the identity of what stands in its root.

        Raises:
            RecordError: the document is no record, or is more than a rule can be evaluated for.
            CqlError: a role cannot be evaluated for it.
        """
        record = self.book.records.read(json.dumps(document).encode())
        evaluation = RecordEvaluation(self.book, record, None, all_reasons=False)
        roles = role_values(self.book.roles, self.roles, record, self.book.utc_offset_minutes)
        kept = {} if before is None else before.kept(document, evaluation)
        return JudgedDocument(self, document, evaluation, roles, kept)

    def _of_roles(self, names: Collection[str]) -> frozenset[str]:
        found = reads(*(self.book.roles[name] for name in names if name in self.book.roles))
        return frozenset(path[0] for path in found.paths)

    def _looks_at(self, name: str) -> frozenset[str]:
        versions = [rule for edition in editions_of(self.book) if (rule := edition.by_id.get(name))]
        paths = {path[0] for rule in versions for path in reads_of(rule).paths}
        conditions = [one for rule in versions for one in rule.conditions_of_items()]
        is_timed = reads_clock(*conditions, *(rule.scope.items for rule in versions if rule.scope))
        return frozenset(paths) | (self._of_roles(("cutoff",)) if is_timed else frozenset())


class JudgedDocument:
    """What the rules of a trial say of one document.

    Attributes:
        document: the document.
        words: the verdict of each rule that judges it.
        roles: the values of the roles that were asked for, as far as the trial has them.
        effort: how many rules were judged anew for it.
    """

    def __init__(
        self,
        judge: IncrementalJudge,
        document: Document,
        evaluation: RecordEvaluation,
        roles: Mapping[str, Any],
        kept: Mapping[str, Judged],
    ) -> None:
        self.document = document
        self.roles = roles
        self._judge = judge
        self._evaluation = evaluation
        self._pointers: dict[str, tuple[str, ...]] = {}
        anew = frozenset(one.id for one in judge.book.lineup if one.id not in kept)
        found = {one.rule.rule.id: Judged(one, self._word(one), {}) for one in chosen(evaluation, None, anew)[0]}
        self._judged = {**kept, **found}
        self.words: Mapping[str, str] = {name: one.word for name, one in self._judged.items()}
        self.effort = len(anew)

    def _word(self, one: Chosen | Open) -> str:
        if not isinstance(one, Chosen):
            return LADDERS[one.rule.kind].unknown
        self._evaluation.use(one.key)
        return guarded(one.rule.rule.id, partial(self._evaluation.verdict, one.rule))

    def kept(self, document: Document, evaluation: RecordEvaluation) -> dict[str, Judged]:
        """The rules that look at nothing in which another document differs, with what they say."""
        if _in_doubt(evaluation) != _in_doubt(self._evaluation):
            return {}
        names = {*document, *self.document}
        other = {name for name in names if document.get(name) is not self.document.get(name)}
        looks_at = self._judge.looks_at
        return {name: judged for name, judged in self._judged.items() if other.isdisjoint(looks_at[name])}

    @property
    def reversals(self) -> int:
        """How many moments contradict each other."""
        return len(self._evaluation.doubts.contradictions) if self._evaluation.doubts else 0

    def missing(self, name: str, words: frozenset[str]) -> int:
        """How many parts of the condition of a rule are not yet as they have to be for it to say one of these words."""
        judged = self._judged.get(name)
        if judged is None or not isinstance(judged.chosen, Chosen):
            return 1
        if words not in judged.missing:
            self._evaluation.use(judged.chosen.key)
            measure = partial(self._judge.distances.of, judged.chosen.rule, words, self._evaluation.state)
            try:
                judged.missing[words] = measure()
            except EvaluationError:
                judged.missing[words] = 1
        return judged.missing[words]

    def pointers(self, name: str) -> tuple[str, ...]:
        """The JSON Pointers of what decides a rule; none where that is which edition judges."""
        if name not in self._pointers:
            judged = self._judged.get(name)
            chosen_ = None if judged is None else judged.chosen
            self._pointers[name] = self._deciding(chosen_) if isinstance(chosen_, Chosen) else ()
        return self._pointers[name]

    def _deciding(self, one: Chosen) -> tuple[str, ...]:
        self._evaluation.use(one.key)
        try:
            judgment = self._evaluation.judge(one.rule, all_reasons=True)
        except EvaluationError:
            return ()
        return tuple(reason.pointer for reason in self._evaluation.teller.reasons(judgment.deciding, None))


def _in_doubt(evaluation: RecordEvaluation) -> Mapping[Any, bool]:
    return evaluation.doubts.in_doubt if evaluation.doubts else {}
