"""Whole numbers that were met, and those that are missing between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ranges:
    """Numbers, kept as runs without a gap: a complete list of any length is one run."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        """By the first number of each run, its last."""
        self._first: dict[int, int] = {}

    def add(self, number: int) -> None:
        """Meet a number."""
        if number in self._last or number in self._first:
            return
        first = self._first.pop(number - 1, number)
        last = self._last.pop(number + 1, number)
        if first != number:
            del self._last[first]
        if last != number:
            del self._first[last]
        self._last[first], self._first[last] = last, first

    def gaps(self) -> Iterator[tuple[int, int]]:
        """The first and last number of each gap between the least and the greatest number met."""
        reached: int | None = None
        for first, last in sorted(self._last.items()):
            if reached is not None and first > reached + 1:
                yield reached + 1, first - 1
            reached = last if reached is None else max(reached, last)
