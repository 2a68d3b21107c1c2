"""Pixels within polygons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import distance_transform_edt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array


def within(polygons: Iterable[tuple[tuple[float, float], ...]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(rows, columns) True where the middle of a pixel lies within one of the polygons of points [column, row].

    By the even-odd rule: a ray from the pixel to the right crosses the edge an odd number of times.
    """
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    found = np.zeros(shape, bool)
    for polygon in polygons:
        inside = np.zeros(shape, bool)
        for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
            if y0 == y1:
                continue
            spans = (rows >= min(y0, y1)) & (rows < max(y0, y1))
            inside ^= spans & (columns < x0 + (rows - y0) / (y1 - y0) * (x1 - x0))
        found |= inside
    return found


def filled(picture: Array, excluded: NDArray[np.bool_] | None) -> Array:
    """The picture with excluded pixels as the nearest others are, so that splines beside them do not swing."""
    if excluded is None or excluded.all():
        return picture
    nearest = distance_transform_edt(excluded, return_distances=False, return_indices=True)
    return np.asarray(picture[tuple(nearest)])
