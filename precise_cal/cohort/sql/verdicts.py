"""From what a rule says of each item to its verdict for the participant, with reason codes and notices.

A verdict is told by its place among the words of its kind, worst first.
A reason code is the number of a field of the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.cohort.sql.expressions import (
    FALSE,
    TRUE,
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
from precise_cal.cohort.sql.graph import LEFT, Expr, capture
from precise_cal.cohort.sql.queries import RANK, any_of, bound, coded, ranked
from precise_cal.cohort.sql.steps import say
from precise_cal.cohort.sql.traces import NO_CODE, Mode, Trace, sequence, when
from precise_cal.cohort.sql.values import SCOPE, Elements, Env, NotCompiledError, Object, Value, nothing
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.verdicts import HARMLESS, LADDERS, NOT_JUDGED

if TYPE_CHECKING:
    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Grain
    from precise_cal.cohort.sql.steps import LadderCases
    from precise_cal.engine.rulebook.edition import ExecutableRule, ExecutableScope


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule says of every participant.

    Attributes:
        verdict: the place of the word among those of its kind, worst first.
        reason: the number of the field that decided; null where there is none.
        notices: whether each notice is raised, by its code.
    """

    verdict: Expr
    reason: Expr
    notices: tuple[tuple[str, Expr], ...]


def judged(context: SqlContext, rule: ExecutableRule) -> Judged:
    """A rule for every participant. Raises: NotCompiledError, where a part of it has no SQL."""
    if rule.scope is None:
        return _for_participant(context, rule)
    return _Items(context, rule, rule.scope).judged()


def _for_participant(context: SqlContext, rule: ExecutableRule) -> Judged:
    said = say(context, rule, context.root)
    asked = _own_question(context, rule, said) or _if_unsure(context, rule, said.word, said.trace.question())
    reason = coalesce(said.trace.reason(), asked)
    return Judged(said.word, reason or NO_CODE, tuple(_notices(context, rule, context.root)))


def _own_question(context: SqlContext, rule: ExecutableRule, said: LadderCases) -> Expr | None:
    """The field that the first of a rule's own queries asks for, where the verdict is open; of items, none is told."""
    if not rule.queries or not context.reasons or any(one.item is not None for one in rule.queries):
        return None
    code = said.trace.question() or NO_CODE
    for extra in reversed(rule.queries):
        answer, _ = context.truth(extra.when.tree, context.root, Mode.QUIET)
        code = case(is_true(answer), lit(context.code(extra.query.field)), code)
    return case(equal(said.word, _unknown(rule)), code, NO_CODE)


def _if_unsure(context: SqlContext, rule: ExecutableRule, word: Expr, code: Expr | None) -> Expr | None:
    """What a query asks for, where the verdict is open; rules with queries of their own ask in their own way."""
    if code is None or rule.queries or not context.reasons:
        return None
    return case(equal(word, _unknown(rule)), code, NO_CODE)


def _unknown(rule: ExecutableRule) -> Expr:
    ladder = LADDERS[rule.kind]
    return lit(ladder.worst_first.index(ladder.unknown))


def _notices(context: SqlContext, rule: ExecutableRule, env: Env) -> list[tuple[str, Expr]]:
    found: dict[str, Expr] = {}
    for extra in rule.notices:
        answer, _ = context.truth(extra.when.tree, env, Mode.QUIET)
        known = found.get(extra.notice.code, FALSE)
        found[extra.notice.code] = or_(known, is_true(answer))
    return list(found.items())


class _Items:
    """A rule that is judged for the items of a scope, and for the participant from the worst of them."""

    def __init__(self, context: SqlContext, rule: ExecutableRule, scope: ExecutableScope) -> None:
        self.context = context
        self.rule = rule
        self.scope = scope
        listed, _ = context.lower(scope.items.tree, context.root, Mode.QUIET)
        if not isinstance(listed, Elements) or listed.repeated:
            raise NotCompiledError(message("the items of { $id }", id=Verbatim(scope.id)), scope.items.tree)
        self.listed = listed
        self.env, keep = bound(context, listed, context.root, SCOPE)
        member, self.why_member = context.told(scope.member, self.env)
        if keep is not TRUE or not isinstance(member, Value):
            raise NotCompiledError(message("the items of { $id }", id=Verbatim(scope.id)), scope.items.tree)
        self.member = member.parts[0]
        self.grain: Grain = self.env.grain
        self.meant = not_(is_false(self.member))
        self.words = LADDERS[rule.kind].worst_first
        self.unsure = _unknown(rule)

    def judged(self) -> Judged:
        """The verdict, what decided it, and the notices."""
        said = say(self.context, self.rule, self.env)
        softened = and_(is_null(self.member), self._changes(said))
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

    def _changes(self, said: LadderCases) -> Expr:
        """Whether a verdict is bad, or worse than those of the items that are certainly meant."""
        harmless = [word for word in self.words if word in HARMLESS]
        harmful = not_(said.is_any([*harmless, LADDERS[self.rule.kind].unknown]))
        if len(harmless) == 1:
            return harmful
        surest = self.grain.gathered("min", case(is_true(self.member), said.word, lit(None, "integer")))
        worse = call("lt", said.word, capture(surest, self.grain, LEFT))
        return or_(harmful, and_(said.is_any(harmless), worse))

    def _worst(self, word: Expr, code: Expr | None) -> tuple[Expr, Expr]:
        """The worst verdict of the items, and the code of the first one that has it."""
        if not self.context.reasons:
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
        if NOT_JUDGED.isdisjoint(self.words):
            return FALSE, self.unsure, NO_CODE
        root = self.context.root
        absent = nothing("String")
        element = self.listed.element
        value = absent if isinstance(element, Value) else _absent(element)
        env = self.context.env(("absent", self.scope.id), lambda: Env(root.grain, {SCOPE: value}))
        said = say(self.context, self.rule, env)
        return said.is_any(sorted(NOT_JUDGED)), said.word, said.trace.reason() or NO_CODE

    def _asked(self, verdict: Expr, word: Expr, trace: Trace) -> Expr | None:
        """What is asked for, where the verdict is open and has no reason: a datum, else which items are meant."""
        items = lit(self.context.code(self.scope.field))
        code = items
        question = trace.question()
        if question is not None and (trace.reason() or NO_CODE).op != "lit":
            meant = and_(self.meant, equal(word, self.unsure))
            code = coalesce(coded(self._first(meant, lit(0), question)), items) or items
        return _if_unsure(self.context, self.rule, verdict, code)

    def _raised(self, none: Expr) -> tuple[tuple[str, Expr], ...]:
        found = _notices(self.context, self.rule, self.env)
        return tuple((code, and_(not_(none), any_of(self.grain, and_(self.meant, answer)))) for code, answer in found)


def _absent(element: object) -> Object:
    assert isinstance(element, Object)
    return Object(element.table, element.path, element.grain, FALSE)
