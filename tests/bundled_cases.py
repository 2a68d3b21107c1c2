"""The cases that stand beside the bundled rules, read once in a run of tests: those by hand, and those of limits."""

from __future__ import annotations

from pathlib import Path

from precise_cal.assurance.boundary_cases import FILE
from precise_cal.engine.cases import read_cases
from precise_cal.rules import bundled

_EVERY = read_cases(bundled())
CASES = tuple(one for one in _EVERY if Path(one.place.file).name != Path(FILE).name)
BOUNDARIES = tuple(one for one in _EVERY if Path(one.place.file).name == Path(FILE).name)
