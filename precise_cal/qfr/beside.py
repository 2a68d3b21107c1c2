"""Where another vessel touches the one that is analyzed: a branch that leaves, or one that runs along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from precise_cal.qfr.contour.borders import scan
from precise_cal.qfr.contour.curve import normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.segment import Contour

FROM_MM, TO_MM = 0.3, 0.8
"""The flank that is looked at, from the border outwards."""
USUAL_MM = 18.0
"""Length over which the median flank is background: a branch at an angle is shorter."""
RISE = 0.25
"""Share of the vessel's contrast by which the flank stands above its background (own)."""


def beside(picture: Array, contour: Contour, mm_per_pixel: float) -> NDArray[np.bool_]:
    """(n,) True where the flank of the vessel, on either side, holds another one.

    Args:
        picture: Absorbance, (rows, columns).
        contour: The vessel.
        mm_per_pixel: Size of a pixel.
    """
    across, half = normals(contour.midline), 0.5 * contour.diameter_mm / mm_per_pixel
    middle = 0.5 * (contour.left + contour.right)
    core = _mean(picture, middle, across, np.linspace(-0.3, 0.3, 5) * half[:, None])
    lines = 2 * round(0.5 * USUAL_MM / mm_per_pixel) + 1
    found = np.zeros(len(middle), bool)
    for side in (-1.0, 1.0):
        offsets = side * (half[:, None] + np.linspace(FROM_MM, TO_MM, 5) / mm_per_pixel)
        flank = _mean(picture, middle, across, offsets)
        usual = median_filter(flank, lines, mode="nearest")
        found |= flank - usual > RISE * np.median(core - usual)
    return found


def _mean(picture: Array, middle: Array, across: Array, offsets: Array) -> Array:
    """Mean over offsets (n, k) in pixels from each place, smoothed lightly along the vessel."""
    values = [scan(picture, middle + offset[:, None] * across, np.zeros(1))[:, 0] for offset in offsets.T]
    return np.asarray(gaussian_filter1d(np.mean(values, axis=0), 1.0))
