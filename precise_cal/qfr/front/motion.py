"""How the vessel moves through a run: displacements of its stretches in each frame against the analyzed one.

The band-passed surroundings of the vessel are a template; its squared difference from each frame, over all
displacements in reach, says how well each fits. The course over time is found as a whole, by dynamic programming with
a cost on motion from frame to frame: first for the whole vessel, then, relative to that, for stretches of it, as the
heart also bends and turns. A vessel that is only partly filled can be shifted along itself without looking worse; there
the beats that show the filled vessel tell where it lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.spatial import cKDTree

from precise_cal.qfr.core.accelerate import jit
from precise_cal.qfr.front.beats import alike_by_period, alike_by_r_waves, by_other_beats, period_of
from precise_cal.qfr.front.panning import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

COARSE = 2
"""Pixels are taken in blocks of this size."""
REACH_MM = 14.0
"""Farthest displacement of the whole vessel from the analyzed frame (own)."""
BENT_MM = 9.0
"""Farthest displacement of a stretch relative to the whole: the right coronary artery needs it (own)."""
STRETCH_MM = 22.0
"""Length of a stretch."""
STEP_MM = 7.0
"""Farthest displacement from frame to frame."""
MOTION = 0.003
"""Cost of moving by 1 mm from frame to frame, squared, against a perfect fit of the template (own)."""
STIFF = 0.003
"""Cost of a stretch lying 1 mm from where the whole puts it, squared (own)."""
FITS = 0.5
"""A frame that explains this share of the template (1: its own frame) shows the filled vessel (own)."""
TRUST = 0.1
"""Cost of lying 1 mm away from where other beats say, squared, in a frame that is not filled (own)."""
WIDE, FADED = 2.5, 4.5
"""Width of the wider Gaussian of the band in that of the narrower one, and where a Gaussian has ended."""
AROUND = 2.0
"""Diameters of surroundings that belong to the template: stubs of branches tell the motion along the vessel."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Band-passed frames of a run around the vessel, spectra of them and of their squares, and when they were taken."""

    bands: NDArray[np.float32]
    spectra: NDArray[np.complex64]
    powers: NDArray[np.complex64]
    spectrum_shape: tuple[int, int]
    analyzed: int
    size_mm: float
    times_s: Array
    waves: tuple[int, ...]


def displacements(
    pictures: Sequence[Array],
    times_s: Array,
    waves: Sequence[int],
    analyzed: int,
    midline: Array,
    diameter_px: float,
    mm_per_pixel: float,
) -> Array:
    """Displacement (frames, n, 2) in pixels [column, row] of each place of the vessel in each frame.

    Args:
        pictures: Absorbance of each frame.
        times_s: (frames,) time of each frame.
        waves: Frames of R waves, as far as known.
        analyzed: Number of the frame in which the vessel was outlined.
        midline: (n, 2) center line in that frame, evenly spaced.
        diameter_px: Typical diameter in pixels.
        mm_per_pixel: Size of a pixel.
    """
    size = COARSE * mm_per_pixel
    reach, bent = int(np.ceil(REACH_MM / size)), int(np.ceil(BENT_MM / size))
    corner, shape = _box(midline, reach + bent + int(np.ceil(AROUND * diameter_px / COARSE)) + 1)
    bands = np.array([_band(picture, corner, shape, diameter_px) for picture in pictures], np.float32)
    padded = (next_fast_len(shape[0], real=True), next_fast_len(shape[1], real=True))
    run = _Run(bands, rfft2(bands, padded), rfft2(bands**2, padded), padded, analyzed, size, times_s, tuple(waves))
    places = midline / COARSE - corner
    pixels = _near(places, shape, AROUND * diameter_px / COARSE)
    still = np.zeros((len(bands), 2), np.int64)
    whole = _followed(run, pixels, still, reach, 0.0)
    owner = cKDTree(places).query(pixels[:, ::-1])[1]
    count = max(round(len(midline) * mm_per_pixel / STRETCH_MM), 1)
    if count == 1:
        return np.asarray(np.broadcast_to(COARSE * whole[:, None, ::-1], (len(bands), len(midline), 2)), np.float64)
    edges = np.linspace(0.0, len(midline), count + 1)
    found = []
    for low, high in pairwise(edges.tolist()):
        inside = pixels[(owner >= low) & (owner < high)]
        found.append(whole + _followed(run, inside, whole, bent, STIFF))
    centers = 0.5 * (edges[:-1] + edges[1:])
    return COARSE * _between(np.array(found)[..., ::-1], centers, len(midline))


def _between(found: Array, centers: Array, count: int) -> Array:
    """Displacements of stretches (stretches, frames, 2) interpolated to all places, (frames, count, 2)."""
    along = np.arange(count, dtype=np.float64)
    frames = found.shape[1]
    moved = np.empty((frames, count, 2))
    for index in range(frames):
        for axis in (0, 1):
            moved[index, :, axis] = np.interp(along, centers, found[:, index, axis])
    return moved


def _followed(
    run: _Run, pixels: NDArray[np.int64], around: NDArray[np.int64], reach: int, stiff: float
) -> NDArray[np.int64]:
    """Displacement (frames, 2) in coarse pixels [row, column] of a template, relative to ``around``."""
    template = run.bands[run.analyzed][pixels[:, 0], pixels[:, 1]]
    energy = max(float(np.sum(template.astype(np.float64) ** 2)), 1e-12)
    fit = _fits(run, pixels, template, around, reach) / energy
    axis = run.size_mm * np.arange(-reach, reach + 1)
    cost = -fit + stiff * (axis[:, None] ** 2 + axis**2)
    cost[run.analyzed] = np.inf
    cost[run.analyzed, reach, reach] = 0.0
    motion, step = MOTION * run.size_mm**2, max(round(STEP_MM / run.size_mm), 1)
    trail = _course(cost, motion, step)
    filled = fit[np.arange(len(fit)), trail[:, 0], trail[:, 1]] >= FITS
    if filled.all():
        return trail - reach
    expected = _expected(run, (trail - reach + around).astype(np.float64) * run.size_mm, filled) - around * run.size_mm
    squares = [(axis - expected[:, [k]]) ** 2 for k in (0, 1)]
    cost += TRUST * np.nan_to_num(squares[0][:, :, None] + squares[1][:, None, :])
    return _course(cost, motion, step) - reach


def _expected(run: _Run, course_mm: Array, filled: NDArray[np.bool_]) -> Array:
    if len(run.waves) > 1:
        alike = alike_by_r_waves(run.times_s, run.waves)
    else:
        alike = alike_by_period(run.times_s, period_of(course_mm, filled, run.times_s))
    return by_other_beats(course_mm, filled, alike, run.times_s)


def _box(midline: Array, margin: int) -> tuple[Array, tuple[int, int]]:
    """First column and row, in coarse pixels, and the size of what template and displacements need."""
    low = np.floor(midline.min(axis=0) / COARSE).astype(int) - margin
    high = np.ceil(midline.max(axis=0) / COARSE).astype(int) + margin
    return low, (int(high[1] - low[1]) + 1, int(high[0] - low[0]) + 1)


def _band(picture: Array, corner: Array, shape: tuple[int, int], diameter_px: float) -> Array:
    """Difference of Gaussians at the size of the vessel, in the box; outside the picture 0."""
    sigma = max(0.35 * diameter_px / COARSE, 0.8)
    near = int(np.ceil(FADED * WIDE * sigma))
    inside, seen = [], []
    for first, size, count in zip((int(corner[1]), int(corner[0])), shape, picture.shape, strict=True):
        low, high = max(first, 0), min(first + size, count // COARSE)
        inside.append((low, high, first))
        seen.append((max(low - near, 0), min(high + near, count // COARSE)))
    small = blocks(picture[tuple(slice(COARSE * low, COARSE * high) for low, high in seen)], COARSE)
    band = gaussian_filter(small, sigma) - gaussian_filter(small, WIDE * sigma)
    whole = np.zeros(shape)
    place = tuple(slice(low - first, high - first) for low, high, first in inside)
    part = tuple(slice(low - start, high - start) for (low, high, _), (start, _) in zip(inside, seen, strict=True))
    whole[place] = band[part]
    return whole


def _near(places: Array, shape: tuple[int, int], reach: float) -> NDArray[np.int64]:
    """(k, 2) rows and columns of the box within a distance of the vessel."""
    free = np.ones(shape, bool)
    at = np.rint(places).astype(int)
    free[at[:, 1], at[:, 0]] = False
    return np.argwhere(distance_transform_edt(free) <= reach)


def _fits(run: _Run, pixels: NDArray[np.int64], template: Array, around: NDArray[np.int64], reach: int) -> Array:
    """How much of the template each frame explains over displacements about ``around``, (frames, rows, columns).

    The template's energy less the squared differences from it: where something denser lies it does not fit better, as
    it would by correlation alone, which the catheter and the circumflex artery drew to themselves.
    """
    alone, inside = np.zeros((2, *run.bands.shape[1:]), np.float32)
    alone[pixels[:, 0], pixels[:, 1]], inside[pixels[:, 0], pixels[:, 1]] = 2.0 * template, 1.0
    size = run.spectrum_shape
    steps, fit = np.arange(-reach, reach + 1), np.empty((len(run.bands), 2 * reach + 1, 2 * reach + 1))
    against, area = np.conj(rfft2(alone, size)), np.conj(rfft2(inside, size))
    for index, (spectrum, power) in enumerate(zip(run.spectra, run.powers, strict=True)):
        whole = irfft2(spectrum * against - power * area, size)
        fit[index] = whole[np.ix_((around[index, 0] + steps) % size[0], (around[index, 1] + steps) % size[1])]
    return fit


@jit
def _course(cost: Array, motion: float, step: int) -> NDArray[np.int64]:
    """The cheapest course (frames, 2) of rows and columns through costs (frames, rows, columns)."""
    frames, rows, columns = cost.shape
    by_row, by_column = np.zeros((2, frames, rows, columns), np.int32)
    total, across = cost[0].copy(), np.empty((rows, columns))
    for index in range(1, frames):
        for row in range(rows):
            _cheapest_step(total[row], motion, step, across[row], by_column[index, row])
        for column in range(columns):
            _cheapest_step(across[:, column], motion, step, total[:, column], by_row[index, :, column])
        total += cost[index]
    trail = np.empty((frames, 2), np.int64)
    last = np.argmin(total)
    trail[-1, 0], trail[-1, 1] = last // columns, last % columns
    for index in range(frames - 1, 0, -1):
        row = by_row[index, trail[index, 0], trail[index, 1]]
        trail[index - 1, 0], trail[index - 1, 1] = row, by_column[index, row, trail[index, 1]]
    return trail


@jit
def _cheapest_step(total: Array, motion: float, step: int, best: Array, origin: NDArray[np.int32]) -> None:
    """For each place of a line the cheapest one to come from; a step of k costs ``motion`` · k²."""
    for here in range(len(total)):
        best[here] = np.inf
        for other in range(max(0, here - step), min(len(total), here + step + 1)):
            value = total[other] + motion * (here - other) ** 2
            if value < best[here]:
                best[here], origin[here] = value, other
