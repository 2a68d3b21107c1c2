"""Participants of any trial folder: records that pass its schema, and that reach what its rules can say.

A record that the gate allows is searched for first, and from it one that is enrolled as the protocol wants it. From
these, every verdict of every rule is looked for; then participants are drawn around what was met.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from random import Random
from typing import TYPE_CHECKING, Any, Final, Self

from precise_cal.protocol.immutable import immutable
from precise_cal.simulate.change import Changer
from precise_cal.simulate.draw import Drawer
from precise_cal.simulate.goals import Goals, goals_of
from precise_cal.simulate.places import at, put
from precise_cal.simulate.search import Budget, Search
from precise_cal.simulate.seats import Seat, Table
from precise_cal.simulate.vary import Varier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.simulate.plan import Plan
    from precise_cal.simulate.search import Point
    from precise_cal.simulate.seats import Kind
    from precise_cal.simulate.trial import Path, Record, Trial

_EFFORT: Final = 400_000
_DRAWS: Final = 20
"""Values that are drawn until one is met that no other participant has."""
_EVERY: Final = 4
"""One of so many enrolled participants has a verdict that was looked for, where the plan names no shares."""


@immutable()
class Made:
    """The participants of a run, and what no record was met for: rules and words.

    `is_cut_short` says that the search ended before all was looked for as long as it may be.
    """

    records: tuple[Record, ...]
    missed: tuple[tuple[str, str], ...]
    is_any_allowed: bool
    is_cut_short: bool = False


def participants(trial: Trial, plan: Plan, number: int, seed: int, effort: int = _EFFORT) -> Made:
    """So many participants of a trial, in the order of their enrollment; the same from the same seed everywhere.

    Args:
        trial: the trial folder.
        plan: how they are drawn.
        number: how many.
        seed: of the random numbers.
        effort: how many rules are judged at most to find what verdicts are shown with.
    """
    return _Crowd(trial, plan, Random(seed), Budget(effort)).made(number)


@dataclass
class _Ground:
    """What is drawn for one edition of the rules, and for which participants, by their place in the order."""

    plan: Plan
    drawer: Drawer
    goals: Goals
    varier: Varier
    rules: frozenset[str]
    places: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, trial: Trial, plan: Plan, chance: Random, budget: Budget, site: str | None) -> Self:
        drawer = Drawer(trial, plan, chance, site)
        named = {trial.path_of(role) for role in ("participant", "site")}
        fixed = frozenset(path for path in (*drawer.fixed(), *named) if path is not None)
        search = Search(trial, Changer(drawer, fixed), budget)
        rules = frozenset(one.id for one in (*trial.criteria, *trial.others))
        return cls(plan, drawer, Goals(search, drawer), Varier(search, drawer, fixed), rules)

    def record(self, point: Point | None, site: str, day: datetime.date) -> Record:
        """A participant around what was met, who arrives at a site on a day."""
        if point is None:
            return self.drawer.placed(self.drawer.record(day), enrolled=False, moved=False)
        return self.varier.around(point, site, day)

    def seats(self) -> list[Seat]:
        """What each participant is to show: some are allowed, some enrolled, others fail or wait."""
        number, shares = len(self.places), self.plan.shares
        refused, open_ = (
            max(1, round(number * share)) if share and number > place else 0
            for place, share in ((2, shares.refused), (3, shares.incomplete))
        )
        enrolled = min(round(number * shares.enrolled), max(0, number - refused - open_ - 1))
        enrolled = enrolled if self.goals.can_enroll else 0
        counts: dict[Kind, int] = {"refused": refused, "open": open_, "enrolled": enrolled}
        counts["allowed"] = number - sum(counts.values())
        return [Seat(self.goals, self.rules, kind) for kind, count in counts.items() for _ in range(count)]


@dataclass
class _Crowd:
    trial: Trial
    plan: Plan
    chance: Random
    budget: Budget

    @cached_property
    def grounds(self) -> dict[Any, _Ground]:
        """By edition; those of one edition are drawn around its first day, at its first site."""
        drawer = Drawer(self.trial, self.plan, self.chance)
        if not self.trial.periods:
            return {None: _Ground.of(self.trial, self.plan, self.chance, self.budget, None)}
        found = {}
        for one in self.trial.periods:
            days = (one.first_day - drawer.first_day).days
            update = {"first_day": one.first_day, "cutoff": drawer.cutoff, "days": max(1, self.plan.days - days)}
            plan = self.plan.model_copy(update=update)
            found[one.edition] = _Ground.of(self.trial.during(one), plan, self.chance, self.budget, one.site)
        return found

    def made(self, number: int) -> Made:
        grounds = self.grounds
        arrivals = list(self._arrivals(number))
        for place, (site, day) in enumerate(arrivals):
            edition = self.trial.edition_at(site, day)
            grounds[edition if edition in grounds else next(iter(grounds))].places.append(place)
        used = [ground for ground in grounds.values() if ground.places]
        seats = [ground.seats() for ground in used]
        missed = self._seated([seat for turn in zip_longest(*seats) for seat in turn if seat is not None])
        is_cut_short = self.budget.is_spent
        records: dict[int, Record] = {}
        for ground, mine in zip(used, seats, strict=True):
            self.chance.shuffle(mine)
            for place, seat in zip(ground.places, mine, strict=True):
                records[place] = ground.record(seat.point, *arrivals[place])
        is_any_allowed = any(ground.goals.is_any_allowed for ground in used)
        return Made(tuple(self._named(arrivals, records)), missed, is_any_allowed, is_cut_short)

    def _seated(self, seats: list[Seat]) -> tuple[tuple[str, str], ...]:
        """Deal what is to be shown to those who may show it; what nobody shows, though it was looked for."""
        table = Table(seats)
        failing, undecided, others = goals_of(self.trial)
        table.deal("refused", failing)
        table.deal("open", undecided)
        if self.plan.verdicts:
            table.deal_some(others, self.plan.verdicts)
        else:
            number = sum(seat.kind == "enrolled" for seat in seats)
            table.deal("enrolled", others, max(number // _EVERY, min(number - 1, len(others))))
        return table.missed(self.trial.criteria)

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
        given: set[tuple[Path, Any]] = set()
        for place, (planned, _) in enumerate(arrivals):
            record = records[place]
            site = (at(record, path) if path else None) or planned
            counts[site] = counts.get(site, 0) + 1
            record = put(record, name, f"{site}-{counts[site]:03}") if name else record
            yield self._distinct(record, given)

    def _distinct(self, record: Record, given: set[tuple[Path, Any]]) -> Record:
        """The record with values of its own where no two participants have the same, as far as such are drawn."""
        drawer = Drawer(self.trial, self.plan, self.chance)
        for path in self.trial.unique:
            for _ in range(_DRAWS):
                value = at(record, path)
                if value is None or (path, value) not in given:
                    break
                field_ = self.trial.fields[path]
                record = put(record, path, drawer.value(field_.type, path, drawer.start))
            given.add((path, at(record, path)))
        return record
