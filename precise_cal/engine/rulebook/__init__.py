"""The rules of a trial: YAML files read, checked, and compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Not inside the function: importing the module of that name would put it in the place of the function.
from precise_cal.engine.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from pathlib import Path


def rulebook(folder: Path) -> Rulebook:
    """The rulebook that a folder of rule files holds.

    Raises:
        RuleFileError: a file is missing or wrong; every problem is told, with its place.
    """
    from precise_cal.engine.consequences import deviation_rules
    from precise_cal.engine.rulebook.load import load

    loaded = load(folder)
    return Rulebook(loaded, deviation_rules(loaded))
