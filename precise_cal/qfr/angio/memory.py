"""Steps of analyses by what they were made from: a step whose input is unchanged is not done again.

A step is a pure function of its input, so that a result does not depend on what was remembered: only its time does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")
BY_VALUE: Final = (str, int, float, tuple, Path, BaseModel)
"""Kinds of input that are compared by value; all others are what earlier steps made, and compared by identity."""


class Memory:
    """The last result of each step, by the name of the step; for one study that a person works on."""

    def __init__(self) -> None:
        self._done: dict[str, tuple[tuple[Any, ...], Any]] = {}

    def step(self, name: str, made_from: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """The result of a step: the last one where it was made from the same, else made now.

        Args:
            name: Of the step.
            made_from: All that the result depends on; tuples in it hold values, not arrays.
            make: Makes the result.
        """
        before = self._done.get(name)
        if before is not None and _same(before[0], made_from):
            found: Made = before[1]
            return found
        made = make()
        self._done[name] = (made_from, made)
        return made


def _same(before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    return len(before) == len(now) and all(
        one is other or (isinstance(one, BY_VALUE) and isinstance(other, BY_VALUE) and one == other)
        for one, other in zip(before, now, strict=True)
    )
