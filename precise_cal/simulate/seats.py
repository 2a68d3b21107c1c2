"""Who shows what: verdicts are dealt to participants, one to each where there are enough, else several to one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.protocol.verdicts import PASSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from precise_cal.simulate.goals import Goal, Goals
    from precise_cal.simulate.search import Point
    from precise_cal.simulate.trial import Subject

Kind = Literal["refused", "open", "enrolled", "allowed"]
_TRIES: Final = 3
"""Participants of whom one more verdict is tried, each with others that it shows already."""


@dataclass(eq=False)
class Seat:
    """A participant to be, of an edition of the rules, and the verdicts that it is to show."""

    of: Goals
    rules: frozenset[str]
    kind: Kind
    shows: tuple[Goal, ...] = ()
    _met: Point | None = None

    def takes(self, goal: Goal) -> bool:
        """Whether a record is met that shows one verdict more."""
        found = self.of.met(goal) if self._met is None else self.of.with_another(self._met, self.shows, goal)
        if found is None:
            return False
        self.shows, self._met = (*self.shows, goal), found
        return True

    def says(self, goal: Goal) -> bool:
        """Whether the record that is met, or the one of its kind, shows a verdict."""
        point = self.point
        return point is not None and point.judged.words.get(goal.rule) == goal.word

    @property
    def point(self) -> Point | None:
        """The record that the participant is drawn around."""
        return self._met or (self.of.enrolled if self.kind == "enrolled" else self.of.allowed)


@dataclass
class Table:
    """All participants to be, of every edition of the rules in turn."""

    seats: Sequence[Seat]
    _missed: dict[tuple[str, str], None] = field(default_factory=dict)

    def deal(self, kind: Kind, goals: Sequence[Goal], at_most: int | None = None) -> None:
        """Deal verdicts that nobody shows yet, then the same ones to whoever has none."""
        seats = [one for one in self.seats if one.kind == kind][:at_most]
        for goal in goals if seats else ():
            if not self._is_shown(goal, seats) and not _is_seated(goal, seats):
                self._missed[goal.rule, goal.word] = None
        met = [goal for goal in goals if (goal.rule, goal.word) not in self._missed]
        for place, seat in enumerate(one for one in seats if not one.shows):
            fitting = [goal for goal in (*met[place:], *met[:place]) if goal.rule in seat.rules]
            any(seat.takes(goal) for goal in fitting[:_TRIES])

    def deal_some(self, goals: Sequence[Goal], shares: Mapping[str, Mapping[str, float]]) -> None:
        """Deal verdicts to such shares of those who are enrolled."""
        free = [one for one in self.seats if one.kind == "enrolled"]
        number = len(free)
        for goal in goals:
            for _ in range(round(number * shares.get(goal.rule, {}).get(goal.word, 0))):
                seat = next((one for one in free if goal.rule in one.rules and one.takes(goal)), None)
                if seat is None:
                    self._missed[goal.rule, goal.word] = None
                    break
                free.remove(seat)

    def missed(self, criteria: Iterable[Subject]) -> tuple[tuple[str, str], ...]:
        """What nobody shows though it was looked for, and the verdicts of criteria that let nobody pass."""
        passing = [(one.id, word) for one in criteria for word in one.words if word in PASSING]
        points = {id(point): point for seat in self.seats if (point := seat.point) is not None}
        shown = {said for point in points.values() for said in point.judged.words.items()}
        return tuple(one for one in dict.fromkeys((*passing, *self._missed)) if one not in shown)

    def _is_shown(self, goal: Goal, seats: Sequence[Seat]) -> bool:
        """Whether a participant shows a verdict unasked; it is to go on showing it."""
        for seat in self.seats:
            if seat.says(goal) and (seat.shows or seat not in seats):
                seat.shows = (*seat.shows, goal) if seat.shows else ()
                return True
        return False


def _is_seated(goal: Goal, seats: Sequence[Seat]) -> bool:
    """Whether a participant shows a verdict beside what it shows already; who shows least is asked first."""
    fitting = sorted((one for one in seats if goal.rule in one.rules), key=lambda one: len(one.shows))
    asked: dict[tuple[int, tuple[Goal, ...]], Seat] = {}
    for seat in fitting:  # who shows the same would answer the same
        asked.setdefault((id(seat.of), seat.shows), seat)
    return any(seat.takes(goal) for seat in list(asked.values())[:_TRIES])
