"""Whether participants are chosen by a guess: who was allowed and never randomized, by the arm to be expected then.

The guess is that of Blackwell and Hodges (1957): the arm that is behind in the stratum, none where no arm is. Where
nobody chooses, who is left out does not depend on it.
"""

from __future__ import annotations

import hmac
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import comb
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk.listing import list_state
from precise_cal.desk.models import Allocation, Content, Event
from precise_cal.desk.store.scope import whole
from precise_cal.desk.strata import stratum_of
from precise_cal.gate.canonical import thaw
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.verdicts import ALLOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.desk.trial import Trial

_OPEN: Final = timedelta(minutes=60)
"""So long after it an ALLOW may still be used."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Participants with an ALLOW, by the arm that was to be expected when they were first asked about."""

    arm: str | None
    """None: no arm was behind."""
    randomized: int
    never: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The indicator, over all strata together."""

    rows: Sequence[Chosen]
    p: float | None
    """Fisher's exact test, two-sided, of whether being left out depends on the guess; None without two arms."""
    guessed: int
    """Randomized participants for whom a guess could be made."""
    right: int
    """Of them, whose arm it was."""
    guessable: int
    """Strata in which a guess can be made of the next slot."""
    strata: int


@whole()
def selection(trial: Trial, now: datetime) -> Selection:
    """Read the indicator out of the log.

    Args:
        trial: its arms and strata.
        now: ALLOWs of the last hour are still open, and left out unless they were used.
    """
    arms = [one.code for one in trial.book.study.arms]
    slots = [*Allocation.objects.order_by("event_id").values_list("event_id", "stratum", "arm", "participant")]
    given = {participant: arm for _, _, arm, participant in slots}
    by_guess: dict[str | None, Counter[bool]] = {arm: Counter() for arm in (*arms, None)}
    right = 0
    for number, at, who, stratum in _allowed(trial):
        expected = _behind(arms, [arm for event, name, arm, _ in slots if name == stratum and event < number])
        if who not in given and now - at < _OPEN:
            continue
        by_guess[expected][who in given] += 1
        right += expected is not None and given.get(who) == expected
    rows = [Chosen(arm, counted[True], counted[False]) for arm, counted in by_guess.items()]
    compared = [one for one in rows if one.arm is not None and one.randomized + one.never]
    p = fisher(*((one.randomized, one.never) for one in compared)) if len(compared) == 2 else None
    strata = list_state().strata
    ahead = [_behind(arms, [arm for _, name, arm, _ in slots if name == stratum]) for stratum in strata]
    guessed = sum(one.randomized for one in rows if one.arm is not None)
    return Selection(rows, p, guessed, right, sum(one is not None for one in ahead), len(strata))


def _allowed(trial: Trial) -> Iterator[tuple[int, datetime, str, str | None]]:
    """Of every participant with an ALLOW the first one: its event, its time, who, and the stratum."""
    seen: set[str] = set()
    stratify = list_state().stratify
    for event in Event.objects.filter(type="gate.considered").order_by("number").select_related("content"):
        members: Any = thaw(bytes(event.content.data))
        if members["word"] != ALLOW:
            continue
        data = bytes(Content.objects.get(pk=members["record"]).data)
        try:
            who, stratum = skeleton(trial.participant(data)), stratum_of(trial, stratify, data)
        except PreciseError:  # rules of today do not read it any more
            continue
        if who not in seen:
            seen.add(who)
            yield event.number, event.at, who, stratum


def _behind(arms: Sequence[str], before: Sequence[str]) -> str | None:
    """The arm that was given least, where it is one."""
    counted = Counter(before)
    least = min(counted[arm] for arm in arms)
    found = [arm for arm in arms if counted[arm] == least]
    return found[0] if len(found) == 1 else None


def fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    """The two-sided p of Fisher's exact test: all tables with these margins that are no more likely."""
    row, column, total = sum(first), first[0] + second[0], sum(first) + sum(second)
    ways = {one: comb(row, one) * comb(total - row, column - one) for one in range(row + 1) if column - one >= 0}
    return sum(one for one in ways.values() if one <= ways[first[0]]) / comb(total, column)


def masked_names(arms: Sequence[str], secret: str) -> dict[str, str]:
    """Letters for arms, in an order that only the desk knows."""
    order = sorted(arms, key=lambda arm: hmac.digest(secret.encode(), arm.encode(), "sha256"))
    return {arm: chr(ord("A") + place) for place, arm in enumerate(order)}
