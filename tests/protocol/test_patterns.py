"""Texts that match a pattern."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.protocol.patterns import matching


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[0-9a-f]{64}$", r"^[A-Z]{2}\d{2}-\d{3}$", r"A|B|CC", r"(?:ab|cd)+x?", r"(?P<site>[A-C])-\w{2,4}", r"[^abc]",
        r"^$", r"\.\(\)\[\]", r"[-a]", r"[a-]", r"[\]x]", r"[\d-]", r"[]x]", r"a{2,}", r"(a(b(c|d){2})?)*e", r".\s.",
        r"x{3}?", r"\Aab\Z", r"[\w.]+@[a-z]+\.org", r"a\-b\/c", r"{", r"é+",
    ],
)  # fmt: skip
def test_what_fields_are_likely_to_have(pattern: str) -> None:
    texts = {matching(pattern, Random(seed)) for seed in range(30)}
    if pattern == "{":
        assert texts == {None}, "it is for others to say what that means"
        return
    assert None not in texts
    assert all(re.search(pattern, text) for text in texts if text is not None)


@pytest.mark.parametrize("pattern", [r"(?=a)a", r"(?i)a", r"(a)\1", r"(", r"[a", r"a\x41", r"*a", r"(?<!b)a"])
def test_what_is_not_read_is_not_guessed(pattern: str) -> None:
    assert matching(pattern, Random(1)) is None


@given(st.text(alphabet="ab01()[]{}|*+?.\\d-^$,", max_size=12), st.integers(0, 5))
def test_no_text_is_returned_that_does_not_match(pattern: str, seed: int) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, FutureWarning):
        return
    text = matching(pattern, Random(seed))
    assert text is None or re.search(pattern, text)
