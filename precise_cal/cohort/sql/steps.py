"""What a rule says of one item: its conditions, rung by rung (`engine.judging.judge`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.cohort.sql.expressions import FALSE, TRUE, and_, case, equal, is_false, is_null, is_true, lit, or_
from precise_cal.cohort.sql.traces import NO_CODE, NOTHING, Trace, sequence, when
from precise_cal.cohort.sql.values import Env, NotCompiledError, Value
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.verdicts import LADDERS, UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.edition import ExecutableRule


@dataclass(frozen=True, slots=True)
class LadderCases:
    """What a rule says of an item: the first case that is true, each with its word and its trace."""

    kind: str
    cases: tuple[tuple[Expr, str, Trace], ...]

    @property
    def word(self) -> Expr:
        """The place of the word among those of its kind, worst first."""
        words = LADDERS[self.kind].worst_first
        *others, (_, last, _) = self.cases
        found = lit(words.index(last))
        for condition, word, _ in reversed(others):
            found = case(condition, lit(words.index(word)), found)
        return found

    def is_any(self, words: Sequence[str]) -> Expr:
        """Whether it is one of these words."""
        known: tuple[str, ...] = LADDERS[self.kind].worst_first
        places = [known.index(word) for word in words if word in known]
        return or_(FALSE, *[equal(self.word, lit(place)) for place in places])

    @property
    def trace(self) -> Trace:
        """What the case that is true leaves behind."""

        def find(what: str) -> Expr | None:
            *others, (_, _, last) = self.cases
            found = last.first(what)
            for condition, _, trace in reversed(others):
                here = trace.first(what)
                if here is not None or found is not None:
                    found = case(condition, NO_CODE if here is None else here, NO_CODE if found is None else found)
            return found

        return Trace(find)


def say(context: SqlContext, rule: ExecutableRule, env: Env) -> LadderCases:
    """What a rule says of the item, or of the participant, that an environment stands for."""
    ladder = LADDERS[rule.kind]
    cases: list[tuple[Expr, str, Trace]] = []
    before: list[tuple[Expr, Trace]] = []
    explanation = NOTHING
    for name, when_true, when_false in ladder.rungs:
        compiled = rule.conditions.get(name)
        if compiled is None:
            continue
        answer, trace = _condition(context, compiled, name, env)
        if name == ladder.needed:
            explanation = trace
        for word, decides in ((when_true, is_true(answer)), (when_false, is_false(answer))):
            if word is not None and word not in UNSETTLED and before:
                cases.append((and_(decides, _is_open(before)), ladder.unknown, _left_open(before)))
            if word is not None:
                cases.append((decides, word, trace))
        before.append((answer, trace))
    cases.append((_is_open(before), ladder.unknown, _left_open(before)))
    return LadderCases(rule.kind, (*cases, (TRUE, ladder.otherwise, explanation)))


def _is_open(steps: Sequence[tuple[Expr, Trace]]) -> Expr:
    return or_(FALSE, *[is_null(answer) for answer, _ in steps])


def _left_open(steps: Sequence[tuple[Expr, Trace]]) -> Trace:
    return sequence([when(is_null(answer), trace) for answer, trace in steps])


def _condition(context: SqlContext, compiled: Compiled, name: str, env: Env) -> tuple[Expr, Trace]:
    value, trace = context.told(compiled, env)
    if not isinstance(value, Value):
        raise NotCompiledError(message("{ $name } is no condition", name=Verbatim(name)))
    return value.parts[0], trace
