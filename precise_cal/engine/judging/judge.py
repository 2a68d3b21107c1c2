"""One rule, one record: the verdict, the items it was judged for, and what decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.compile import evaluate, explain
from precise_cal.engine.judging.reasons import ItemTrace
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.report import ItemVerdict
from precise_cal.protocol.verdicts import HARMLESS, LADDERS, NOT_JUDGED, UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from precise_cal.engine.cql.state import Entry, State
    from precise_cal.engine.rulebook.edition import Condition, ExecutableRule, ExecutableScope
    from precise_cal.protocol.verdicts import VerdictWord

    Ask = Callable[[Condition, State], tuple[Any, tuple[Entry, ...]]]
    """How a condition is evaluated: with its reasons, or without."""

Truth = bool | None


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


def of_item(kind: str, word: VerdictWord, member: Truth) -> VerdictWord:
    """The verdict of an item that is meant, or may be.

    An item whose membership is unknown cannot do harm it is not known to do: a bad verdict becomes undecided.
    """
    return word if member or word in HARMLESS else LADDERS[kind].unknown


def together(kind: str, words: Iterable[VerdictWord]) -> VerdictWord:
    """The verdict for the participant from those of the items: the worst of them."""
    ladder = LADDERS[kind]
    return min(words, key=ladder.worst_first.index, default=ladder.unknown)


_PARTICIPANT: Final = (Item(None, None, True),)


def items_of(scope: ExecutableScope | None, state: State) -> tuple[Item, ...]:
    """The items of a scope; without a scope, the participant itself."""
    if scope is None:
        return _PARTICIPANT
    found = []
    for index, value in enumerate(explain(scope.items, state)[0] or ()):
        state.scopes = {scope.variable: value}
        member, entries = explain(scope.member, state)
        key, _ = explain(scope.key, state)
        found.append(Item(str(key) if key is not None else f"{scope.word} {index + 1}", value, member, entries))
    state.scopes = {}
    return tuple(found)


def verdict_of(rule: ExecutableRule, items: tuple[Item, ...], state: State) -> VerdictWord:
    """The verdict of a rule for a participant, without what decided it; the arguments are those of `judge`."""
    return plain_judgment(rule, items, state).verdict


def plain_judgment(rule: ExecutableRule, items: tuple[Item, ...], state: State) -> Judgment:
    """The same with the items that are meant."""
    return _judge(rule, items, state, _answer)


def words_of_items(
    rule: ExecutableRule, scope: ExecutableScope, items: tuple[Item, ...], state: State
) -> list[tuple[Item, VerdictWord]]:
    """The verdict of each item that is, or may be, meant."""
    return [(item, word) for item, word, _ in _judged_items(rule, scope, items, state, _answer)]


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
    return _judge(rule, items, state, explain)


def _answer(condition: Condition, state: State) -> tuple[Any, tuple[Entry, ...]]:
    return evaluate(condition, state), ()


def _judge(rule: ExecutableRule, items: tuple[Item, ...], state: State, ask: Ask) -> Judgment:
    scope = rule.scope
    if scope is None:
        word, entries = _climb(rule, state, ask)
        return Judgment(word, (), (ItemTrace(None, entries),), items)
    judged = _softened(rule.kind, _judged_items(rule, scope, items, state, ask))
    if not any(item.member for item, _, _ in judged):
        word, entries = _without_item(rule, scope, state, ask)
        if word in NOT_JUDGED:
            return Judgment(word, (), (ItemTrace(None, entries),), ())
    return _gather(rule, scope, items, judged)


_JudgedItem = tuple[Item, "VerdictWord", "tuple[Entry, ...]"]


def _judged_items(
    rule: ExecutableRule, scope: ExecutableScope, items: tuple[Item, ...], state: State, ask: Ask
) -> list[_JudgedItem]:
    judged: list[_JudgedItem] = []
    for item in items:
        if item.member is False:
            continue
        state.scopes = {scope.variable: item.value}
        judged.append((item, *_climb(rule, state, ask)))
    state.scopes = {}
    return judged


def _softened(kind: str, judged: list[_JudgedItem]) -> list[_JudgedItem]:
    """The same, where an item that may not be meant leaves open what it alone would change."""
    sure = together(kind, (word for item, word, _ in judged if item.member))
    has_member = any(item.member for item, _, _ in judged)
    result: list[_JudgedItem] = []
    for item, word, entries in judged:
        said = of_item(kind, word, item.member)
        if has_member and not item.member and together(kind, (sure, said)) != sure:
            said = LADDERS[kind].unknown
        result.append((item, said, entries if said == word else (*entries, *item.entries)))
    return result


def _without_item(
    rule: ExecutableRule, scope: ExecutableScope, state: State, ask: Ask
) -> tuple[VerdictWord, tuple[Entry, ...]]:
    """What the rule says where no item is known to be meant: it may not concern the participant at all."""
    state.scopes = {scope.variable: None}
    said = _climb(rule, state, ask)
    state.scopes = {}
    return said


def _gather(
    rule: ExecutableRule,
    scope: ExecutableScope,
    items: tuple[Item, ...],
    judged: list[_JudgedItem],
) -> Judgment:
    verdict = together(rule.kind, (word for _, word, _ in judged))
    if not any(item.member for item, _, _ in judged) and verdict != LADDERS[rule.kind].unknown:
        judged = [(item, LADDERS[rule.kind].unknown, item.entries) for item, _, _ in judged]
        verdict = LADDERS[rule.kind].unknown
    per = tuple(ItemVerdict(scope.word, item.key or "", word) for item, word, _ in judged)
    deciding = tuple(ItemTrace(item.key, entries) for item, word, entries in judged if word == verdict)
    if not deciding:
        deciding = tuple(ItemTrace(item.key, item.entries) for item in items)
    return Judgment(verdict, per, deciding, tuple(item for item, _, _ in judged))


def _climb(rule: ExecutableRule, state: State, ask: Ask) -> tuple[VerdictWord, tuple[Entry, ...]]:
    """The verdict of the first rung that decides; one before it that is open lets no settled verdict through."""
    explanation: tuple[Entry, ...] = ()
    left_open: list[Entry] | None = None
    for condition, is_needed, when_true, when_false in rule.rungs:
        if is_needed:
            answer, explanation = ask(condition, state)
        else:
            answer = evaluate(condition, state)
        word = None if answer is None else when_true if answer else when_false
        if word is not None and (left_open is None or word in UNSETTLED):
            return word, explanation if is_needed else ask(condition, state)[1]
        if word is not None:
            break
        if answer is None:
            entries = explanation if is_needed else ask(condition, state)[1]
            left_open = [*(left_open or ()), *entries]
    if left_open is not None:
        return rule.ladder.unknown, tuple(left_open)
    return rule.ladder.otherwise, explanation
