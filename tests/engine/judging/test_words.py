"""Verdict words from three-valued answers, for items and for the participant."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.engine.judging.judge import of_item, together
from precise_cal.protocol.verdicts import LADDERS

if TYPE_CHECKING:
    from precise_cal.protocol.verdicts import VerdictWord

KINDS = {
    "inclusion": ("NOT_MET", "UNKNOWN", "MET"),
    "exclusion": ("PRESENT", "UNKNOWN", "ABSENT"),
    "conduct": ("DEVIATION", "REVIEW", "CANNOT_ASSESS", "NOT_DUE", "COMPLIANT", "NOT_APPLICABLE"),
    "outcome": ("YES", "PENDING", "CANNOT_ASSESS", "NOT_DUE", "NO"),
    "side_finding": ("YES", "PENDING", "CANNOT_ASSESS", "NOT_DUE", "NO"),
}
WORDS = [(kind, word) for kind, words in KINDS.items() for word in words]


@pytest.mark.parametrize(("kind", "word"), WORDS)
def test_item(kind: str, word: VerdictWord) -> None:
    assert of_item(kind, word, True) == word
    harmful = word in ("NOT_MET", "PRESENT", "DEVIATION", "REVIEW", "YES", "PENDING", "UNKNOWN", "CANNOT_ASSESS")
    assert of_item(kind, word, None) == (LADDERS[kind].unknown if harmful else word)


@given(
    st.sampled_from(sorted(KINDS)).flatmap(
        lambda kind: st.tuples(st.just(kind), st.lists(st.sampled_from(KINDS[kind])))
    )
)
def test_the_worst_item_speaks_for_the_participant(judged: tuple[str, list[VerdictWord]]) -> None:
    kind, words = judged
    expected = next((word for word in KINDS[kind] if word in words), LADDERS[kind].unknown)
    assert {together(kind, order) for order in permutations(words[:4])} == {together(kind, words[:4])}
    assert together(kind, words) == expected
