"""What lint says of rules that work but are not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHANGES = [
    ("tests/eligibility.yaml", "EX-7:", "EX-8:", "EX-7: no case shows ABSENT, PRESENT, UNKNOWN"),
    ("tests/events.yaml", "PMI-SCAI:", "PMI-ARC2:", "PMI-SCAI: no case shows CANNOT_ASSESS, NO, YES"),
]


@pytest.mark.parametrize(("name", "old", "new", "remark"), CHANGES, ids=[one[3] for one in CHANGES])
def test_remark(name: str, old: str, new: str, remark: str, rules_copy: Path, precise: Callable[..., Any]) -> None:
    file = rules_copy / name
    head, tail = file.read_text("utf-8").replace(old, new, 1).split(f"\n{new}", 1)
    file.write_text(head + "\n" + tail.split("\n\n", 1)[1], "utf-8")
    said = precise("rules", "lint", "--rules", rules_copy)
    assert (said.status, said.out.splitlines()) == (1, [remark, "1 remark"])


def test_the_bundled_rules_are_finished(precise: Callable[..., Any]) -> None:
    said = precise("rules", "lint")
    assert (said.status, said.out) == (0, "0 remarks\n")
