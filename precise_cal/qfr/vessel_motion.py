"""How the vessel moves through a run: one displacement per frame against the analyzed one.

The band-passed surroundings of the vessel are the template; its correlation with each frame, over all displacements in
reach, says how well each fits. The course of the displacements over time is found as a whole, by dynamic programming
with a cost on motion from frame to frame. A vessel that is only partly filled can be shifted along itself without
looking worse; there the beats of the filled vessel tell where it lies: the motion is taken as periodic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.signal import fftconvolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

COARSE = 2
"""Pixels are taken in blocks of this size."""
REACH_MM = 14.0
"""Farthest displacement from the analyzed frame: the right coronary artery moves farthest (own)."""
STEP_MM = 7.0
"""Farthest displacement from frame to frame."""
MOTION = 0.003
"""Cost of moving by 1 mm from frame to frame, squared, against a perfect fit of the template (own)."""
FITS = 0.6
"""A frame in which the template fits this well (1 in its own frame) shows the filled vessel (own)."""
PERIOD_S = (0.4, 1.5)
"""Heart beats that are looked for: 40 to 150 a minute."""
SAME_MM = 1.5
"""Periodic to this root mean square, or not taken as such (own)."""
TRUST = 0.02
"""Cost of lying 1 mm away from where the other beats say, squared, in a frame that is not filled (own)."""
AROUND = 2.0
"""Diameters of surroundings that belong to the template: stubs of branches tell the motion along the vessel."""


def displacements(
    pictures: Iterable[Array],
    times_s: Array,
    analyzed: int,
    midline: Array,
    diameter_px: float,
    mm_per_pixel: float,
) -> Array:
    """Displacement (frames, 2) in pixels [column, row] of the vessel in each frame.

    Args:
        pictures: Absorbance of each frame.
        times_s: (frames,) time of each frame.
        analyzed: Number of the frame in which the vessel was outlined.
        midline: (n, 2) center line in that frame.
        diameter_px: Typical diameter in pixels.
        mm_per_pixel: Size of a pixel.
    """
    size, reach = COARSE * mm_per_pixel, int(np.ceil(REACH_MM / (COARSE * mm_per_pixel)))
    box = _box(midline, reach)
    bands = np.array([_band(picture, box, diameter_px) for picture in pictures])
    inner = (slice(reach, bands.shape[1] - reach), slice(reach, bands.shape[2] - reach))
    near = _near(midline, box, bands.shape[1:], AROUND * diameter_px)
    template = np.where(near, bands[analyzed], 0.0)[inner]
    fit = np.array([fftconvolve(band, template[::-1, ::-1], mode="valid") for band in bands])
    fit /= max(float(np.sum(template**2)), 1e-12)
    cost = -fit
    cost[analyzed] = np.inf
    cost[analyzed, reach, reach] = 0.0
    motion, step = MOTION * size**2, max(round(STEP_MM / size), 1)
    first = _course(cost, motion, step)
    filled = fit[np.arange(len(fit)), first[:, 0], first[:, 1]] >= FITS
    expected = _by_other_beats(size * (first - reach).astype(np.float64), filled, times_s)
    if expected is not None:
        cost += TRUST * _squares(expected, reach, size)
        first = _course(cost, motion, step)
    return COARSE * (first[:, ::-1] - reach).astype(np.float64)


def _by_other_beats(course_mm: Array, filled: NDArray[np.bool_], times_s: Array) -> Array | None:
    """Where frames that are not filled lie if the motion of the filled ones is periodic; NaN elsewhere.

    None where there is less than a beat of filled frames, or no beat in them.
    """
    known = np.flatnonzero(filled)
    if len(known) < 4:
        return None
    period = _period(course_mm[known], times_s[known])
    if period is None:
        return None
    expected = np.full(course_mm.shape, np.nan)
    for index in np.flatnonzero(~filled):
        turns = np.arange(np.ceil((times_s[known[0]] - times_s[index]) / period), 20.0)
        at = times_s[index] + turns * period
        at = at[at <= times_s[known[-1]]]
        if len(at):
            expected[index] = [np.interp(at, times_s[known], course_mm[known, axis]).mean() for axis in (0, 1)]
    return expected


def _period(course_mm: Array, times_s: Array) -> float | None:
    """The shift in time at which a course fits itself best, where it fits."""
    span = float(times_s[-1] - times_s[0])
    shifts = np.arange(PERIOD_S[0], min(PERIOD_S[1], 0.8 * span), 0.01)
    if not len(shifts):
        return None
    misses = np.array([_miss(course_mm, times_s, shift) for shift in shifts])
    typical = float(np.sqrt(np.mean(np.var(course_mm, axis=0))))
    best = int(np.argmin(misses))
    return float(shifts[best]) if misses[best] <= max(SAME_MM, 0.5 * typical) else None


def _miss(course_mm: Array, times_s: Array, shift: float) -> float:
    later = times_s[times_s + shift <= times_s[-1]]
    pairs = [
        np.interp(later + shift, times_s, course_mm[:, axis]) - np.interp(later, times_s, course_mm[:, axis])
        for axis in (0, 1)
    ]
    return float(np.sqrt(np.mean(np.square(pairs))))


def _squares(expected_mm: Array, reach: int, size: float) -> Array:
    """(frames, rows, columns) squared distance in mm from the expected displacement; 0 where none is expected."""
    axis = size * np.arange(-reach, reach + 1)
    by_row, by_column = ((axis - expected_mm[:, [k]]) ** 2 for k in (0, 1))
    return np.nan_to_num(by_row[:, :, None] + by_column[:, None, :])


def _box(midline: Array, reach: int) -> tuple[int, int, int, int]:
    """First and last column and row, in coarse pixels, that the template and its displacements need."""
    low = np.floor(midline.min(axis=0) / COARSE).astype(int) - 2 * reach
    high = np.ceil(midline.max(axis=0) / COARSE).astype(int) + 2 * reach
    return int(low[0]), int(high[0]), int(low[1]), int(high[1])


def _band(picture: Array, box: tuple[int, int, int, int], diameter_px: float) -> Array:
    """Difference of Gaussians at the size of the vessel, in the box; outside the picture 0."""
    rows, columns = (size // COARSE for size in picture.shape)
    small = picture[: rows * COARSE, : columns * COARSE].reshape(rows, COARSE, columns, COARSE).mean(axis=(1, 3))
    sigma = max(0.35 * diameter_px / COARSE, 0.8)
    band = gaussian_filter(small, sigma) - gaussian_filter(small, 2.5 * sigma)
    left, right, upper, lower = box
    whole = np.zeros((lower - upper + 1, right - left + 1))
    from_row, from_column = max(upper, 0), max(left, 0)
    part = band[from_row : lower + 1, from_column : right + 1]
    at_row, at_column = from_row - upper, from_column - left
    whole[at_row : at_row + part.shape[0], at_column : at_column + part.shape[1]] = part
    return whole


def _near(midline: Array, box: tuple[int, int, int, int], shape: tuple[int, ...], reach_px: float) -> NDArray[np.bool_]:
    """Coarse pixels of the box within a distance of the vessel."""
    free = np.ones(shape, bool)
    places = np.rint(midline / COARSE).astype(int) - [box[0], box[2]]
    free[places[:, 1], places[:, 0]] = False
    return np.asarray(distance_transform_edt(free) <= reach_px / COARSE)


def _course(cost: Array, motion: float, step: int) -> NDArray[np.int64]:
    """The cheapest course (frames, 2) of rows and columns through (frames, rows, columns) of costs."""
    frames = len(cost)
    total, came = cost[0], np.zeros((frames, *cost.shape[1:], 2), np.int64)
    for index in range(1, frames):
        by_row, from_row = _cheapest_step(total, motion, step, 0)
        by_both, from_column = _cheapest_step(by_row, motion, step, 1)
        came[index, ..., 1] = from_column
        came[index, ..., 0] = np.take_along_axis(from_row, from_column, axis=1)
        total = by_both + cost[index]
    trail = np.empty((frames, 2), np.int64)
    trail[-1] = np.unravel_index(int(np.argmin(total)), total.shape)
    for index in range(frames - 1, 0, -1):
        trail[index - 1] = came[index, trail[index, 0], trail[index, 1]]
    return trail


def _cheapest_step(total: Array, motion: float, step: int, axis: int) -> tuple[Array, NDArray[np.int64]]:
    """For each place the cheapest one to come from along an axis, with a cost of ``motion`` · distance²."""
    best = np.full(total.shape, np.inf)
    origin = np.zeros(total.shape, np.int64)
    size = total.shape[axis]
    places = np.moveaxis(np.broadcast_to(np.arange(size), total.shape[::-1] if axis == 0 else total.shape), -1, axis)
    for away in range(-step, step + 1):
        source = np.clip(places + away, 0, size - 1)
        value = np.take_along_axis(total, source, axis=axis) + motion * away**2
        better = value < best
        best, origin = np.where(better, value, best), np.where(better, source, origin)
    return best, origin
