"""Designs: what each promises of every prefix, and what is refused."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from precise_cal.randomization.design import BigStick, PermutedBlocks, Simple, sequence
from precise_cal.randomization.stream import Stream

EQUAL = {"DCB": 1, "DES": 1}
seeds = st.binary(min_size=32, max_size=32)


@given(seeds, st.sampled_from([[4], [4, 6], [2, 4, 8], [6, 6, 2]]))
def test_blocks_are_whole(seed: bytes, sizes: list[int]) -> None:
    arms = sequence(PermutedBlocks(ratio=EQUAL, sizes=sizes), Stream(seed, "arms", "s"), 200)
    ahead = list(accumulate(1 if arm == "DCB" else -1 for arm in arms))
    assert max(map(abs, ahead)) <= max(sizes) // 2
    balanced = [place + 1 for place, one in enumerate(ahead) if one == 0]
    assert all(later - earlier <= max(sizes) for earlier, later in zip([0, *balanced], balanced, strict=False))


@given(seeds)
def test_arms_have_their_shares(seed: bytes) -> None:
    design = PermutedBlocks(ratio={"A": 2, "B": 1, "C": 3}, sizes=[6])
    arms = sequence(design, Stream(seed, "arms", "s"), 60)
    for start in range(0, 60, 6):
        assert Counter(arms[start : start + 6]) == {"A": 2, "B": 1, "C": 3}


@given(seeds, st.integers(1, 5))
def test_big_stick_never_leans_further_than_its_tolerance(seed: bytes, tolerance: int) -> None:
    arms = sequence(BigStick(ratio=EQUAL, tolerance=tolerance), Stream(seed, "arms", "s"), 200)
    assert max(abs(one) for one in accumulate(1 if arm == "DCB" else -1 for arm in arms)) <= tolerance


def test_sequences_are_what_they_always_were() -> None:
    """Known answers: a list that was drawn must be drawn again."""
    seed = bytes(range(32))
    drawn = {
        design.title: "".join(arm[-1] for arm in sequence(design, Stream(seed, "arms", "ZS01"), 24))
        for design in (
            PermutedBlocks(ratio=EQUAL, sizes=[4, 6]),
            BigStick(ratio=EQUAL, tolerance=3),
            Simple(ratio={"DCB": 2, "DES": 1}),
        )
    }
    assert drawn == {  # computed by another program, from the descriptions of stream and designs
        "permuted blocks of 4, 6": "SBSBBSSBSBSBSBBSBBSSSBSB",
        "big stick 3": "SSBBSBBBBSSSSBBSBBSSBBBS",
        "simple": "SBSSBSBBBSSSBBBSBSBBBBSS",
    }


def test_the_order_in_which_arms_are_written_changes_nothing() -> None:
    one, other = (PermutedBlocks(ratio=ratio, sizes=[4]) for ratio in (EQUAL, dict(reversed(EQUAL.items()))))
    assert sequence(one, Stream(bytes(32), "arms", "s"), 40) == sequence(other, Stream(bytes(32), "arms", "s"), 40)


@pytest.mark.parametrize(
    ("form", "design", "problem"),
    [
        (PermutedBlocks, {"ratio": EQUAL, "sizes": [4, 5]}, "a block of 5 cannot hold 2 shares evenly"),
        (PermutedBlocks, {"ratio": {"A": 1}, "sizes": [4]}, "at least 2"),
        (PermutedBlocks, {"ratio": EQUAL, "sizes": []}, "at least 1"),
        (PermutedBlocks, {"ratio": EQUAL, "sizes": ["4"]}, "integer"),
        (BigStick, {"ratio": {"A": 2, "B": 1}, "tolerance": 3}, "two arms with equal shares"),
        (BigStick, {"ratio": {"A": 1, "B": 1, "C": 1}, "tolerance": 3}, "two arms with equal shares"),
        (BigStick, {"ratio": EQUAL, "tolerance": 0}, "greater than or equal to 1"),
        (Simple, {"ratio": {"A": 0, "B": 1}}, "greater than or equal to 1"),
        (Simple, {"ratio": EQUAL, "sizes": [4]}, "Extra"),
    ],
)
def test_refused(form: Any, design: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        form(**design)
