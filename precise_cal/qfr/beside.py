"""Where another vessel touches the one that is analyzed: a branch that leaves, or one that crosses it.

A branch stands out on one flank. A vessel that crosses does so on one flank and, a little farther on, on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

from precise_cal.qfr.contour.borders import scan
from precise_cal.qfr.contour.branches import FROM_MM, TO_MM, USUAL_MM
from precise_cal.qfr.contour.curve import normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.segment import Contour

CROSSING_MM = 3.0
"""What lies this near to both a left and a right neighbor is crossed."""
RISE = 0.25
"""Share of the vessel's contrast by which the flank stands above its background; enough to tell a reader (own)."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Stations (n,) of a contour at which another vessel touches this one, and at which one crosses it."""

    touched: NDArray[np.bool_]
    crossed: NDArray[np.bool_]


def beside(picture: Array, contour: Contour, mm_per_pixel: float) -> Beside:
    """Looks along both flanks of a vessel for others.

    Args:
        picture: Absorbance, (rows, columns).
        contour: The vessel.
        mm_per_pixel: Size of a pixel.
    """
    across = normals(contour.midline)
    half = 0.5 * median_filter(contour.diameter_mm, 2 * round(0.5 * USUAL_MM / mm_per_pixel) + 1) / mm_per_pixel
    core = _mean(picture, contour.midline, across, np.linspace(-0.3, 0.3, 5) * half[:, None])
    lines = 2 * round(0.5 * USUAL_MM / mm_per_pixel) + 1
    sides = []
    for side in (-1.0, 1.0):
        offsets = side * (half[:, None] + np.linspace(FROM_MM, TO_MM, 5) / mm_per_pixel)
        flank = _mean(picture, contour.midline, across, offsets)
        usual = median_filter(flank, lines, mode="nearest")
        sides.append(flank - usual > RISE * np.median(core - usual))
    reach = round(CROSSING_MM / mm_per_pixel)
    near = [maximum_filter1d(side, 2 * reach + 1, mode="constant") for side in sides]
    return Beside(sides[0] | sides[1], near[0] & near[1])


def _mean(picture: Array, middle: Array, across: Array, offsets: Array) -> Array:
    """Mean over offsets (n, k) in pixels from each place, smoothed lightly along the vessel."""
    values = [scan(picture, middle + offset[:, None] * across, np.zeros(1))[:, 0] for offset in offsets.T]
    return np.asarray(gaussian_filter1d(np.mean(values, axis=0), 1.0))
