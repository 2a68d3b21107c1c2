"""How the table moves during a run: the background of each frame against that of the analyzed one.

What is still without panning, bones above all, is correlated over all shifts; from the analyzed frame outwards each
frame's shift is looked for near that of the one before. Small courses are those of heart and breath, and left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import binary_erosion, gaussian_filter, median_filter, shift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

BLOCK = 8
"""Pixels are taken in blocks of this size."""
FINE_PX, WIDE_PX = 0.6, 3.0
"""Bones are between these two standard deviations wide, in blocks (own)."""
EDGE = 3
"""Blocks at the edge of the open field that are left out: the collimator does not move with the table."""
STEP = 2
"""Blocks that the table may move from frame to frame: 60 mm/s at 15 frames a second, and more (own)."""
LEAST_MM = 4.0
"""A course that stays within this is no panning (own)."""


def table_course(
    pictures: Sequence[Array], mask: NDArray[np.bool_], analyzed: int, mm_per_pixel: float
) -> NDArray[np.int64] | None:
    """Displacement (frames, 2) in pixels [column, row] of the background; None without panning.

    Args:
        pictures: Absorbance of each frame.
        mask: Open field.
        analyzed: Number of the frame that stays.
        mm_per_pixel: Size of a pixel.
    """
    inside = binary_erosion(blocks(mask.astype(np.float64), BLOCK) > 0.99, iterations=EDGE)
    if not inside.any():
        return None
    shape = [next_fast_len(2 * size, real=True) for size in inside.shape]
    seen = [rfft2(_background(picture, inside), shape) for picture in pictures]
    course = np.zeros((len(pictures), 2), np.int64)
    for frames in (range(analyzed + 1, len(pictures)), range(analyzed - 1, -1, -1)):
        near = np.zeros(2, np.int64)
        for frame in frames:
            near = _best(irfft2(seen[frame] * np.conj(seen[analyzed]), shape), near)
            course[frame] = near
    steady = np.stack([median_filter(course[:, axis], 5, mode="nearest") for axis in (1, 0)], axis=1)
    if np.abs(steady).max() * BLOCK * mm_per_pixel < LEAST_MM:
        return None
    return steady * BLOCK


def followed(pictures: Sequence[Array], course: NDArray[np.int64]) -> list[Array]:
    """Pictures moved back, as if the table had stood still."""
    return [
        picture if not moved.any() else np.asarray(shift(picture, -moved[::-1], order=0, mode="nearest"))
        for picture, moved in zip(pictures, course, strict=True)
    ]


def blocks(picture: Array, size: int) -> Array:
    """Means over squares of so many pixels a side; what is left over at the end is cut."""
    rows, columns = (count // size for count in picture.shape)
    summed = picture[: rows * size, : columns * size].reshape(rows, size, -1).sum(axis=1)
    return np.asarray(summed.reshape(rows, columns, size).sum(axis=2) / size**2)


def _background(picture: Array, inside: NDArray[np.bool_]) -> Array:
    small = blocks(picture, BLOCK)
    filled = np.where(inside, small, float(np.median(small[inside])))
    band = gaussian_filter(filled, FINE_PX) - gaussian_filter(filled, WIDE_PX)
    size = float(np.percentile(np.abs(band[inside]), 90)) or 1.0
    return np.where(inside, np.clip(band / size, -1.0, 1.0), 0.0)


def _best(fit: Array, near: NDArray[np.int64]) -> NDArray[np.int64]:
    """The best shift [row, column] within a step of another one."""
    steps = np.arange(-STEP, STEP + 1)
    rows, columns = (near[0] + steps) % fit.shape[0], (near[1] + steps) % fit.shape[1]
    part = fit[np.ix_(rows, columns)]
    row, column = divmod(int(np.argmax(part)), len(steps))
    return np.asarray(near + np.array([row - STEP, column - STEP]), np.int64)
