"""What a rule says of one item: its conditions, step by step (`engine.judging.judge`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.cohort.sql.expressions import FALSE, TRUE, and_, case, equal, is_false, is_null, is_true, lit, or_
from precise_cal.cohort.sql.traces import NO_CODE, NOTHING, Trace, sequence, when
from precise_cal.cohort.sql.values import Env, NotCompiledError, Value
from precise_cal.cohort.sql.words import WORST_FIRST, unsure
from precise_cal.engine.judging.judge import LADDERS
from precise_cal.engine.judging.words import UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.edition import ExecutableRule


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says of an item: the first case that is true, each with its word and its trace."""

    kind: str
    cases: tuple[tuple[Expr, str, Trace], ...]

    @property
    def word(self) -> Expr:
        """The place of the word in `WORST_FIRST`."""
        words = WORST_FIRST[self.kind]
        *others, (_, last, _) = self.cases
        found = lit(words.index(last))
        for condition, word, _ in reversed(others):
            found = case(condition, lit(words.index(word)), found)
        return found

    def is_any(self, words: Sequence[str]) -> Expr:
        """Whether it is one of these words."""
        places = [WORST_FIRST[self.kind].index(word) for word in words if word in WORST_FIRST[self.kind]]
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


def say(context: SqlContext, rule: ExecutableRule, env: Env) -> Said:
    """What a rule says of the item, or of the participant, that an environment stands for."""
    ladder, unknown = LADDERS[rule.kind], unsure(rule.kind)
    cases: list[tuple[Expr, str, Trace]] = []
    before: list[tuple[Expr, Trace]] = []
    explanation = NOTHING
    for name, wanted, word in ladder.steps:
        compiled = rule.conditions.get(name)
        if compiled is None:
            continue
        answer, trace = _condition(context, compiled, name, env)
        if name == ladder.explained_by:
            explanation = trace
        decides = is_true(answer) if wanted else is_false(answer)
        if word not in UNSETTLED and before:
            cases.append((and_(decides, _is_open(before)), unknown, _left_open(before)))
        cases.append((decides, word, trace))
        before.append((answer, trace))
    cases.append((_is_open(before), unknown, _left_open(before)))
    return Said(rule.kind, (*cases, (TRUE, ladder.otherwise, explanation)))


def _is_open(steps: Sequence[tuple[Expr, Trace]]) -> Expr:
    return or_(FALSE, *[is_null(answer) for answer, _ in steps])


def _left_open(steps: Sequence[tuple[Expr, Trace]]) -> Trace:
    return sequence([when(is_null(answer), trace) for answer, trace in steps])


def _condition(context: SqlContext, compiled: Compiled, name: str, env: Env) -> tuple[Expr, Trace]:
    value, trace = context.told(compiled, env)
    if not isinstance(value, Value):
        raise NotCompiledError(f"{name} is no condition")
    return value.parts[0], trace
