"""A picture ready for scan lines across a vessel: with the frames beside it, and without what does not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import median_filter

from precise_cal.qfr.contour.borders import scan
from precise_cal.qfr.contour.curve import normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.bifurcation import Mouths
    from precise_cal.qfr.contour.neighbors import Laid

SAMPLE_PX = 0.25
"""Distance of samples on a scan line."""
REACH, REACH_MM, STEADY = 2.0, 0.5, 21
"""Borders lie within twice the scale of the ridge and half a millimeter; the scale is a median over 21 points (own)."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture ready for scan lines.

    Spline coefficients, width of the ridge in mm, scale, what is left out, and the frames beside it.
    """

    coefficients: Array
    width_mm: Array
    mm_per_pixel: float
    excluded: NDArray[np.bool_] | None
    mouths: Mouths | None = None
    beside: tuple[Laid, ...] = ()

    def profiles(self, midline: Array, offsets: Array) -> Array:
        """(n, m) scan lines across a midline, the mean of all frames."""
        across = normals(midline)
        frames = [scan(self.coefficients, midline, offsets, across=across)]
        frames += [one.profiles(midline, across, offsets) for one in self.beside]
        return np.asarray(np.nanmean(frames, axis=0))

    def counted(self, midline: Array, offsets: Array) -> Array:
        """(n, m) the same; NaN where a sample does not count."""
        out, found = self.left_out(midline, offsets), self.profiles(midline, offsets)
        return found if out is None else np.where(out, np.nan, found)

    def left_out(self, midline: Array, offsets: Array) -> NDArray[np.bool_] | None:
        """(n, m) samples of scan lines that do not count; None where all do."""
        by_mouths = None if self.mouths is None else self.mouths.left_out(offsets)
        if self.excluded is None:
            return by_mouths
        by_hand = scan(self.excluded.astype(np.float64), midline, offsets, order=0) > 0.5
        return by_hand if by_mouths is None else by_hand | by_mouths

    def limits(self, midline: Array) -> Array:
        """(n,) samples from the midline beyond which no border of the ridge there can lie."""
        column, row = np.rint(midline).astype(int).T
        rows, columns = self.width_mm.shape
        found = self.width_mm[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        usual = median_filter(found, STEADY, mode="nearest")
        return np.asarray((REACH * usual + REACH_MM) / self.mm_per_pixel / SAMPLE_PX)
