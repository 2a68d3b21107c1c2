"""The frame of an evaluation, as the closures see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Frame = list[Any]
"""State, record, trace or None, then the variables."""
Closure = Callable[[Frame], Any]

FIRST_SLOT: Final = 3
