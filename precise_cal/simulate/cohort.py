"""From a seed to the records of a whole trial."""

from __future__ import annotations

import datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final

from precise_cal.simulate.analysts import enter
from precise_cal.simulate.baseline import baseline
from precise_cal.simulate.clock import ZONE, instant
from precise_cal.simulate.departures import DEPARTURES
from precise_cal.simulate.follow_up import follow_up
from precise_cal.simulate.procedure import end_unrandomized, modify_and_measure, randomize_and_treat, stay
from precise_cal.simulate.screening import SHARE_FAILED, fail_screening

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]
Cohort = tuple[Record, ...]

FIRST_DAY: Final = datetime.date(2026, 2, 9)
ENROLLMENT_DAYS: Final = 560
CUTOFF: Final = datetime.datetime(2027, 12, 31, tzinfo=ZONE)
SITES: Final = (
    ("S01", 20, 0.7),
    ("S02", 14, 1.0),
    ("S03", 12, 0.8),
    ("S04", 10, 1.3),
    ("S05", 9, 0.9),
    ("S06", 8, 1.0),
)
MORE_SITES: Final = (
    ("S07", 7, 2.6),
    ("S08", 6, 1.0),
    ("S09", 5, 0.6),
    ("S10", 4, 1.6),
    ("S11", 3, 0.9),
    ("S12", 2, 1.2),
)
"""Name, share of the participants, and how often the protocol is departed from there against the mean."""
BLOCKS: Final = (4, 6)
EVERY_CODE_FROM: Final = 300
"""From so many randomized participants on, every deviation code occurs at least once."""


def cohort(participants: int = 656, seed: int = 1, cutoff: datetime.datetime = CUTOFF) -> Cohort:
    """Records of so many consenting participants, in the order of their procedures.

    The same numbers always give the same records, on every platform and every supported version of Python.

    Args:
        participants: how many records; about nine of ten are randomized.
        seed: of the random numbers.
        cutoff: what happens after it is not yet known.
    """
    chance = Random(seed)
    records = _enrolled(chance, participants)
    allocations = _Allocations(chance)
    randomized: list[Record] = []
    for record in records:
        day = record.pop("_day")
        modify_and_measure(record, chance, day)
        if chance.random() < SHARE_FAILED:
            fail_screening(record, chance)
            end_unrandomized(record)
            stay(record, chance)
        else:
            randomize_and_treat(record, chance, allocations.next(record["site_id"]), len(randomized) + 1)
            stay(record, chance)
            follow_up(record, chance, cutoff)
            randomized.append(record)
        record["data_cutoff"] = instant(cutoff)
    _depart(randomized, chance)
    for record in records:
        enter(record, chance)
    return tuple(records)


def _enrolled(chance: Random, participants: int) -> list[Record]:
    sites = SITES + MORE_SITES
    days = sorted(round(ENROLLMENT_DAYS * chance.betavariate(1.5, 1.1)) for _ in range(participants))
    numbers = dict.fromkeys((name for name, _, _ in sites), 0)
    records = []
    for offset in days:
        site = chance.choices([name for name, _, _ in sites], [share for _, share, _ in sites])[0]
        numbers[site] += 1
        day = _working_day(FIRST_DAY + datetime.timedelta(days=offset))
        records.append({**baseline(chance, site, numbers[site], day), "_day": day})
    return records


def _working_day(day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(days=8 - day.isoweekday() if day.isoweekday() > 5 else 0)


class _Allocations:
    """Permuted blocks of random size, by site."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._left: dict[str, list[str]] = {}

    def next(self, site: str) -> str:
        """The next allocation of a site."""
        if not self._left.get(site):
            block = ["DCB", "DES"] * (self._chance.choice(BLOCKS) // 2)
            self._chance.shuffle(block)
            self._left[site] = block
        return self._left[site].pop()


def _depart(randomized: list[Record], chance: Random) -> None:
    """Departures from the protocol, more of them at some sites; at most one kind of each for a participant."""
    factors = {name: factor for name, _, factor in SITES + MORE_SITES}
    for share, change in DEPARTURES.values():
        wanted = _count(share * len(randomized), len(randomized), chance)
        for record in _weighted_order(randomized, factors, chance):
            if not wanted:
                break
            wanted -= change(record, chance)


def _count(expected: float, randomized: int, chance: Random) -> int:
    whole = int(expected)
    count = whole + (chance.random() < expected - whole)
    return max(1, count) if randomized >= EVERY_CODE_FROM else count


def _weighted_order(records: list[Record], factors: dict[str, float], chance: Random) -> Iterator[Record]:
    """The records in a random order in which those of a site with a greater factor tend to come first."""
    keyed = [(chance.random() ** (1 / factors[record["site_id"]]), place) for place, record in enumerate(records)]
    return (records[place] for _, place in sorted(keyed, reverse=True))
