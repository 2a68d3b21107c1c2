"""The verdict of a rule in Z3: its ladder, and the items of its scope, as `engine.judging.judge` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.assurance.logic import both, either, no
from precise_cal.assurance.symbols import NULL, Null, truth
from precise_cal.protocol.verdicts import HARMLESS, LADDERS, NOT_JUDGED, UNSETTLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.assurance.logic import Bit
    from precise_cal.assurance.translate import Translator
    from precise_cal.engine.rulebook.edition import ExecutableRule, ExecutableScope

Verdicts = dict[str, Any]
"""For each word, whether it is the verdict."""


def verdicts(translator: Translator, rule: ExecutableRule) -> Verdicts:
    """When a rule says what, of the participant. Raises `UntranslatedError`."""
    if rule.scope is None:
        return _climb(translator, rule, {})
    words = LADDERS[rule.kind].words
    judged = [
        (there, member, _climb(translator, rule, {rule.scope.variable: item}))
        for there, item, member in members(translator, rule.scope)
    ]
    has_member = either(*(both(there, member.yes) for there, member, _ in judged))
    alone = _climb(translator, rule, {rule.scope.variable: NULL})
    is_unjudged = both(no(has_member), either(*(alone.get(word, False) for word in NOT_JUDGED)))
    sure = _worst(rule, [(both(there, member.yes), found) for there, member, found in judged])
    softened = [
        (both(there, no(member.not_)), _softened(rule, member, found, sure, has_member))
        for there, member, found in judged
    ]
    together = _worst(rule, softened)
    unknown = LADDERS[rule.kind].unknown
    result: Verdicts = {}
    for word in words:
        found = both(has_member, together[word])
        if word == unknown:
            found = either(found, both(no(has_member), no(is_unjudged)))
        if word in NOT_JUDGED:
            found = either(found, both(is_unjudged, alone.get(word, False)))
        result[word] = found
    return result


def _softened(rule: ExecutableRule, member: Any, found: Verdicts, sure: Verdicts, has_member: Bit) -> Verdicts:
    """What an item says that may not be meant: no harm, and nothing that alone would change the verdict."""
    unknown, worst = LADDERS[rule.kind].unknown, LADDERS[rule.kind].worst_first
    result: Verdicts = dict.fromkeys(found, False)
    for word, here in found.items():
        said = word if word in HARMLESS else unknown
        changes = both(has_member, either(*(sure[one] for one in worst[worst.index(said) + 1 :])))
        result[word] = either(result[word], both(member.yes, here))
        result[said] = either(result[said], both(no(member.yes), here, no(changes)))
        result[unknown] = either(result[unknown], both(no(member.yes), here, changes))
    return result


def _worst(rule: ExecutableRule, items: list[tuple[Bit, Verdicts]]) -> Verdicts:
    """The worst of several; what cannot be decided, where there is none."""
    ladder = LADDERS[rule.kind]
    result: Verdicts = {}
    worse: list[Bit] = []
    for word in ladder.worst_first:
        here = either(*(both(there, found.get(word, False)) for there, found in items))
        result[word] = both(here, *(no(one) for one in worse))
        worse.append(here)
    nobody = no(either(*(there for there, _ in items)))
    result[ladder.unknown] = either(result[ladder.unknown], nobody)
    return result


def members(translator: Translator, scope: ExecutableScope) -> list[tuple[Bit, Any, Any]]:
    """The items of a scope: whether each is there, the item, and whether it is meant. Raises `UntranslatedError`."""
    items = translator.value(scope.items)
    if isinstance(items, Null):
        return []
    found = []
    for there, item in items.items:
        member = truth(translator.value(scope.member, {scope.variable: item}))
        found.append((both(there, no(items.null)), item, member))
    return found


def _climb(translator: Translator, rule: ExecutableRule, scopes: Mapping[str, Any]) -> Verdicts:
    ladder = LADDERS[rule.kind]
    result: Verdicts = dict.fromkeys(ladder.words, False)
    going: Bit = True
    left_open: Bit = False
    stopped: Bit = False
    for name, when_true, when_false in ladder.rungs:
        condition = rule.conditions.get(name)
        if condition is None:
            continue
        answer = truth(translator.value(condition, scopes))
        for word, here in ((when_true, answer.yes), (when_false, answer.not_)):
            if word is None:
                continue
            decides = both(going, here) if word in UNSETTLED else both(going, here, no(left_open))
            stops = both(going, here, left_open) if word not in UNSETTLED else False
            result[word] = either(result[word], decides)
            stopped = either(stopped, stops)
            going = both(going, no(both(going, here)))
        left_open = either(left_open, both(going, answer.null))
    open_ = either(stopped, both(going, left_open))
    result[ladder.unknown] = either(result[ladder.unknown], open_)
    result[ladder.otherwise] = either(result[ladder.otherwise], both(going, no(left_open)))
    return result
