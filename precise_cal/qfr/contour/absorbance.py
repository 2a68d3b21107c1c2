"""A frame as absorption, so that vessels are bright and proportional to crossed contrast where the file allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import binary_erosion, binary_opening, label
from scipy.spatial import ConvexHull

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.dicom.acquisition import Acquisition, Cine

LOWEST = 1.0
"""Pixel values below this count as this before the logarithm."""
DARK = 0.06
"""Share of the brightest pixel values below which a pixel that stays dark belongs to no open field (own)."""
BLADES = 0.002
"""Share of the picture that has the least value in all frames where that value is what blades look like (own)."""
SPECK = 3
"""Bright places of less than about twice so many pixels are letters or marks (own)."""
BORDER = 6
"""Pixels at the edge of the open field that are left out: shutters throw soft shadows (own)."""


def absorbance(found: Acquisition, frame: NDArray[np.float32]) -> Array:
    """Absorption of a frame, (rows, columns): −ln I from linear pixels; −value, scaled to 0–1, from all others."""
    picture = frame.astype(np.float64)
    if found.intensity == "linear":
        return np.asarray(-np.log(np.maximum(picture, LOWEST)))
    return np.asarray(1.0 - picture / max(float(picture.max()), LOWEST))


def open_field(cine: Cine) -> NDArray[np.bool_]:
    """Pixels that show the patient: inside the edges of shutter, collimator and intensifier, away from the edge.

    The edges are straight or round, so what lies between them is convex: the hull of the largest area that is not dark
    in all of a few frames. A vessel, however dense and still, or bone is dark inside the hull, and belongs to it.
    """
    found = cine.acquisition
    sample = cine.pixels[:: max(found.frames // 5, 1)].max(axis=0).astype(np.float64)
    brightest, black = float(np.percentile(sample, 99)), float(sample.min())
    if np.mean(sample == black) < BLADES:
        black = 0.0
    mask = _hull(sample > black + DARK * (brightest - black))
    if found.shutter is not None:
        inside = np.zeros_like(mask)
        inside[found.shutter.upper : found.shutter.lower + 1, found.shutter.left : found.shutter.right + 1] = True
        mask &= inside
    mask[[0, -1], :] = False
    mask[:, [0, -1]] = False
    return np.asarray(binary_erosion(mask, iterations=BORDER))


def _hull(bright: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Convex hull of the largest area; specks and letters in the dark around it are no part of it."""
    whole = binary_opening(bright, iterations=SPECK)
    areas, count = label(whole)
    if count == 0:
        return bright
    largest = areas == 1 + int(np.argmax(np.bincount(areas.ravel())[1:]))
    places = np.argwhere(largest & ~binary_erosion(largest))
    row, column = np.ogrid[: bright.shape[0], : bright.shape[1]]
    inside = np.ones_like(bright)
    for down, right, offset in np.unique(ConvexHull(places).equations, axis=0):
        inside &= down * row + right * column + offset <= 0.5
    return inside
