"""What `Matches` searches for: whatever may stand before and behind costs nothing, in texts of any length."""

from __future__ import annotations

import re

import pytest

from precise_cal.engine.cql.operators.patterns import sought


@pytest.mark.parametrize(
    ("expression", "core"),
    [
        (".*iron.*", "iron"),
        (".*", ""),
        (".*^a$.*", "^a$"),
        (r"\.*", r"\.*"),
        (r"a\\.*", r"a\\"),
        (".*?a", ".*?a"),
        (".*+a", ".*+a"),
        ("a|.*b.*", "a|.*b.*"),
        ("(.*a.*)", "(.*a.*)"),
    ],
)
def test_anything_at_either_end_is_left_out(expression: str, core: str) -> None:
    assert sought(expression) == core
    for text in ("", "a", "b", "xa\n", "an iron deficiency\n", r"a\."):
        assert bool(re.search(core, text, re.DOTALL)) == bool(re.search(expression, text, re.DOTALL)), text
