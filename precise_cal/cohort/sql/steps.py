"""What a rule says of one item: its conditions, step by step (`engine.judging.judge`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import FALSE, TRUE, Expr, case, equal, is_false, is_null, is_true, lit, or_
from precise_cal.cohort.sql.traces import NO_CODE, NOTHING, Trace, sequence, when
from precise_cal.cohort.sql.values import Env, NotCompiledError, Value
from precise_cal.cohort.sql.words import WORST_FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.lower import Lowerer
    from precise_cal.engine.rulebook.rulebook import ExecutableRule


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


def say(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> Said:
    """What a rule says of the item, or of the participant, that an environment stands for."""
    return _STEPS[rule.kind](lowerer, rule, env)


def _criterion(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> Said:
    name = "met_when" if rule.kind == "inclusion" else "present_when"
    answer, trace = _condition(lowerer, rule, name, env)
    worst, unknown, best = WORST_FIRST[rule.kind]
    yes, no = (best, worst) if rule.kind == "inclusion" else (worst, best)
    return Said(rule.kind, ((is_true(answer), yes, trace), (is_false(answer), no, trace), (TRUE, unknown, trace)))


def _conduct(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> Said:
    """Whether it applies, is due, was done."""
    applies, why_applies = _condition(lowerer, rule, "applies_when", env, TRUE)
    due, why_due = _condition(lowerer, rule, "due_when", env, TRUE)
    done, why_done = _condition(lowerer, rule, "compliant_when", env)
    review, why_review = _condition(lowerer, rule, "review_when", env, FALSE)
    return Said(
        rule.kind,
        (
            (is_false(applies), "NOT_APPLICABLE", why_applies),
            (is_false(due), "NOT_DUE", why_due),
            (or_(is_null(applies), is_null(due)), "CANNOT_ASSESS", _open((applies, why_applies), (due, why_due))),
            (is_false(done), "DEVIATION", why_done),
            (is_true(review), "REVIEW", why_review),
            (or_(is_null(done), is_null(review)), "CANNOT_ASSESS", _open((done, why_done), (review, why_review))),
            (TRUE, "COMPLIANT", why_done),
        ),
    )


def _outcome(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> Said:
    """An event that certainly took place is told at once; that none took place, only when its time is over."""
    occurred, why = _condition(lowerer, rule, "occurred_when", env)
    pending, why_pending = _condition(lowerer, rule, "pending_when", env, FALSE)
    due, why_due = _condition(lowerer, rule, "due_when", env, TRUE)
    return Said(
        rule.kind,
        (
            (is_true(occurred), "YES", why),
            (is_true(pending), "PENDING", why_pending),
            (is_false(due), "NOT_DUE", why_due),
            (is_null(due), "CANNOT_ASSESS", why_due),
            (is_false(occurred), "NO", why),
            (TRUE, "CANNOT_ASSESS", why),
        ),
    )


_STEPS: Final = {
    "inclusion": _criterion,
    "exclusion": _criterion,
    "conduct": _conduct,
    "outcome": _outcome,
    "side_finding": _outcome,
}


def _condition(
    lowerer: Lowerer, rule: ExecutableRule, name: str, env: Env, default: Expr | None = None
) -> tuple[Expr, Trace]:
    compiled = rule.conditions.get(name)
    if compiled is None:
        assert default is not None
        return default, NOTHING
    value, trace = lowerer.told(compiled, env)
    if not isinstance(value, Value):
        raise NotCompiledError(f"{name} is no condition")
    return value.parts[0], trace


def _open(*parts: tuple[Expr, Trace]) -> Trace:
    return sequence(when(is_null(answer), trace) for answer, trace in parts)
