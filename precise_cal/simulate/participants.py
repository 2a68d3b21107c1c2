"""Participants of any trial folder: records that pass its schema, and that reach what its rules can say.

A record that the gate allows is searched for first, and from it one that is enrolled as the protocol wants it. From
these, every verdict of every rule is looked for; then participants are drawn around what was met.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, Final, Self

from precise_cal.protocol.immutable import immutable
from precise_cal.simulate.change import Changer
from precise_cal.simulate.draw import Drawer
from precise_cal.simulate.goals import Goals
from precise_cal.simulate.places import at, put
from precise_cal.simulate.search import Search
from precise_cal.simulate.vary import Varier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.simulate.goals import Goal
    from precise_cal.simulate.plan import Plan
    from precise_cal.simulate.trial import Record, Trial

_EVERY: Final = 4
"""One of so many enrolled participants has a verdict that was looked for, where the plan names no shares."""


@immutable()
class Made:
    """The participants of a run, and what no record was met for: rules and words."""

    records: tuple[Record, ...]
    missed: tuple[tuple[str, str], ...]
    is_any_allowed: bool


def participants(trial: Trial, plan: Plan, number: int, seed: int) -> Made:
    """So many participants of a trial, in the order of their enrollment; the same from the same seed everywhere.

    Args:
        trial: the trial folder.
        plan: how they are drawn.
        number: how many.
        seed: of the random numbers.
    """
    return _Crowd(trial, plan, Random(seed)).made(number)


@dataclass
class _Ground:
    """What is drawn for one edition of the rules, and for which participants, by their place in the order."""

    plan: Plan
    drawer: Drawer
    goals: Goals
    varier: Varier
    places: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, trial: Trial, plan: Plan, chance: Random, site: str | None) -> Self:
        drawer = Drawer(trial, plan, chance, site)
        named = {trial.path_of(role) for role in ("participant", "site")}
        fixed = frozenset(path for path in (*drawer.fixed(), *named) if path is not None)
        search = Search(trial, Changer(drawer, fixed))
        return cls(plan, drawer, Goals(search, drawer), Varier(search, drawer, fixed))

    def wanted(self) -> list[tuple[Goal, ...]]:
        """What each participant is to show: some are allowed, some enrolled, and each verdict occurs."""
        number = len(self.places)
        shares, goals = self.plan.shares, self.goals
        refused, open_ = (
            max(1, round(number * share)) if share and number > place else 0
            for place, share in ((2, shares.refused), (3, shares.incomplete))
        )
        enrolled = min(round(number * shares.enrolled), max(0, number - refused - open_ - 1)) if goals.can_enroll else 0
        wanted = [*_dealt(goals.failing, refused), *_dealt(goals.undecided, open_)]
        wanted += self._enrolled(enrolled)
        wanted += [(goals.allowed,)] * (number - len(wanted))
        self.drawer.chance.shuffle(wanted)
        return wanted

    def _enrolled(self, number: int) -> list[tuple[Goal, ...]]:
        planned: list[tuple[Goal, ...]] = [
            (goal,)
            for goal in self.goals.others
            for _ in range(round(number * self.plan.verdicts.get(goal.rule, {}).get(goal.word, 0)))
        ]
        if not self.plan.verdicts:
            planned = _dealt(self.goals.others, min(number - 1, max(number // _EVERY, len(self.goals.others))))
        return [*planned[:number], *[(self.goals.enrolled,)] * (number - len(planned))]


@dataclass
class _Crowd:
    trial: Trial
    plan: Plan
    chance: Random

    @cached_property
    def grounds(self) -> dict[Any, _Ground]:
        """By edition; those of one edition are drawn around its first day, at its first site."""
        drawer = Drawer(self.trial, self.plan, self.chance)
        if not self.trial.periods:
            return {None: _Ground.of(self.trial, self.plan, self.chance, None)}
        found = {}
        for one in self.trial.periods:
            days = (one.first_day - drawer.first_day).days
            update = {"first_day": one.first_day, "cutoff": drawer.cutoff, "days": max(1, self.plan.days - days)}
            plan = self.plan.model_copy(update=update)
            found[one.edition] = _Ground.of(self.trial.during(one), plan, self.chance, one.site)
        return found

    def made(self, number: int) -> Made:
        grounds = self.grounds
        arrivals = list(self._arrivals(number))
        for place, (site, day) in enumerate(arrivals):
            edition = self.trial.edition_at(site, day)
            grounds[edition if edition in grounds else next(iter(grounds))].places.append(place)
        used = [ground for ground in grounds.values() if ground.places]
        records: dict[int, Record] = {}
        for ground in used:
            for place, goals in zip(ground.places, ground.wanted(), strict=True):
                records[place] = ground.varier.around(ground.goals.record(goals), *arrivals[place])
        met = {one for ground in used for one in ground.goals.met}
        missed = dict.fromkeys(one for ground in used for one in ground.goals.missed if one not in met)
        is_any_allowed = any(ground.goals.is_any_allowed for ground in used)
        return Made(tuple(self._named(arrivals, records)), tuple(missed), is_any_allowed)

    def _arrivals(self, number: int) -> Iterator[tuple[str, datetime.date]]:
        """Site and first day of each participant."""
        drawer = Drawer(self.trial, self.plan, self.chance)
        last = min(self.plan.days, (drawer.cutoff.date() - drawer.first_day).days)
        for day in sorted(self.chance.randrange(max(1, last)) for _ in range(number)):
            date = drawer.first_day + datetime.timedelta(days=day)
            active = [one for one in self.plan.sites if self.trial.edition_at(one, date) is not None]
            weights = {one: self.plan.sites[one] for one in active or self.plan.sites}
            yield self.chance.choices(tuple(weights), tuple(weights.values()))[0], date

    def _named(self, arrivals: list[tuple[str, datetime.date]], records: Mapping[int, Record]) -> Iterator[Record]:
        """Each with its number at its site, in order."""
        path, name = self.trial.path_of("site"), self.trial.path_of("participant")
        counts = dict.fromkeys(self.plan.sites, 0)
        for place, (planned, _) in enumerate(arrivals):
            record = records[place]
            site = (at(record, path) if path else None) or planned
            counts[site] = counts.get(site, 0) + 1
            yield put(record, name, f"{site}-{counts[site]:03}") if name else record


def _dealt(goals: Sequence[Goal], hands: int) -> list[tuple[Goal, ...]]:
    """Goals given to so many participants, in turn: each goal once or more; several for one where there are few."""
    if hands <= 0 or not goals:
        return []
    if hands >= len(goals):
        return [(goals[index % len(goals)],) for index in range(hands)]
    return [tuple(goals[index::hands]) for index in range(hands)]
