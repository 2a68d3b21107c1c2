"""From values to places on a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight axis: the value `low` stands at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value; what lies outside is put on the edge."""
        inside = min(self.high, max(self.low, value))
        return self.start + (inside - self.low) / ((self.high - self.low) or 1) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return self.low <= value <= self.high


def logarithmic(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """A logarithmic axis."""
    inner = Axis(log10(low), log10(high), start, end)
    return lambda value: inner(log10(max(low, value)))


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values between two, about so many."""
    if high <= low:
        return [low]
    rough = (high - low) / about
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    return [step * index for index in range(ceil(low / step), floor(high / step) + 1)]
