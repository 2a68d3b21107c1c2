"""The cases that stand beside the bundled rules, read once in a run of tests."""

from __future__ import annotations

from precise_cal.engine.cases import read_cases
from precise_cal.rules import bundled

CASES = read_cases(bundled())
