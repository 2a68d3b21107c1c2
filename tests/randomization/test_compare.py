"""Guessability: the published figures, and the guesser's expectations against counting every block."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import pytest

from precise_cal.randomization.compare import compare, predictions
from precise_cal.randomization.design import BigStick, PermutedBlocks, Simple

EQUAL = {"DCB": 1, "DES": 1}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("design", "guessed", "certain"),
    [
        (PermutedBlocks(ratio=EQUAL, sizes=[4]), 0.705, 0.325),
        (PermutedBlocks(ratio=EQUAL, sizes=[4, 6]), 0.690, 0.055),
        (PermutedBlocks(ratio=EQUAL, sizes=[4, 6, 8]), 0.676, 0.023),
        (BigStick(ratio=EQUAL, tolerance=3), 0.579, 0.159),
        (Simple(ratio=EQUAL), 0.5, 0.0),
    ],
    ids=lambda one: getattr(one, "title", str(one)),
)
def test_within_half_a_point_of_what_is_known(
    design: PermutedBlocks | BigStick | Simple, guessed: float, certain: float
) -> None:
    found = compare(design, participants=656, sites=12, trials=100, seed=1)
    assert found.guessed == pytest.approx(guessed, abs=0.005)
    assert found.certain == pytest.approx(certain, abs=0.005)


def test_the_guesser_expects_what_counting_all_lists_gives() -> None:
    """Every list of three blocks of two or four, each as likely as it is drawn."""
    design = PermutedBlocks(ratio={"A": 1, "B": 1}, sizes=[2, 4])
    weights: dict[str, Fraction] = {}
    blocks = [
        [("".join(one), Fraction(1, 2) / len(set(permutations("AB" * half)))) for one in set(permutations("AB" * half))]
        for half in (1, 2)
    ]
    for chosen in product(blocks[0] + blocks[1], repeat=3):
        arms = "".join(arm for arm, _ in chosen)[:6]
        weight = chosen[0][1] * chosen[1][1] * chosen[2][1]
        weights[arms] = weights.get(arms, Fraction(0)) + weight
    assert sum(weights.values()) == 1
    for arms in weights:
        for place, expected in enumerate(predictions(design, list(arms))):
            before = sum(weight for other, weight in weights.items() if other[:place] == arms[:place])
            first = sum(weight for other, weight in weights.items() if other[: place + 1] == arms[:place] + "A")
            assert expected["A"] == first / before


def test_the_same_seed_gives_the_same_figures() -> None:
    design = BigStick(ratio=EQUAL, tolerance=2)
    one, other = (compare(design, participants=40, sites=3, trials=5, seed=4) for _ in range(2))
    assert one == other
    assert one.worst <= 2


def test_shares_count_by_their_ratio() -> None:
    design = PermutedBlocks(ratio={"A": 2, "B": 1}, sizes=[3])
    assert compare(design, participants=300, sites=1, trials=2, seed=1).imbalance == 0


def test_what_is_left_of_a_block_sets_the_arms_apart() -> None:
    """Blocks of two, three participants of one site: two cancel out, the third is one more of an arm."""
    found = compare(PermutedBlocks(ratio=EQUAL, sizes=[2]), participants=3, sites=1, trials=4, seed=1)
    assert (found.imbalance, found.worst) == (1.0, 1)
    assert found.certain == pytest.approx(1 / 3)
    assert found.guessed == pytest.approx((0.5 + 1 + 0.5) / 3, abs=0.35)
