"""What participants are to show, and the records that show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import FAILING, HARMLESS, OPEN, PASSING, PENDING, YES
from precise_cal.simulate.search import meets, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.simulate.draw import Drawer
    from precise_cal.simulate.search import Point, Search, Wishes
    from precise_cal.simulate.trial import Trial

_AS_PLANNED: Final = HARMLESS | {YES, PENDING}
_STARTS: Final = 8
_FEWER: Final = 200
"""Records judged for a verdict of a rule that is no criterion."""
_MANY: Final = 400
"""Records judged for one of a criterion; ten times as many for the participants whom most are drawn around."""


@immutable()
class Goal:
    """A verdict of a rule, of a participant who is enrolled or not."""

    rule: str
    word: str
    enrolled: bool = False


def goals_of(trial: Trial) -> tuple[list[Goal], list[Goal], list[Goal]]:
    """A failure of each criterion; each criterion undecided; each verdict of each other rule."""
    failing, undecided = (
        [Goal(one.id, word) for one in trial.criteria for word in one.words if word in words]
        for words in (FAILING, OPEN)
    )
    return failing, undecided, [Goal(one.id, word, enrolled=True) for one in trial.others for word in one.words]


@dataclass
class Goals:
    """The records of an edition of the rules; one is looked for when it is first needed."""

    search: Search
    drawer: Drawer
    _met: dict[Goal, Point | None] = field(default_factory=dict, init=False)

    @property
    def can_enroll(self) -> bool:
        """Whether records of the trial say who is enrolled."""
        return "enrolled" in self.search.trial.roles

    @cached_property
    def examples(self) -> list[Point]:
        """The participants of the folder's cases, as they would be in this edition."""
        found = []
        for record in self.search.trial.examples:
            point = self.search.point(self.drawer.placed(record, enrolled=False))
            if point is not None and point.judged.roles.get("enrolled") is not False:
                point = self.search.point(self.drawer.placed(record, enrolled=True))
            found += [] if point is None else [point]
        return found

    @cached_property
    def allowed(self) -> Point | None:
        """A record that the gate allows, or the nearest to it; None where none can be judged."""
        wishes = {**self._eligible, **self._stage(enrolled=False)}
        best: Point | None = None
        for start in self._starts(wishes):
            found = self.search.climb(start, wishes, 4 * _MANY, 4)
            best = found if best is None else nearest((best, found), wishes)
            if meets(found, wishes):
                return self.search.climb(found, wishes, _MANY, 8, self._as_planned)
        return best

    @cached_property
    def enrolled(self) -> Point | None:
        """A record of a participant who is enrolled as the protocol wants it, or the nearest to it."""
        wishes = {**self._eligible, **self._stage(enrolled=True)}
        known = [*self.examples, *([self._enrolling(self.allowed)] if self.allowed else [])]
        start = nearest([one for one in known if one is not None], wishes, self._as_planned)
        return start and self.search.climb(start, wishes, 10 * _MANY, 4, self._as_planned)

    def _enrolling(self, point: Point) -> Point | None:
        """A participant who is not enrolled yet, enrolled at its own cut-off; it goes on until that of the trial."""
        return self.search.point(self.drawer.times.until(self.drawer.enrolled(point.record), self.drawer.cutoff))

    @property
    def is_any_allowed(self) -> bool:
        """Whether a record is met that the gate allows."""
        return self.allowed is not None and meets(self.allowed, {**self._eligible, **self._stage(enrolled=False)})

    def met(self, goal: Goal) -> Point | None:
        """A record that meets a goal; None where none was met."""
        if goal not in self._met:
            self._met[goal] = self._searched(goal)
        return self._met[goal]

    def with_another(self, point: Point, goals: tuple[Goal, ...], other: Goal) -> Point | None:
        """A record that meets another goal beside those that this one meets; None where none was met."""
        wishes = self._wishes((*goals, other))
        found = self.search.climb(point, wishes, _FEWER, 40)
        return found if meets(found, wishes) else None

    def _searched(self, goal: Goal) -> Point | None:
        only = self._wishes((goal,))
        others = self._as_planned if goal.enrolled else self._eligible
        rather = {name: words for name, words in others.items() if name != goal.rule}
        known = [one for one in (self.enrolled if goal.enrolled else self.allowed, *self.examples) if one is not None]
        reached = [one for one in (*known, *self._met.values()) if one is not None and meets(one, only)]
        if reached:
            return nearest(reached, only, rather)
        wishes = only if goal.enrolled else {**self._eligible, **only}
        for start in (nearest(known, wishes), *known[:1], nearest(known, only, rather)):  # what fails may drag others
            found = start and self.search.climb(start, wishes, _FEWER if goal.enrolled else _MANY, 30)
            if found is not None and meets(found, only):
                return found
            wishes = only
        return None

    def _wishes(self, goals: tuple[Goal, ...]) -> Wishes:
        """What is to be so whatever else is: who is enrolled may have left, and was treated or not."""
        stage = self._stage(enrolled=goals[0].enrolled)
        must = {role: stage[role] for role in stage if role == "enrolled" or not goals[0].enrolled}
        return {**must, **{one.rule: frozenset({one.word}) for one in goals}}

    def _starts(self, wishes: Wishes) -> Iterator[Point]:
        """Where the search for the first record begins: at the nearest participant of the cases, then anywhere."""
        example = nearest(self.examples, wishes)
        if example is not None:
            yield example
        for _ in range(_STARTS):
            drawn = self.drawer.placed(self.drawer.record(self.drawer.first_day), enrolled=False, moved=False)
            point = self.search.point(self.drawer.all_hastened(self.drawer.planned(drawn)))
            if point is not None:
                yield point

    @cached_property
    def _as_planned(self) -> Wishes:
        return {one.id: _AS_PLANNED for one in self.search.trial.others}

    @cached_property
    def _eligible(self) -> Wishes:
        trial = self.search.trial
        required = {one.id: PASSING for one in trial.others if one.id in trial.required}
        return {**{one.id: PASSING for one in trial.criteria}, **required}

    def _stage(self, *, enrolled: bool) -> Wishes:
        """How far a participant has come: not even enrolled; or enrolled and treated, and still there."""
        yes, no = frozenset({True}), frozenset({False, None})
        stages: Wishes = {"enrolled": yes if enrolled else no, "treated": yes if enrolled else no, "left": no}
        return {role: words for role, words in stages.items() if role in self.search.trial.roles}
