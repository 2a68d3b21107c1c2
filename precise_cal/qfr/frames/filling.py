"""How far contrast fills the way between clicked points in a frame, and how near the points lie to a vessel there.

Clicks belong to one frame: where the heart stands otherwise they lie beside the vessel, and before the contrast has
come the way between them runs through background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, uniform_filter

from precise_cal.qfr.contour.path import minimal_path, snapped
from precise_cal.qfr.contour.ridge import FLAT_MM, vesselness
from precise_cal.qfr.contour.segment import SNAP_MM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

BLOCK = 2
"""Pixels are taken in blocks of this size."""
PLACES = 48
"""Places along the way that are looked at, alike in all frames."""
PARTS = 4
"""The way is filled where each of so many parts of it is."""
NEAR_MM = 0.7
"""A vessel this far from a click fits it by exp(−1/2) (own)."""


@dataclass(frozen=True, slots=True)
class Filling:
    """Of a frame: contrast of the emptiest part of the way, as a share of the most in any frame; fit of clicks."""

    filled: float
    fits: float


def fillings(pictures: Sequence[Array], mask: NDArray[np.bool_], stops: Array, mm_per_pixel: float) -> list[Filling]:
    """The filling of each picture along the way through the points.

    Args:
        pictures: Absorbance of frames.
        mask: Open field.
        stops: (k, 2) points [column, row], at least two.
        mm_per_pixel: Size of a pixel.
    """
    inside, size = halved(mask.astype(np.float64)) > 0.99, BLOCK * mm_per_pixel
    places = (stops - 0.5 * (BLOCK - 1)) / BLOCK
    ways = [_along(halved(picture), inside, places, size) for picture in pictures]
    contrast = np.array([way for way, _ in ways])
    parts = contrast.reshape(len(ways), PARTS, -1).mean(axis=2)
    most = np.maximum(parts.max(axis=0), 1e-9)
    return [
        Filling(float(np.clip(part / most, 0.0, 1.0).min()), fits) for part, (_, fits) in zip(parts, ways, strict=True)
    ]


def halved(picture: Array) -> Array:
    """Means of blocks of pixels; what is left over at the edges is cut off."""
    rows, columns = (size // BLOCK for size in picture.shape)
    cut = picture[: rows * BLOCK, : columns * BLOCK]
    return np.asarray(cut.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3)))


def _along(picture: Array, mask: NDArray[np.bool_], stops: Array, mm_per_pixel: float) -> tuple[Array, float]:
    """Contrast (places,) along the cheapest way, and how well the points fit."""
    speed, _ = vesselness(picture, mask, mm_per_pixel)
    moved = snapped(speed, stops, SNAP_MM / mm_per_pixel)
    away = mm_per_pixel * np.linalg.norm(moved - stops, axis=1)
    way = minimal_path(speed, moved)
    flat = gaussian_filter(picture, 0.7) - uniform_filter(picture, 2 * round(0.5 * FLAT_MM / mm_per_pixel) + 1)
    at = np.linspace(0.0, len(way) - 1.0, PLACES)
    column, row = (np.interp(at, np.arange(len(way)), way[:, axis]) for axis in (0, 1))
    contrast = map_coordinates(flat, [row, column], order=1, mode="nearest")
    on_ridge = float(map_coordinates(speed, moved.T[::-1], order=1).min() > 0.2)
    return contrast, on_ridge * float(np.exp(-0.5 * np.mean((away / NEAR_MM) ** 2)))
