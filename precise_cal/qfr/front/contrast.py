"""How much contrast each place along a vessel shows in each frame of a run.

The vessel is taken where its displacement puts it in each frame; from there it is looked for sideways, as a smooth way
through the positions that stand out most from their surroundings, because it also bends and turns with the heart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d

from precise_cal.qfr.contour.borders import cheapest, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.qfr._types import Array

SIDEWAYS_MM = 3.0
"""How far the vessel may lie sideways of where its displacement puts it (own)."""
STEP_PX = 2.0
"""Distance of the places along the vessel: contrast changes slowly there."""
BEND = 0.02
"""Cost of a step of one pixel sideways from place to place, squared, in units of the vessel's contrast (own)."""
MOST = 1.6
"""Contrast of a place counts up to this many times that which it has in the analyzed frame, where it is filled: more
is the edge of the open field or a denser vessel that came to lie there (own)."""
FAR = 0.3
"""Cost of lying ``SIDEWAYS_MM`` away, in the same units, growing with the square: near beats far (own)."""
REACH = 3
"""Pixels that the way may move sideways from place to place."""


def contrast_map(
    pictures: Sequence[Array],
    analyzed: int,
    moved: Array,
    midline: Array,
    diameter_px: float,
    mm_per_pixel: float,
) -> tuple[Array, Array]:
    """Vessel contrast over time and place.

    Args:
        pictures: Absorbance of each frame.
        analyzed: Number of the frame in which the vessel was outlined.
        moved: (frames, n, 2) displacement of each place of the vessel in each frame in pixels.
        midline: (n, 2) center line in that frame, a point per pixel.
        diameter_px: Typical diameter in pixels.
        mm_per_pixel: Size of a pixel.

    Returns:
        Contrast (frames, k) at k places along the center line, and (k,) their indices on it.
    """
    width = max(diameter_px, 2.0)
    reach = int(np.ceil(SIDEWAYS_MM / mm_per_pixel))
    indices = np.linspace(0.0, len(midline) - 1.0, max(round(len(midline) / STEP_PX), 2))
    places = _at(midline, indices)
    offsets = np.arange(-reach - int(2.0 * width), reach + int(2.0 * width) + 1, dtype=np.float64)
    inner = slice(int(2.0 * width), len(offsets) - int(2.0 * width))
    filled = _stands_out(pictures[analyzed], places, offsets, width)[:, inner]
    scale, most = _scale(filled), MOST * _there(filled)
    far = FAR * (offsets[inner] / reach) ** 2
    rows = []
    for picture, shift in zip(pictures, moved, strict=True):
        stands_out = _stands_out(picture, places + _at(shift, indices), offsets, width)[:, inner]
        way = cheapest(np.ascontiguousarray(far - stands_out / scale), BEND, REACH)
        rows.append(np.minimum(stands_out[np.arange(len(places)), way], most))
    return np.array(rows), indices


def _at(values: Array, indices: Array) -> Array:
    """Values (n, 2) along the center line at fractional indices."""
    whole = np.arange(len(values), dtype=np.float64)
    return np.stack([np.interp(indices, whole, values[:, axis]) for axis in (0, 1)], axis=1)


def _stands_out(picture: Array, places: Array, offsets: Array, width: float) -> Array:
    """Mean over a core as wide as the vessel minus that over its flanks, (places, offsets).

    The pixels themselves serve as spline coefficients: the slight blur that this means is welcome here.
    """
    profiles = scan(picture, places, offsets)
    core = uniform_filter1d(profiles, max(round(0.6 * width), 1), axis=1)
    flank = round(1.2 * width)
    return np.asarray(core - 0.5 * (np.roll(core, flank, axis=1) + np.roll(core, -flank, axis=1)))


def _scale(stands_out: Array) -> float:
    """Contrast of the filled vessel: typical over its places where it lies."""
    return max(float(np.median(_there(stands_out))), 1e-9)


def _there(stands_out: Array) -> Array:
    """Contrast of each place where the vessel was outlined."""
    middle = stands_out.shape[1] // 2
    return np.asarray(stands_out[:, middle - 2 : middle + 3].max(axis=1))
