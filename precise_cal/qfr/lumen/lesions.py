"""Lesions: where the lumen falls below its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

LEAST_STENOSIS: Final = 0.20  # own: share of the reference diameter that must be missing somewhere
EDGE_STENOSIS: Final = 0.05  # own: where a lesion begins and ends


@dataclass(frozen=True, slots=True)
class Lesion:
    """A lesion between two samples; ``throat`` is the sample of the smallest share of the reference."""

    first: int
    throat: int
    last: int


def find_lesions(diameter_mm: Array, reference_mm: Array, least: float = LEAST_STENOSIS) -> tuple[Lesion, ...]:
    """Runs of samples that miss more than 5 % of the reference and somewhere at least ``least``.

    With one sample either side.
    """
    missing = 1.0 - diameter_mm / reference_mm
    below = np.concatenate(([False], missing > EDGE_STENOSIS, [False]))
    starts, ends = np.flatnonzero(~below[:-1] & below[1:]), np.flatnonzero(below[:-1] & ~below[1:])
    found = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        throat = start + int(np.argmax(missing[start:end]))
        if missing[throat] >= least - 1e-12:
            found.append(Lesion(max(start - 1, 0), throat, min(end, diameter_mm.size - 1)))
    return tuple(found)
