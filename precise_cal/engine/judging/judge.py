"""One rule, one record: the verdict, the items it was judged for, and what decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.engine.cql.compile import evaluate, explain
from precise_cal.engine.judging.reasons import ItemTrace
from precise_cal.engine.judging.words import HARMLESS, UNSETTLED, Truth, of_item, together, unsure
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.report import ItemVerdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.state import Entry, State
    from precise_cal.engine.rulebook.edition import Condition, ExecutableRule, ExecutableScope
    from precise_cal.protocol.report import VerdictWord

    Ask = Callable[[Condition, State], tuple[Any, tuple[Entry, ...]]]
    """How a condition is evaluated: with its reasons, or without."""


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
    for index, value in enumerate(explain(scope.items, state)[0] or ()):
        state.scopes = {scope.variable: value}
        member, entries = explain(scope.member, state)
        key, _ = explain(scope.key, state)
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
    return evaluate(condition, state), ()


def _explain(condition: Condition, state: State) -> tuple[Any, tuple[Entry, ...]]:
    return explain(condition, state)


def _judge(rule: ExecutableRule, items: tuple[Item, ...], state: State, ask: Ask) -> Judgment:
    scope = rule.scope
    if scope is None:
        word, entries = _climb(rule, state, ask)
        return Judgment(word, (), (ItemTrace(None, entries),), items)
    judged: list[_JudgedItem] = []
    for item in items:
        if item.member is False:
            continue
        state.scopes = {scope.variable: item.value}
        judged.append((item, *_climb(rule, state, ask)))
    state.scopes = {}
    judged = _softened(rule.kind, judged)
    if not any(item.member for item, _, _ in judged):
        word, entries = _without_item(rule, scope, state, ask)
        if word in _SETTLED:
            return Judgment(word, (), (ItemTrace(None, entries),), ())
    return _gather(rule, scope, items, judged)


_JudgedItem = tuple[Item, "VerdictWord", "tuple[Entry, ...]"]
_SETTLED: Final = frozenset({"NOT_APPLICABLE", "NOT_DUE"})


def _softened(kind: str, judged: list[_JudgedItem]) -> list[_JudgedItem]:
    """The same, where an item that may not be meant leaves open what it alone would change."""
    sure = together(kind, (word for item, word, _ in judged if item.member))
    has_member = any(item.member for item, _, _ in judged)
    result: list[_JudgedItem] = []
    for item, word, entries in judged:
        said = of_item(kind, word, item.member)
        if has_member and not item.member and together(kind, (sure, said)) != sure:
            said = unsure(kind)
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
    if not any(item.member for item, _, _ in judged) and verdict != unsure(rule.kind):
        judged = [(item, unsure(rule.kind), item.entries) for item, _, _ in judged]
        verdict = unsure(rule.kind)
    per = tuple(ItemVerdict(scope.word, item.key or "", word) for item, word, _ in judged)
    deciding = tuple(ItemTrace(item.key, entries) for item, word, entries in judged if word == verdict)
    if not deciding:
        deciding = tuple(ItemTrace(item.key, item.entries) for item in items)
    return Judgment(verdict, per, deciding, tuple(item for item, _, _ in judged))


class Step(NamedTuple):
    """A step of a ladder: the verdict where a condition has this answer."""

    condition: str
    answer: bool
    word: VerdictWord


class Ladder(NamedTuple):
    """The steps of a kind of rule, and the verdict where none of them decides, with the condition that explains it.

    A condition that a rule does not have cannot decide, and leaves nothing open.
    """

    steps: tuple[Step, ...]
    otherwise: VerdictWord
    explained_by: str


_OUTCOME: Final = Ladder(
    (
        Step("applies_when", answer=False, word="NOT_DUE"),
        Step("occurred_when", answer=True, word="YES"),
        Step("pending_when", answer=True, word="PENDING"),
        Step("due_when", answer=False, word="NOT_DUE"),
    ),
    "NO",
    "occurred_when",
)
"""An event that certainly took place is told at once; that none took place, only when its time is over."""

LADDERS: Final = {
    "inclusion": Ladder((Step("met_when", answer=False, word="NOT_MET"),), "MET", "met_when"),
    "exclusion": Ladder((Step("present_when", answer=True, word="PRESENT"),), "ABSENT", "present_when"),
    "conduct": Ladder(
        (
            Step("applies_when", answer=False, word="NOT_APPLICABLE"),
            Step("due_when", answer=False, word="NOT_DUE"),
            Step("compliant_when", answer=False, word="DEVIATION"),
            Step("review_when", answer=True, word="REVIEW"),
        ),
        "COMPLIANT",
        "compliant_when",
    ),
    "outcome": _OUTCOME,
    "side_finding": _OUTCOME,
}


def _climb(rule: ExecutableRule, state: State, ask: Ask) -> tuple[VerdictWord, tuple[Entry, ...]]:
    """The verdict of the first step that decides; one before it that is open lets no settled verdict through."""
    ladder = LADDERS[rule.kind]
    explanation: tuple[Entry, ...] = ()
    left_open: list[Entry] | None = None
    for name, wanted, word in ladder.steps:
        condition = rule.conditions.get(name)
        if condition is None:
            continue
        if name == ladder.explained_by:
            answer, explanation = ask(condition, state)
        else:
            answer = evaluate(condition, state)
        if answer is wanted and (left_open is None or word in UNSETTLED):
            return word, explanation if name == ladder.explained_by else ask(condition, state)[1]
        if answer is wanted:
            break
        if answer is None:
            entries = explanation if name == ladder.explained_by else ask(condition, state)[1]
            left_open = [*(left_open or ()), *entries]
    if left_open is not None:
        return unsure(rule.kind), tuple(left_open)
    return ladder.otherwise, explanation
