"""The search for a record of which the rules say what is wanted: change by change, and none that makes it worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.protocol.verdicts import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.simulate.change import Changer
    from precise_cal.simulate.trial import Judged, Record, Trial

Wishes = Mapping[str, frozenset[str | bool | None]]
"""What rules and roles are to say, by id: any of these words."""
NO_WISHES: Final[Wishes] = {}
_FEW: Final = 3
_PATIENCE: Final = 400
"""Records judged without coming nearer, after which the search ends."""
_LITTLE: Final = 4_000
"""So few rules that no search ends well with them."""
_OF_A_RECORD: Final = 3
"""What judging a record costs besides its rules, in rules."""


class Point(NamedTuple):
    """A record, and what the trial says of it."""

    record: Record
    judged: Judged


@dataclass
class Budget:
    """The rules that may still be judged in all searches of a run: how long it takes is bounded, whatever the trial.

    It counts no time, so that the same seed gives the same records on every machine.
    """

    left: int

    @property
    def is_spent(self) -> bool:
        """Whether so little is left that a search ends before it has begun."""
        return self.left < _LITTLE

    def share(self, of: int) -> int:
        """One of so many parts of what is left."""
        return self.left // of


@dataclass
class Search:
    """Looks for records, within a budget."""

    trial: Trial
    changer: Changer
    budget: Budget

    def point(self, record: Record, before: Judged | None = None) -> Point | None:
        """What is known of a record at its cut-off, with what the trial says of it; None where it cannot be judged."""
        record = self.changer.drawer.times.known(record)
        judged = self.trial.judge(record, before)
        self.budget.left -= _OF_A_RECORD + (judged.effort if judged is not None else 0)
        return None if judged is None else Point(record, judged)

    def climb(self, start: Point, wishes: Wishes, tries: int, part: int, rather: Wishes = NO_WISHES) -> Point:
        """A record near this one that meets the wishes as far as the search came.

        Args:
            start: where the search begins.
            wishes: what rules and roles are to say.
            tries: how many records are judged at most.
            part: it takes at most one of so many parts of the budget that is left.
            rather: what they say, if they can, when all wishes are met.
        """
        here, score, idle = start, score_of(start, wishes, rather), 0
        until = self.budget.left - self.budget.share(part)
        for _ in range(tries):
            if score[:3] == (0, 0, 0) or idle > _PATIENCE or self.budget.left <= until:
                break
            idle += 1
            other = self._other(here, rather if score[:2] == (0, 0) else wishes)
            found = self.point(other, here.judged) if other is not here.record else None
            if found is not None and (reached := score_of(found, wishes, rather)) <= score:
                idle = idle if reached == score else 0
                here, score = found, reached
        return here

    def _other(self, here: Point, wishes: Wishes) -> Record:
        """A record that differs in one to three places which an unmet wish looks at."""
        chance, record = self.changer.drawer.chance, here.record
        unmet = chance.choice([name for name in wishes if not is_met(here.judged, name, wishes)])
        subject = self.trial.subjects[unmet]
        unknown = bool(wishes[unmet] & (OPEN | {None}))
        for _ in range(chance.choices(range(1, _FEW + 1), (70, 20, 10))[0]):
            record = self.changer.towards(record, subject, here.judged.pointers(unmet), unknown=unknown)
        return record


def nearest(points: Iterable[Point], wishes: Wishes, rather: Wishes = NO_WISHES) -> Point | None:
    """The record of which the least is missing; None of none."""
    return min(points, key=lambda one: score_of(one, wishes, rather), default=None)


def meets(point: Point, wishes: Wishes) -> bool:
    """Whether all that is wished is so."""
    return all(is_met(point.judged, name, wishes) for name in wishes)


def is_met(judged: Judged, name: str, wishes: Wishes) -> bool:
    """Whether a rule or role says what it is to say."""
    said = judged.roles[name] if name in judged.roles else judged.words.get(name)
    return said in wishes[name]


def score_of(point: Point, wishes: Wishes, rather: Wishes) -> tuple[int, int, int, int, int]:
    """What is not as it is to be, the less the better.

    How many roles are not as wished: who is not enrolled would fail nothing; how many rules, and of those that are
    rather to say something; how many parts of their conditions; how many moments contradict each other.
    """
    judged = point.judged
    unmet, rather_not = ([name for name in some if not is_met(judged, name, some)] for some in (wishes, rather))
    looked_at, some = (unmet, wishes) if unmet else (rather_not, rather)
    missing = sum(_missing(judged, name, some[name]) for name in looked_at)
    roles = sum(name in judged.roles for name in unmet)
    return roles, len(unmet) - roles, len(rather_not), missing, judged.reversals


def _missing(judged: Judged, name: str, words: frozenset[str | bool | None]) -> int:
    wanted = frozenset(one for one in words if isinstance(one, str))
    return judged.missing(name, wanted) if name in judged.words else 1
