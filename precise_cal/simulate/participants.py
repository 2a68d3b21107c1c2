"""Participants of any trial folder: records that pass its schema, and that reach what its rules can say.

A record that the gate allows is searched for first, and from it one that is enrolled as the protocol wants it. From
these, every verdict of every rule is looked for; then participants are drawn around what was met.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.immutable import immutable
from precise_cal.simulate.change import Changer
from precise_cal.simulate.draw import Drawer
from precise_cal.simulate.goals import Goals
from precise_cal.simulate.places import put
from precise_cal.simulate.search import Search
from precise_cal.simulate.vary import Varier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    chance = Random(seed)
    drawer = Drawer(trial, plan, chance)
    named = {trial.path_of(role) for role in ("participant", "site")}
    fixed = frozenset(path for path in (*drawer.fixed(), *named) if path is not None)
    search = Search(trial, Changer(drawer, fixed))
    return _Crowd(trial, plan, drawer, Goals(search, drawer), Varier(search, drawer, fixed)).made(number)


@dataclass
class _Crowd:
    trial: Trial
    plan: Plan
    drawer: Drawer
    goals: Goals
    varier: Varier

    @cached_property
    def chance(self) -> Random:
        return self.drawer.chance

    def made(self, number: int) -> Made:
        records = []
        wanted = self._wanted(number)
        for (site, name, day), goals in zip(self._arrivals(number), wanted, strict=True):
            record = self.varier.around(self.goals.record(goals), day)
            records.append(self._named(record, site, name))
        return Made(tuple(records), self.goals.missed, self.goals.is_any_allowed)

    def _arrivals(self, number: int) -> Iterator[tuple[str, str, datetime.date]]:
        """Site, number and first day of each participant."""
        last = min(self.plan.days, (self.drawer.cutoff.date() - self.drawer.first_day).days)
        days = sorted(self.chance.randrange(max(1, last)) for _ in range(number))
        counts = dict.fromkeys(self.plan.sites, 0)
        for day in days:
            site = self.chance.choices(tuple(self.plan.sites), tuple(self.plan.sites.values()))[0]
            counts[site] += 1
            yield site, f"{site}-{counts[site]:03}", self.drawer.first_day + datetime.timedelta(days=day)

    def _named(self, record: Record, site: str, name: str) -> Record:
        for role, value in (("site", site), ("participant", name)):
            path = self.trial.path_of(role)
            record = put(record, path, value) if path else record
        return record

    def _wanted(self, number: int) -> list[tuple[Goal, ...]]:
        """What each participant is to show: some are allowed, some enrolled, and each verdict occurs."""
        shares, goals = self.plan.shares, self.goals
        refused, open_ = (
            max(1, round(number * share)) if share and number > place else 0
            for place, share in ((2, shares.refused), (3, shares.incomplete))
        )
        enrolled = min(round(number * shares.enrolled), max(0, number - refused - open_ - 1)) if goals.can_enroll else 0
        wanted = [*_dealt(goals.failing, refused), *_dealt(goals.undecided, open_)]
        wanted += self._enrolled(enrolled)
        wanted += [(goals.allowed,)] * (number - len(wanted))
        self.chance.shuffle(wanted)
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


def _dealt(goals: Sequence[Goal], hands: int) -> list[tuple[Goal, ...]]:
    """Goals given to so many participants, in turn: each goal once or more; several for one where there are few."""
    if hands <= 0 or not goals:
        return []
    if hands >= len(goals):
        return [(goals[index % len(goals)],) for index in range(hands)]
    return [tuple(goals[index::hands]) for index in range(hands)]
