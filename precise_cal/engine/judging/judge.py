"""One rule, one record: the verdict, the items it was judged for, and what decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.judging.reasons import ItemTrace
from precise_cal.engine.judging.words import HARMLESS, Truth, criterion, of_item, together, unsure
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.report import ItemVerdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.state import Entry, State
    from precise_cal.engine.rulebook.rulebook import Condition, ExecutableRule, ExecutableScope
    from precise_cal.protocol.report import VerdictWord

    Ask = Callable[[Condition, State], tuple[Any, tuple[Entry, ...]]]
    """How a condition is evaluated: with its reasons, or without."""

_CONDITION: Final = {"inclusion": "met_when", "exclusion": "present_when"}


@immutable()
class Item:
    """A lesion or vessel that a rule may be judged for; None as a value stands for the participant."""

    key: str | None
    value: Any
    member: Truth
    entries: tuple[Entry, ...] = ()
    """What told whether it is a member."""


@immutable()
class Judgment:
    """The verdict of a rule with what decided it."""

    verdict: VerdictWord
    per: tuple[ItemVerdict, ...]
    deciding: tuple[ItemTrace, ...]
    """The traces of the items that have the verdict."""
    items: tuple[Item, ...]
    """The items that are, or may be, meant."""


_PARTICIPANT: Final = (Item(None, None, True),)


def items_of(scope: ExecutableScope | None, state: State) -> tuple[Item, ...]:
    """The items of a scope; without a scope, the participant itself."""
    if scope is None:
        return _PARTICIPANT
    found = []
    for index, value in enumerate(scope.items.explain(state)[0] or ()):
        state.scopes = {scope.variable: value}
        member, entries = scope.member.explain(state)
        key, _ = scope.key.explain(state)
        found.append(Item(str(key) if key is not None else f"{scope.word} {index + 1}", value, member, entries))
    state.scopes = {}
    return tuple(found)


def judge(rule: ExecutableRule, items: tuple[Item, ...], state: State, *, all_reasons: bool = True) -> Judgment:
    """The verdict of a rule for a participant.

    Args:
        rule: an executable rule.
        items: `items_of` its scope.
        state: of the record; its scopes are set and cleared here.
        all_reasons: whether a verdict that everything is in order is explained too, which costs about as much again.
    """
    if not all_reasons:
        judgment = _judge(rule, items, state, _answer)
        if judgment.verdict in HARMLESS:
            return judgment
    return _judge(rule, items, state, _explain)


def _answer(condition: Condition, state: State) -> tuple[Any, tuple[Entry, ...]]:
    return condition.evaluate(state), ()


def _explain(condition: Condition, state: State) -> tuple[Any, tuple[Entry, ...]]:
    return condition.explain(state)


def _judge(rule: ExecutableRule, items: tuple[Item, ...], state: State, ask: Ask) -> Judgment:
    ladder, scope = _LADDERS[rule.kind], rule.scope
    if scope is None:
        word, entries = ladder(rule, state, ask)
        return Judgment(word, (), (ItemTrace(None, entries),), items)
    judged = []
    for item in items:
        if item.member is False:
            continue
        state.scopes = {scope.variable: item.value}
        word, entries = ladder(rule, state, ask)
        said = of_item(rule.kind, word, item.member)
        if said is not None:
            judged.append((item, said, entries if said == word else (*entries, *item.entries)))
    state.scopes = {}
    if not any(item.member for item, _, _ in judged):
        word, entries = _without_item(rule, scope, state, ask)
        if word in _SETTLED:
            return Judgment(word, (), (ItemTrace(None, entries),), ())
    return _gather(rule, scope, items, judged)


_SETTLED: Final = frozenset({"NOT_APPLICABLE", "NOT_DUE"})


def _without_item(
    rule: ExecutableRule, scope: ExecutableScope, state: State, ask: Ask
) -> tuple[VerdictWord, tuple[Entry, ...]]:
    """What the rule says where no item is known to be meant: it may not concern the participant at all."""
    state.scopes = {scope.variable: None}
    said = _LADDERS[rule.kind](rule, state, ask)
    state.scopes = {}
    return said


def _gather(
    rule: ExecutableRule,
    scope: ExecutableScope,
    items: tuple[Item, ...],
    judged: list[tuple[Item, VerdictWord, tuple[Entry, ...]]],
) -> Judgment:
    verdict = together(rule.kind, (word for _, word, _ in judged))
    if not any(item.member for item, _, _ in judged) and verdict != unsure(rule.kind):
        judged = [(item, unsure(rule.kind), item.entries) for item, _, _ in judged]
        verdict = unsure(rule.kind)
    per = tuple(ItemVerdict(scope.word, item.key or "", word) for item, word, _ in judged)
    deciding = tuple(ItemTrace(item.key, entries) for item, word, entries in judged if word == verdict)
    if not deciding:
        deciding = tuple(ItemTrace(item.key, item.entries) for item in items)
    return Judgment(verdict, per, deciding, tuple(item for item, _, _ in judged))


def _criterion(rule: ExecutableRule, state: State, ask: Ask) -> tuple[VerdictWord, tuple[Entry, ...]]:
    answer, entries = ask(rule.conditions[_CONDITION[rule.kind]], state)
    return criterion(rule.kind, answer), entries


def _conduct(rule: ExecutableRule, state: State, ask: Ask) -> tuple[VerdictWord, tuple[Entry, ...]]:
    """Whether it applies, is due, was done; what is undecided stays so unless a later step decides."""
    steps: tuple[tuple[str, VerdictWord], ...] = (("applies_when", "NOT_APPLICABLE"), ("due_when", "NOT_DUE"))
    undecided: list[Entry] | None = None
    for name, word in steps:
        if name in rule.conditions and rule.conditions[name].evaluate(state) is not True:
            answer, entries = ask(rule.conditions[name], state)
            if answer is False:
                return word, entries
            if answer is None:
                undecided = [*(undecided or ()), *entries]
    if undecided is not None:
        return "CANNOT_ASSESS", tuple(undecided)
    return _done(rule, state, ask)


def _done(rule: ExecutableRule, state: State, ask: Ask) -> tuple[VerdictWord, tuple[Entry, ...]]:
    """A duty that applies and is due: not done is a deviation, whatever else a person should look at."""
    done, entries = ask(rule.conditions["compliant_when"], state)
    if done is False:
        return "DEVIATION", entries
    review: Truth = False
    why: tuple[Entry, ...] = ()
    if "review_when" in rule.conditions and rule.conditions["review_when"].evaluate(state) is not False:
        review, why = ask(rule.conditions["review_when"], state)
    if review:
        return "REVIEW", why
    if done is None or review is None:
        return "CANNOT_ASSESS", (*(entries if done is None else ()), *(why if review is None else ()))
    return "COMPLIANT", entries


def _outcome(rule: ExecutableRule, state: State, ask: Ask) -> tuple[VerdictWord, tuple[Entry, ...]]:
    """An event that certainly took place is told at once; that none took place, only when its time is over."""
    found, entries = ask(rule.conditions["occurred_when"], state)
    if found:
        return "YES", entries
    pending = rule.conditions.get("pending_when")
    if pending is not None and pending.evaluate(state):
        return "PENDING", ask(pending, state)[1]
    due = rule.conditions.get("due_when")
    if due is not None and due.evaluate(state) is not True:
        is_due, why = ask(due, state)
        return ("NOT_DUE" if is_due is False else "CANNOT_ASSESS"), why
    return ("NO" if found is False else "CANNOT_ASSESS"), entries


_LADDERS: Final = {
    "inclusion": _criterion,
    "exclusion": _criterion,
    "conduct": _conduct,
    "outcome": _outcome,
    "side_finding": _outcome,
}
