"""What lint says of rules that work but are not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARAMETER = """
  - id: spare.number
    meaning: nothing
    type: integer
    values:
      - {since: 2026-02-01, value: 1, status: assumed, why: a test}
"""
DEFINITION = "definitions:\n  - define: IsSpare\n    means: nothing\n    as: 1 = 1\n"

CHANGES = [
    ("tests/eligibility.yaml", "EX-7:", "EX-8:", "EX-7: no case shows ABSENT, PRESENT, UNKNOWN"),
    ("tests/events.yaml", "PMI-SCAI:", "PMI-ARC2:", "PMI-SCAI: no case shows CANNOT_ASSESS, NO, YES"),
    ("protocol.yaml", "\nparameters:\n", f"\nparameters:{PARAMETER}", "spare.number: no rule uses this parameter"),
    ("eligibility.yaml", "definitions:\n", DEFINITION, "IsSpare: no rule uses this definition"),
    ("eligibility.yaml", "DV-ELG-17", "DV-ELG-99", "EX-10: the deviation DV-ELG-99 has no entry in deviations.yaml"),
]


@pytest.mark.parametrize(("name", "old", "new", "remark"), CHANGES, ids=[one[3] for one in CHANGES])
def test_remark(name: str, old: str, new: str, remark: str, rules_copy: Path, precise: Callable[..., Any]) -> None:
    file = rules_copy / name
    text = file.read_text("utf-8").replace(old, new, 1)
    if name.startswith("tests/"):
        head, tail = text.split(f"\n{new}", 1)
        text = head + "\n" + tail.split("\n\n", 1)[1]
    file.write_text(text, "utf-8")
    said = precise("rules", "lint", "--rules", rules_copy)
    assert (said.status, said.out.splitlines()) == (1, [remark, "1 remark"])


def test_the_bundled_rules_are_finished(precise: Callable[..., Any]) -> None:
    said = precise("rules", "lint")
    assert (said.status, said.out) == (0, "0 remarks\n")
