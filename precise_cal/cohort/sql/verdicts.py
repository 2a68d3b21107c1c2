"""From the conditions of rules to verdicts, reason codes and notices (`engine.judging.judge`).

A verdict is told by its place in `WORST_FIRST` of its kind, so that the verdict for a participant is the least of those
of the items. A reason code is the number of a field of the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import (
    FALSE,
    TRUE,
    Expr,
    and_,
    call,
    case,
    coalesce,
    equal,
    is_false,
    is_null,
    is_true,
    lit,
    not_,
    or_,
)
from precise_cal.cohort.sql.lower import Mode
from precise_cal.cohort.sql.queries import RANK, any_of, bound, coded, ranked
from precise_cal.cohort.sql.traces import NO_CODE, NOTHING, Trace, sequence, when
from precise_cal.cohort.sql.values import SCOPE, Elements, Env, NotCompiledError, Object, Value, nothing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.grains import Grain
    from precise_cal.cohort.sql.lower import Lowerer
    from precise_cal.engine.rulebook.rulebook import ExecutableRule, ExecutableScope

_OUTCOME: Final = ("YES", "PENDING", "CANNOT_ASSESS", "NOT_DUE", "NO")
WORST_FIRST: Final = {
    "inclusion": ("NOT_MET", "UNKNOWN", "MET"),
    "exclusion": ("PRESENT", "UNKNOWN", "ABSENT"),
    "conduct": ("DEVIATION", "REVIEW", "CANNOT_ASSESS", "NOT_DUE", "COMPLIANT", "NOT_APPLICABLE"),
    "outcome": _OUTCOME,
    "side_finding": _OUTCOME,
    "gate": ("REFUSE", "INCOMPLETE", "ALLOW"),
}
UNSURE: Final = {"inclusion": "UNKNOWN", "exclusion": "UNKNOWN", "gate": "INCOMPLETE"}
"""The word for what cannot be decided; CANNOT_ASSESS of the other kinds."""
_HARMLESS: Final = frozenset({"MET", "ABSENT", "COMPLIANT", "NO", "NOT_DUE", "NOT_APPLICABLE"})
_SETTLED: Final = ("NOT_APPLICABLE", "NOT_DUE")


def unsure(kind: str) -> str:
    """The word for what cannot be decided."""
    return UNSURE.get(kind, "CANNOT_ASSESS")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule says of every participant.

    Attributes:
        verdict: the place of the word in `WORST_FIRST`.
        reason: the number of the field that decided; null where there is none.
        notices: whether each notice is raised, by its code.
    """

    verdict: Expr
    reason: Expr
    notices: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rule says of an item: the first case that is true, each with its word and its trace."""

    kind: str
    cases: tuple[tuple[Expr, str, Trace], ...]

    @property
    def word(self) -> Expr:
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
        def find(what: str) -> Expr | None:
            *others, (_, _, last) = self.cases
            found = last.first(what)
            for condition, _, trace in reversed(others):
                here = trace.first(what)
                if here is not None or found is not None:
                    found = case(condition, NO_CODE if here is None else here, NO_CODE if found is None else found)
            return found

        return Trace(find)


# ---- one item: the conditions of a rule, step by step ----


def _say(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> _Said:
    return _STEPS[rule.kind](lowerer, rule, env)


def _criterion(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> _Said:
    name = "met_when" if rule.kind == "inclusion" else "present_when"
    answer, trace = _condition(lowerer, rule, name, env)
    worst, unknown, best = WORST_FIRST[rule.kind]
    yes, no = (best, worst) if rule.kind == "inclusion" else (worst, best)
    return _Said(rule.kind, ((is_true(answer), yes, trace), (is_false(answer), no, trace), (TRUE, unknown, trace)))


def _conduct(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> _Said:
    """Whether it applies, is due, was done."""
    applies, why_applies = _condition(lowerer, rule, "applies_when", env, TRUE)
    due, why_due = _condition(lowerer, rule, "due_when", env, TRUE)
    done, why_done = _condition(lowerer, rule, "compliant_when", env)
    review, why_review = _condition(lowerer, rule, "review_when", env, FALSE)
    return _Said(
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


def _outcome(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> _Said:
    """An event that certainly took place is told at once; that none took place, only when its time is over."""
    occurred, why = _condition(lowerer, rule, "occurred_when", env)
    pending, why_pending = _condition(lowerer, rule, "pending_when", env, FALSE)
    due, why_due = _condition(lowerer, rule, "due_when", env, TRUE)
    return _Said(
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


# ---- a rule ----


def judged(lowerer: Lowerer, rule: ExecutableRule) -> Judged:
    """A rule for every participant. Raises: NotCompiledError, where a part of it has no SQL."""
    if rule.scope is None:
        return _for_participant(lowerer, rule)
    return _Items(lowerer, rule, rule.scope).judged()


def _for_participant(lowerer: Lowerer, rule: ExecutableRule) -> Judged:
    said = _say(lowerer, rule, lowerer.root)
    reason = coalesce(said.trace.reason(), _if_unsure(lowerer, rule, said.word, said.trace.question()))
    return Judged(said.word, reason or NO_CODE, tuple(_notices(lowerer, rule, lowerer.root)))


def _if_unsure(lowerer: Lowerer, rule: ExecutableRule, word: Expr, code: Expr | None) -> Expr | None:
    """What a query asks for, where the verdict is open; rules with queries of their own ask in their own way."""
    if code is None or rule.queries or not lowerer.reasons:
        return None
    return case(equal(word, lit(WORST_FIRST[rule.kind].index(unsure(rule.kind)))), code, NO_CODE)


def _notices(lowerer: Lowerer, rule: ExecutableRule, env: Env) -> list[tuple[str, Expr]]:
    found: dict[str, Expr] = {}
    for extra in rule.notices:
        answer, _ = lowerer.truth(extra.when.tree, env, Mode.QUIET)
        known = found.get(extra.notice.code, FALSE)
        found[extra.notice.code] = or_(known, is_true(answer))
    return list(found.items())


class _Items:
    """A rule that is judged for the items of a scope, and for the participant from the worst of them."""

    def __init__(self, lowerer: Lowerer, rule: ExecutableRule, scope: ExecutableScope) -> None:
        self.lowerer = lowerer
        self.rule = rule
        self.scope = scope
        listed, _ = lowerer.lower(scope.items.tree, lowerer.root, Mode.QUIET)
        if not isinstance(listed, Elements) or listed.repeated:
            raise NotCompiledError(f"the items of {scope.id}", scope.items.tree)
        self.listed = listed
        self.env, keep = bound(lowerer, listed, lowerer.root, SCOPE)
        member, self.why_member = lowerer.told(scope.member, self.env)
        if keep is not TRUE or not isinstance(member, Value):
            raise NotCompiledError(f"the items of {scope.id}", scope.items.tree)
        self.member = member.parts[0]
        self.grain: Grain = self.env.grain
        self.meant = not_(is_false(self.member))
        self.words = WORST_FIRST[rule.kind]
        self.unsure = lit(self.words.index(unsure(rule.kind)))

    def judged(self) -> Judged:
        """The verdict, what decided it, and the notices."""
        said = _say(self.lowerer, self.rule, self.env)
        softened = and_(is_null(self.member), not_(said.is_any(sorted({*_HARMLESS, unsure(self.rule.kind)}))))
        word = case(softened, self.unsure, said.word)
        trace = sequence([said.trace, when(softened, self.why_member)])
        worst, decisive = self._worst(word, trace.reason())
        any_member = any_of(self.grain, is_true(self.member))
        settled, settled_word, settled_reason = self._without_item()
        verdict = case(any_member, worst, case(settled, settled_word, self.unsure))
        by_items = case(equal(worst, self.unsure), decisive, self._by_membership())
        reason = case(any_member, decisive, case(settled, settled_reason, by_items))
        asked = self._asked(verdict, word, trace)
        notices = self._raised(and_(not_(any_member), settled))
        return Judged(verdict, coalesce(reason, asked) or NO_CODE, notices)

    def _worst(self, word: Expr, code: Expr | None) -> tuple[Expr, Expr]:
        """The worst verdict of the items, and the code of the first one that has it."""
        if not self.lowerer.reasons:
            return self.grain.gathered("min", case(self.meant, word, lit(None, "integer"))), NO_CODE
        if code is not None and code.op == "lit":
            worst = self.grain.gathered("min", case(self.meant, word, lit(None, "integer")))
            return worst, case(is_null(worst), NO_CODE, code)
        first = self._first(self.meant, word, code)
        return call("narrow", call("div", first, lit(RANK))), coded(first)

    def _first(self, meant: Expr, word: Expr, code: Expr | None) -> Expr:
        """The worst verdict, and the first item with it that has a code, as one number."""
        return self.grain.gathered("min", ranked(self.grain, meant, word, NO_CODE if code is None else code))

    def _by_membership(self) -> Expr:
        """Where no item is known to be meant: what leaves that open, or what says that none is."""
        code = self.why_member.reason()
        if code is None:
            return NO_CODE
        of_meant = coded(self._first(self.meant, lit(0), code))
        of_all = coded(self._first(TRUE, lit(0), code))
        return case(any_of(self.grain, self.meant), of_meant, of_all)

    def _without_item(self) -> tuple[Expr, Expr, Expr]:
        """Whether the rule does not concern the participant, whichever item is meant; and how and why."""
        if not any(word in self.words for word in _SETTLED):
            return FALSE, self.unsure, NO_CODE
        root = self.lowerer.root
        absent = nothing("String")
        element = self.listed.element
        value = absent if isinstance(element, Value) else _absent(element)
        env = self.lowerer.env(("absent", self.scope.id), lambda: Env(root.grain, {SCOPE: value}))
        said = _say(self.lowerer, self.rule, env)
        return said.is_any(_SETTLED), said.word, said.trace.reason() or NO_CODE

    def _asked(self, verdict: Expr, word: Expr, trace: Trace) -> Expr | None:
        """What is asked for, where the verdict is open and has no reason: a datum, else which items are meant."""
        items = lit(self.lowerer.code(self.scope.field))
        code = items
        question = trace.question()
        if question is not None and (trace.reason() or NO_CODE).op != "lit":
            meant = and_(self.meant, equal(word, self.unsure))
            code = coalesce(coded(self._first(meant, lit(0), question)), items) or items
        return _if_unsure(self.lowerer, self.rule, verdict, code)

    def _raised(self, none: Expr) -> tuple[tuple[str, Expr], ...]:
        found = _notices(self.lowerer, self.rule, self.env)
        return tuple((code, and_(not_(none), any_of(self.grain, and_(self.meant, answer)))) for code, answer in found)


def _absent(element: object) -> Object:
    assert isinstance(element, Object)
    return Object(element.table, element.path, element.grain, FALSE)
