"""Decisions by the rules that a released version brought stay trusted: each version's hash is kept."""

from __future__ import annotations

import re
from pathlib import Path

from precise_cal.gate.released import RELEASED

ROOT = Path(__file__).parents[2]


def test_every_version_before_this_one_has_its_rules() -> None:
    versions = re.findall(r"(?m)^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert set(versions[1:]) == set(RELEASED.values())
