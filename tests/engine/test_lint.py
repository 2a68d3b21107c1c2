"""What lint says of rules that work but are not finished."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REMARKS = [
    ("EX-7", "EX-7: no case shows ABSENT, PRESENT, UNKNOWN"),
    ("PMI-SCAI", "PMI-SCAI: no case shows CANNOT_ASSESS, NO, YES"),
]


@pytest.mark.parametrize(("rule", "remark"), REMARKS, ids=[rule for rule, _ in REMARKS])
def test_remark(rule: str, remark: str, rules_copy: Path, precise: Callable[..., Any]) -> None:
    for file in (rules_copy / "tests").glob("*.yaml"):
        file.write_text(re.sub(rf"(?m)^{rule}:\n(?: .*\n|\n)*", "", file.read_text("utf-8")), "utf-8")
    said = precise("rules", "lint", "--rules", rules_copy)
    assert (said.status, said.out.splitlines()) == (1, [remark, "1 remark"])


def test_the_bundled_rules_are_finished(precise: Callable[..., Any]) -> None:
    said = precise("rules", "lint")
    assert (said.status, said.out) == (0, "0 remarks\n")
