"""Cases on changed rules: of each, only what the change reaches and the case looks at is judged anew.

What the other rules say of a case's record is kept from the rules as they are. Conditions are evaluated without their
reasons, which a case does not look at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from precise_cal.engine.cases import populations_left
from precise_cal.engine.check import contradicted
from precise_cal.engine.judging.choice import chosen
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.engine.judging.moments import Open
from precise_cal.engine.judging.outcome import found_by, notices_of, outcome
from precise_cal.protocol.scalars import read_instant
from precise_cal.protocol.verdicts import ALLOW, CRITERIA, FAILING, INCOMPLETE, LADDERS, PASSING, REFUSE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from precise_cal.engine.cases import Case, PlacedCase
    from precise_cal.engine.rulebook.consequences import Found
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.temporal import DateTime


class Words(NamedTuple):
    """What a rule comes to: its kind, its verdict, what consequences follow from; as far as it was asked for."""

    kind: str
    verdict: str
    found: tuple[Found, ...]


class Bench:
    """The cases of a trial, ready for rules that are changed a little.

    Args:
        book: the rules, read with their meaning.
        cases: cases that pass.
    """

    def __init__(self, book: Rulebook, cases: Sequence[PlacedCase]) -> None:
        self.book = book
        self._cases = cases
        self._records: dict[int, tuple[Part, DateTime | None]] = {}
        self._kept: dict[int, Mapping[str, Words]] = {}
        for key in book.timeline.keys:
            book.edition_of(key)

    def reached(self, changed: Rulebook) -> frozenset[str]:
        """The rules that a change reaches. Raises: RuleFileError, where what is changed is no rule."""
        return frozenset(
            rule.rule.id
            for key in self.book.timeline.keys
            for rule in changed.edition_of(key).rules
            if rule is not self.book.rule_in(key, rule.rule.id)
        )

    def in_order(self, reached: Collection[str]) -> list[int]:
        """The cases that may tell a change, by number: those first that need least to be judged."""
        weight = {name: sum(len(one.definitions) for one in self.book.rules[name].expressions()) for name in reached}
        own = [number for number, one in enumerate(self._cases) if one.rule in reached]
        others = [
            number
            for number, one in enumerate(self._cases)
            if one.rule not in reached and (_looks_at_all_rules(one) or not one.case.also.keys().isdisjoint(reached))
        ]
        own.sort(key=lambda number: (bool(self._cases[number].case.parameters), weight[self._cases[number].rule]))
        others.sort(key=lambda number: bool(self._cases[number].case.parameters))
        return own + others

    def tells(self, number: int, changed: Rulebook, reached: frozenset[str]) -> bool:
        """Whether a case fails on changed rules. Raises what a record or an expression raises that cannot be judged."""
        placed = self._cases[number]
        case, book = placed.case, changed.varied(placed.case.parameters)
        record, now = self._record(number)
        evaluation = RecordEvaluation(book, record, now, all_reasons=False)
        if placed.rule in reached and self._tells_by_itself(placed, evaluation):
            return True
        others = reached.intersection(case.also)
        if others and any(one.verdict != case.also[name] for name, one in _words(evaluation, others).items()):
            return True
        if not _looks_at_all_rules(placed):
            return False
        said = {**self._known(number), **_words(evaluation, reached, with_found=_looks_at_deviations(case))}
        expected = case.expect if placed.rule == GATE_ID else case.gate
        if expected is not None and _decision(said, book.required_by_gate) != expected:
            return True
        if not _looks_at_deviations(case):
            return False
        facts = [*contradicted(evaluation)[0], *(fact for one in said.values() for fact in one.found)]
        follow = book.deviations.deviations(facts)
        codes = {one.code for one in follow}
        if case.leaves is not None and populations_left(follow) != set(case.leaves):
            return True
        if case.deviates is not None and codes != set(case.deviates):
            return True
        return not codes.issuperset(case.deviations) or not codes.isdisjoint(case.no_deviations)

    def _tells_by_itself(self, placed: PlacedCase, evaluation: RecordEvaluation) -> bool:
        """Whether the rule of a case says something else than the case expects."""
        case = placed.case
        (one,) = chosen(evaluation, None, (placed.rule,))[0]
        if isinstance(one, Open):
            return case.expect != LADDERS[one.rule.kind].unknown
        evaluation.use(one.key)
        judgment = evaluation.plain_judgment(one.rule)
        if judgment.verdict != case.expect:
            return True
        if case.notices or case.silent or case.raises is not None:
            raised = {notice.code for notice in notices_of(evaluation, one.rule, judgment)}
            if not raised.issuperset(case.notices) or not raised.isdisjoint(case.silent):
                return True
            if case.raises is not None and raised != set(case.raises):
                return True
        if case.says is None and case.asks is None and case.asks_at is None and case.query is None:
            return False
        verdict, queries, _, _ = outcome(evaluation, one.rule)
        is_said = case.says is None or case.says in [sentence.en for sentence in verdict.says]
        is_asked = case.asks is None or case.asks in [query.ask for query in queries]
        is_there = case.asks_at is None or case.asks_at in [query.pointer for query in queries]
        return not (is_said and is_asked and is_there) or (case.query is not None and bool(queries) != case.query)

    def _record(self, number: int) -> tuple[Part, DateTime | None]:
        if number not in self._records:
            placed = self._cases[number]
            data = json.dumps(placed.document, default=str).encode()
            now = read_instant(placed.case.now) if placed.case.now else None
            self._records[number] = self.book.records.read(data), now
        return self._records[number]

    def _known(self, number: int) -> Mapping[str, Words]:
        """What the rules say of a case as they are."""
        if number not in self._kept:
            record, now = self._record(number)
            book = self.book.varied(self._cases[number].case.parameters)
            evaluation = RecordEvaluation(book, record, now, all_reasons=False)
            self._kept[number] = _words(evaluation, None, with_found=_looks_at_deviations(self._cases[number].case))
        return self._kept[number]


def _looks_at_deviations(case: Case) -> bool:
    return bool(case.deviations or case.no_deviations) or case.deviates is not None or case.leaves is not None


def _looks_at_all_rules(placed: PlacedCase) -> bool:
    """Whether a case looks at what follows from all rules together."""
    return placed.rule == GATE_ID or placed.case.gate is not None or _looks_at_deviations(placed.case)


def _words(evaluation: RecordEvaluation, only: frozenset[str] | None, *, with_found: bool = False) -> dict[str, Words]:
    found = {}
    for one in chosen(evaluation, None, only)[0]:
        name = one.rule.rule.id
        if isinstance(one, Open):
            found[name] = Words(one.rule.kind, LADDERS[one.rule.kind].unknown, ())
            continue
        evaluation.use(one.key)
        judgment = evaluation.plain_judgment(one.rule)
        facts = found_by(evaluation, one.rule, judgment) if with_found else ()
        found[name] = Words(one.rule.kind, judgment.verdict, facts)
    return found


def _decision(said: Mapping[str, Words], required: frozenset[str]) -> str:
    """The gate's decision (`engine.judging.gate`), by the words alone."""
    words = {one.verdict for name, one in said.items() if one.kind in CRITERIA or name in required}
    return REFUSE if words & FAILING else INCOMPLETE if words - FAILING - PASSING else ALLOW
