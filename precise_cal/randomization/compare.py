"""Balance and guessability of a design, by simulation, for the statistician before the choice.

The guesser knows the design, its possible block sizes and all earlier arms of the own site, and names the arm that is
more likely next (Blackwell and Hodges 1957, the convergence strategy, made exact by Bayes' rule).
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from precise_cal.randomization.design import BigStick, PermutedBlocks
from precise_cal.randomization.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.randomization.design import Simple

    AnyDesign: TypeAlias = PermutedBlocks | BigStick | Simple

State: TypeAlias = tuple[int, tuple[tuple[str, int], ...]]
"""A block as it may be: its size, and what is left of each arm."""


@dataclass(frozen=True)
class Comparison:
    """What a design gave, over all simulated trials."""

    guessed: float
    """The share of participants whose arm the guesser names correctly, from 0 to 1."""
    certain: float
    """The share of participants whose arm the guesser knows for sure."""
    imbalance: float
    """The mean difference between the largest and the smallest arm of a trial, for arms of equal shares."""
    worst: int
    """The largest such difference within one site in any trial."""


def compare(design: AnyDesign, *, participants: int, sites: int, trials: int, seed: int) -> Comparison:
    """Simulate trials in which each participant comes from any site, each as likely as the others.

    Args:
        design: the design of every site.
        participants: of one trial.
        sites: strata, which know nothing of each other.
        trials: how many are simulated.
        seed: of the simulation; the same seed gives the same figures.
    """
    chance, ratio = random.Random(seed), design.ratio
    right, certain, apart, worst = Fraction(0), 0, Fraction(0), 0
    for _ in range(trials):
        totals: Counter[str] = Counter()
        for size in Counter(chance.randrange(sites) for _ in range(participants)).values():
            arms = list(islice(design.arms(Stream(chance.randbytes(32), "arms", "")), size))
            for arm, expected in zip(arms, predictions(design, arms), strict=True):
                most = max(expected.values())
                likeliest = [one for one, share in expected.items() if share == most]
                right += Fraction(arm in likeliest, len(likeliest))
                certain += most == 1
            counts = Counter(arms)
            totals += counts
            worst = max(worst, int(_apart(counts, ratio)))
        apart += _apart(totals, ratio)
    count = participants * trials
    return Comparison(float(right / count), certain / count, float(apart / trials), worst)


def predictions(design: AnyDesign, arms: Sequence[str]) -> Iterator[Mapping[str, Fraction]]:
    """For each slot of a stratum, how likely each arm is to somebody who knows the design and the slots before."""
    total = sum(design.ratio.values())
    flat = {arm: Fraction(share, total) for arm, share in design.ratio.items()}
    if isinstance(design, PermutedBlocks):
        yield from _in_blocks(design, arms)
    elif isinstance(design, BigStick):
        first, second = design.unit
        ahead = 0
        for arm in arms:
            forced = {design.tolerance: second, -design.tolerance: first}.get(ahead)
            yield flat if forced is None else {one: Fraction(one == forced) for one in (first, second)}
            ahead += 1 if arm == first else -1
    else:
        yield from (flat for _ in arms)


def _in_blocks(design: PermutedBlocks, arms: Sequence[str]) -> Iterator[Mapping[str, Fraction]]:
    """Bayes' rule over the blocks that the slots before allow."""
    fresh = _fresh(design)
    states: dict[State, Fraction] = dict(fresh)
    for arm in arms:
        expected: dict[str, Fraction] = dict.fromkeys(design.ratio, Fraction(0))
        after: dict[State, Fraction] = {}
        for (size, left), weight in states.items():
            open_slots = sum(count for _, count in left)
            for one, count in left:
                expected[one] += weight * Fraction(count, open_slots)
                if one == arm and count:
                    rest = tuple((name, many - (name == one)) for name, many in left)
                    after[size, rest] = after.get((size, rest), Fraction(0)) + weight * Fraction(count, open_slots)
        yield expected
        states = _renewed(after, fresh)


def _renewed(states: Mapping[State, Fraction], fresh: Mapping[State, Fraction]) -> dict[State, Fraction]:
    """The states with their sum 1, where a finished block is followed by another."""
    total, found = sum(states.values()), dict[State, Fraction]()
    for state, weight in states.items():
        share = weight / total
        if any(count for _, count in state[1]):
            found[state] = found.get(state, Fraction(0)) + share
        else:
            for one, chance in fresh.items():
                found[one] = found.get(one, Fraction(0)) + share * chance
    return found


def _fresh(design: PermutedBlocks) -> dict[State, Fraction]:
    """The blocks that may begin, with how likely they are."""
    found: dict[State, Fraction] = {}
    for size in design.sizes:
        times = size // len(design.unit)
        state = size, tuple((arm, share * times) for arm, share in sorted(design.ratio.items()))
        found[state] = found.get(state, Fraction(0)) + Fraction(1, len(design.sizes))
    return found


def _apart(counts: Mapping[str, int], ratio: Mapping[str, int]) -> Fraction:
    """How far the arms are apart, each by its share."""
    smallest = min(ratio.values())
    by_share = [Fraction(counts.get(arm, 0) * smallest, share) for arm, share in ratio.items()]
    return max(by_share) - min(by_share)
