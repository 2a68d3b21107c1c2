"""From a seed to the records of a whole trial."""

from __future__ import annotations

import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from precise_cal.simulate.plans.precise_cal.analysts import enter
from precise_cal.simulate.plans.precise_cal.baseline import baseline
from precise_cal.simulate.plans.precise_cal.clock import instant
from precise_cal.simulate.plans.precise_cal.departures import DEPARTURES
from precise_cal.simulate.plans.precise_cal.follow_up import follow_up
from precise_cal.simulate.plans.precise_cal.procedure import (
    end_unrandomized,
    modify_and_measure,
    randomize_and_treat,
    stay,
)
from precise_cal.simulate.plans.precise_cal.screening import fail_screening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.simulate.plans.precise_cal.settings import Settings

Record = dict[str, Any]
Cohort = tuple[Record, ...]


def cohort(settings: Settings, participants: int, seed: int, cutoff: datetime.datetime | None = None) -> Cohort:
    """Records of so many consenting participants, in the order of their procedures.

    The same numbers always give the same records, on every platform and every supported version of Python.

    Args:
        settings: rates, weights and times.
        participants: how many records; about nine of ten are randomized.
        seed: of the random numbers.
        cutoff: what happens after it is not yet known; without it, that of the settings. A time without an offset is
            one of their clock.
    """
    chance = Random(seed)
    cutoff = _on_the_clock(cutoff, settings.cutoff)
    records = _enrolled(settings, chance, participants)
    allocations = _Allocations(chance, settings.blocks)
    randomized: list[Record] = []
    for record in records:
        day = record.pop("_day")
        modify_and_measure(settings.procedure, record, chance, day)
        if chance.random() < settings.screening.failed:
            fail_screening(settings, record, chance)
            end_unrandomized(record)
            stay(settings.procedure, record, chance)
        else:
            arm = allocations.next(record["site_id"])
            randomize_and_treat(settings.procedure, record, chance, arm, len(randomized) + 1)
            stay(settings.procedure, record, chance)
            follow_up(settings, record, chance, cutoff)
            randomized.append(record)
        record["data_cutoff"] = instant(cutoff)
    _depart(settings, randomized, chance)
    for record in records:
        enter(settings, record, chance)
    return tuple(records)


def _on_the_clock(moment: datetime.datetime | None, planned: datetime.datetime) -> datetime.datetime:
    if moment is None:
        return planned
    zone = planned.tzinfo
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _enrolled(settings: Settings, chance: Random, participants: int) -> list[Record]:
    sites = settings.sites
    days = sorted(round(settings.enrollment_days * chance.betavariate(1.5, 1.1)) for _ in range(participants))
    numbers = dict.fromkeys(sites, 0)
    records = []
    for offset in days:
        site = chance.choices(tuple(sites), [one.share for one in sites.values()])[0]
        numbers[site] += 1
        day = _working_day(settings.first_day + datetime.timedelta(days=offset))
        records.append({**baseline(settings, chance, site, numbers[site], day), "_day": day})
    return records


def _working_day(day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(days=8 - day.isoweekday() if day.isoweekday() > 5 else 0)


class _Allocations:
    """Permuted blocks of random size, by site."""

    def __init__(self, chance: Random, blocks: list[int]) -> None:
        self._chance = chance
        self._blocks = blocks
        self._left: dict[str, list[str]] = {}

    def next(self, site: str) -> str:
        """The next allocation of a site."""
        if not self._left.get(site):
            block = ["DCB", "DES"] * (self._chance.choice(self._blocks) // 2)
            self._chance.shuffle(block)
            self._left[site] = block
        return self._left[site].pop()


def _depart(settings: Settings, randomized: list[Record], chance: Random) -> None:
    """Departures from the protocol, more of them at some sites; at most one kind of each for a participant."""
    factors = {name: site.departs for name, site in settings.sites.items()}
    every = len(randomized) >= settings.every_code_from
    for code, change in DEPARTURES.items():
        wanted = _count(settings.departures[code] * len(randomized), chance, every=every)
        for record in _weighted_order(randomized, factors, chance):
            if not wanted:
                break
            wanted -= change(settings, record, chance)


def _count(expected: float, chance: Random, *, every: bool) -> int:
    whole = int(expected)
    count = whole + (chance.random() < expected - whole)
    return max(1, count) if every else count


def _weighted_order(records: list[Record], factors: dict[str, float], chance: Random) -> Iterator[Record]:
    """The records in a random order in which those of a site with a greater factor tend to come first."""
    keyed = [(chance.random() ** (1 / factors[record["site_id"]]), place) for place, record in enumerate(records)]
    return (records[place] for _, place in sorted(keyed, reverse=True))
