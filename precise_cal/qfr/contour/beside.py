"""Where another vessel touches the one that is analyzed: a branch that leaves, or a second one over or along it.

A branch stands out on one flank, where it leaves. A vessel that lies over this one is a second ridge: a straight line
through both flanks, or one that comes and goes with a dense stretch between. More absorption alone is none: absorption
rises where a vessel turns toward the beam, and small branches leave on alternating sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d, label, map_coordinates, maximum_filter1d, median_filter

from precise_cal.qfr.contour.blur import WIDE
from precise_cal.qfr.contour.borders import scan
from precise_cal.qfr.contour.branches import FROM_MM, TO_MM, USUAL_MM
from precise_cal.qfr.contour.curve import normals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.segment import Contour

RISE = 0.25
"""Share of the vessel's contrast by which the flank, or a second ridge, stands out; enough to tell a reader (own)."""
ANGLES_DEG = np.arange(15.0, 166.0, 5.0)
"""Angles between the vessel and a line across it that are looked at."""
LINE_MM, PARTS = (0.4, 2.8), 3
"""Where a line on either flank must stand out, from the border outwards, in each of so many parts (own)."""
ASIDE_MM = 1.6
"""A ridge stands out from lines so far to both of its sides (own)."""
DENSE, DENSE_MM = 1.35, 2.0
"""Contrast over diameter this many times that of most of the vessel, over such a length, is a dense stretch (own)."""
ALONG_MM = 6.0
"""A dense stretch, and a ridge along the border, from this length on is another vessel's (own)."""
JOINS_MM = 3.0
"""So near to both ends of a dense stretch a second ridge must come and go (own)."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Stations (n,) of a contour at which another vessel touches this one, and over which one lies."""

    touched: NDArray[np.bool_]
    covered: NDArray[np.bool_]


def beside(picture: Array, contour: Contour, mm_per_pixel: float) -> Beside:
    """Looks along both flanks of a vessel for others.

    Args:
        picture: Absorbance, (rows, columns).
        contour: The vessel.
        mm_per_pixel: Size of a pixel.
    """
    across = normals(contour.midline)
    lines = 2 * round(0.5 * USUAL_MM / mm_per_pixel) + 1
    half = 0.5 * median_filter(contour.diameter_mm, lines) / mm_per_pixel
    core = _mean(picture, contour.midline, across, np.linspace(-0.3, 0.3, 5) * half[:, None])
    sides, contrast = [], []
    for side in (-1.0, 1.0):
        offsets = side * (half[:, None] + np.linspace(FROM_MM, TO_MM, 5) / mm_per_pixel)
        flank = _mean(picture, contour.midline, across, offsets)
        usual = median_filter(flank, lines, mode="nearest")
        contrast.append(core - usual)
        sides.append(flank - usual > RISE * np.median(contrast[-1]))
    touched = sides[0] | sides[1]
    crossed = _crossed(picture, contour.midline, half, mm_per_pixel, RISE * float(np.median(contrast, axis=1).min()))
    density = median_filter(np.mean(contrast, axis=0) / contour.diameter_mm, _odd(DENSE_MM / mm_per_pixel))
    dense = (density > DENSE * np.median(density)) & (contour.diameter_mm > WIDE * contour.blur.mean)
    return Beside(touched, crossed | _along(dense, touched, mm_per_pixel))


def _mean(picture: Array, middle: Array, across: Array, offsets: Array) -> Array:
    """Mean over offsets (n, k) in pixels from each place, smoothed lightly along the vessel."""
    values = [scan(picture, middle + offset[:, None] * across, np.zeros(1))[:, 0] for offset in offsets.T]
    return np.asarray(gaussian_filter1d(np.mean(values, axis=0), 1.0))


def _crossed(picture: Array, midline: Array, half: Array, mm_per_pixel: float, rise: float) -> NDArray[np.bool_]:
    """Stations over which a line runs that is a ridge on both flanks, by more than ``rise``."""
    widest = float(np.percentile(half, 90))
    reach = int(np.ceil(widest + LINE_MM[-1] / mm_per_pixel))
    straight = scan(picture, midline, np.arange(-reach, reach + 1, dtype=np.float64))
    straight = gaussian_filter(straight - median_filter(straight, (_odd(USUAL_MM / mm_per_pixel), 1)), 0.7)
    station = np.arange(len(midline), dtype=np.float64)[:, None]
    crossed = np.zeros(len(midline), bool)
    for angle in np.deg2rad(ANGLES_DEG):
        aside = ASIDE_MM / mm_per_pixel / np.sin(angle)
        both = []
        for side in (-1.0, 1.0):
            away = side * (half[:, None] + np.linspace(LINE_MM[0], LINE_MM[-1], 4 * PARTS) / mm_per_pixel)
            on, below, above = (
                map_coordinates(straight, [station + away / np.tan(angle) + shift, away + reach], order=1)
                for shift in (0.0, -aside, aside)
            )
            parts = np.stack([on - below, on - above]).reshape(2, len(midline), PARTS, 4).mean(axis=3)
            both.append(parts.min(axis=(0, 2)))
        through = np.min(both, axis=0) > rise
        width = int(np.ceil(widest / abs(np.tan(angle)))) if abs(np.tan(angle)) > 1e-3 else 0
        crossed |= maximum_filter1d(through, 2 * width + 1, mode="constant")
    return crossed


def _along(dense: NDArray[np.bool_], touched: NDArray[np.bool_], mm_per_pixel: float) -> NDArray[np.bool_]:
    """Long dense stretches at both ends of which another vessel comes or goes."""
    stretches, count = label(dense)
    joins, covered = round(JOINS_MM / mm_per_pixel), np.zeros_like(dense)
    for number in range(1, count + 1):
        first, last = (int(place) for place in np.flatnonzero(stretches == number)[[0, -1]])
        ends = [touched[max(end - joins, 0) : end + joins + 1].any() for end in (first, last)]
        covered[first : last + 1] |= all(ends) and (last - first) * mm_per_pixel >= ALONG_MM
    return covered


def _odd(size: float) -> int:
    return 2 * round(0.5 * size) + 1
