"""Numbers that were met in any order, and the gaps between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.protocol.ranges import Ranges


@given(st.lists(st.integers(0, 40), max_size=40))
def test_gaps_are_what_was_not_met(numbers: list[int]) -> None:
    ranges = Ranges()
    for number in numbers:
        ranges.add(number)
    missing = [one for first, last in ranges.gaps() for one in range(first, last + 1)]
    expected = [one for one in range(min(numbers), max(numbers)) if one not in numbers] if numbers else []
    assert missing == expected


@pytest.mark.parametrize("numbers", [range(1, 2000), range(2000, 0, -1)])
def test_a_list_without_a_gap_is_one_run(numbers: range) -> None:
    ranges = Ranges()
    for number in numbers:
        ranges.add(number)
    assert (list(ranges.gaps()), len(ranges._last), len(ranges._first)) == ([], 1, 1)
