"""The rule files of PRECISE CAL. Everything that the trial demands stands here, and nowhere in the code."""

from __future__ import annotations

from pathlib import Path


def bundled() -> Path:
    """The folder that holds the rule files of this trial."""
    return Path(__file__).parent
