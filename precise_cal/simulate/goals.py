"""What participants are to show, and the first record met that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import ALLOW, FAILING, HARMLESS, OPEN, PASSING, PENDING, YES
from precise_cal.simulate.places import put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.simulate.draw import Drawer
    from precise_cal.simulate.search import Search, Wishes
    from precise_cal.simulate.trial import Record

_AS_PLANNED: Final = HARMLESS | {YES, PENDING}
_STARTS: Final = 8
_THOROUGH: Final = 10
"""How much longer than for others the search goes on for the participant whom most are drawn around."""
_FEWER: Final = 200
"""Records judged for a verdict of a rule that is no criterion."""


@immutable()
class Goal:
    """A verdict of a rule; no rule: the gate's ALLOW, before enrollment or after it."""

    rule: str
    word: str
    enrolled: bool = False


ALLOWED: Final = Goal("", ALLOW)
ENROLLED: Final = Goal("", ALLOW, enrolled=True)


@dataclass
class Goals:
    """The goals of a trial, with the records that meet them; a record is looked for when it is first needed."""

    search: Search
    drawer: Drawer
    allowed: Goal = field(default=ALLOWED, init=False)
    enrolled: Goal = field(default=ENROLLED, init=False)
    _met: dict[tuple[Goal, ...], tuple[Record, bool]] = field(default_factory=dict, init=False)

    @property
    def can_enroll(self) -> bool:
        """Whether records of the trial say who is enrolled."""
        return "enrolled" in self.search.trial.roles

    @cached_property
    def failing(self) -> list[Goal]:
        """A failure of each criterion."""
        return [Goal(one.id, word) for one in self.search.trial.criteria for word in one.words if word in FAILING]

    @cached_property
    def undecided(self) -> list[Goal]:
        """Each criterion undecided."""
        return [Goal(one.id, word) for one in self.search.trial.criteria for word in one.words if word in OPEN]

    @cached_property
    def others(self) -> list[Goal]:
        """Each verdict of each other rule."""
        return [Goal(one.id, word, enrolled=True) for one in self.search.trial.others for word in one.words]

    @property
    def missed(self) -> tuple[tuple[str, str], ...]:
        """The verdicts of criteria that were looked for in vain."""
        return self._of_criteria(is_met=False)

    @property
    def met(self) -> tuple[tuple[str, str], ...]:
        """The verdicts of criteria that were looked for and met."""
        return self._of_criteria(is_met=True)

    def _of_criteria(self, *, is_met: bool) -> tuple[tuple[str, str], ...]:
        criteria = {one.id for one in self.search.trial.criteria}
        return tuple(
            (goal.rule, goal.word)
            for goals, (_, was_met) in self._met.items()
            for goal in goals
            if len(goals) == 1 and was_met == is_met and goal.rule in criteria
        )

    @property
    def is_any_allowed(self) -> bool:
        """Whether a record was met that the gate allows."""
        return self._met[ALLOWED,][1] if (ALLOWED,) in self._met else False

    def record(self, goals: tuple[Goal, ...]) -> Record:
        """A record that meets these goals, as far as one was met."""
        if goals not in self._met:
            self._met[goals] = self._searched(goals)
        return self._met[goals][0]

    def _searched(self, goals: tuple[Goal, ...]) -> tuple[Record, bool]:
        if goals == (ALLOWED,):
            return self._allowed()
        if goals == (ENROLLED,):
            return self._enrolled()
        base = self.record((ENROLLED if goals[0].enrolled else ALLOWED,))
        only: Wishes = {**self._stage(enrolled=goals[0].enrolled), **{one.rule: frozenset({one.word}) for one in goals}}
        budget = _FEWER if goals[0].enrolled else None
        wishes = only if goals[0].enrolled else {**self._eligible(), **only}
        found = self.search.climb(base, wishes, budget)
        for start in (found[0] if found else base, base):  # what fails may drag others with it
            if not goals[0].enrolled and (found is None or not found[1]):
                found = self.search.climb(start, only, budget) or found
        return found or (base, False)

    def _allowed(self) -> tuple[Record, bool]:
        wishes = {**self._eligible(), **self._stage(enrolled=False)}
        best: tuple[Record, bool] | None = None
        for record in self._starts(wishes):
            found = self.search.climb(record, wishes, 4 * self.search.budget)
            best = found or best
            if found is not None and found[1]:
                return self.search.climb(found[0], wishes, rather=self._as_planned()) or found
        if best is None:
            record = self.drawer.record(self.drawer.first_day)
            return record, False
        return best

    def _starts(self, wishes: Wishes) -> Iterator[Record]:
        """Where the search for the first record begins: at the nearest participant of the cases, then anywhere."""
        nearest = self.search.nearest(map(self._fixed, self.search.trial.examples), wishes)
        if nearest is not None:
            yield nearest
        for _ in range(_STARTS):
            yield self.drawer.planned(self._fixed(self.drawer.record(self.drawer.first_day)))

    def _fixed(self, record: Record) -> Record:
        for path, value in self.drawer.fixed().items():
            record = put(record, path, value)
        return record

    def _enrolled(self) -> tuple[Record, bool]:
        base = self.record((ALLOWED,))
        eligible = {**self._eligible(), **self._stage(enrolled=True)}
        found = self.search.climb(base, eligible, _THOROUGH * self.search.budget, self._as_planned())
        return found or (base, False)

    def _as_planned(self) -> Wishes:
        return {one.id: _AS_PLANNED for one in self.search.trial.others}

    def _eligible(self) -> Wishes:
        trial = self.search.trial
        required = {one.id: PASSING for one in trial.others if one.id in trial.required}
        return {**{one.id: PASSING for one in trial.criteria}, **required}

    def _stage(self, *, enrolled: bool) -> Wishes:
        """How far a participant has come: not even enrolled; or enrolled and treated, and still there."""
        yes, no = frozenset({True}), frozenset({False, None})
        stages: Wishes = {"enrolled": yes if enrolled else no, "treated": yes if enrolled else no, "left": no}
        return {role: words for role, words in stages.items() if role in self.search.trial.roles}
