"""How the vessel moves through a run: displacements of its places in each frame against the analyzed one.

Short pieces of the band-passed surroundings of the vessel are templates; their squared differences from each frame,
over all displacements in reach, say how well each fits. The pieces are a chain, as the heart bends and turns the
vessel: a frame is solved for with a cost on neighbors that move apart and on motion from frame to frame. A vessel that
is only partly filled can be shifted along itself without looking worse; there the beats that show the filled vessel
tell where it may lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates, maximum_filter
from scipy.spatial import cKDTree

from precise_cal.qfr.front.beats import alike_by_period, alike_by_r_waves, by_other_beats, period_of
from precise_cal.qfr.front.chain import chain, course, marginals
from precise_cal.qfr.front.panning import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

NEVER = 1e9
"""Cost of what cannot be."""
BLOCK_MM = 0.75
"""Pixels are taken in blocks of about this size."""
REACH_MM = 18.0
"""Farthest displacement of a piece from where it lies in the analyzed frame, along each axis (own)."""
PIECE_MM = 10.0
"""Length of a piece: short, so that it stays alike while the heart bends and turns the vessel (own)."""
APART = 0.02
"""Cost of neighboring pieces that move apart by 1 mm, squared, against a perfect fit of one (own)."""
APART_MM = 6.0
"""Most that they move apart along an axis (own)."""
SPEED_MM_S = 210.0
"""Fastest motion in the picture along an axis: at 15 frames a second a heart moved an artery by 8 mm from one frame to
the next (own)."""
MOTION_S = 0.0001
"""Cost of moving by 1 mm in 1 s, squared, against a perfect fit: from frames that follow each other faster hearts have
moved less (own)."""
FILLED = 0.5
"""A piece stands out by this share of what it does in the analyzed frame where it is filled (own)."""
AWAY = 3
"""Blocks across and along over which a piece may lie beside where it is thought to."""
WORST = -0.25
"""A piece fits no worse than this: it is not where something denser lies, however dense that is (own)."""
TRUST = 0.05
"""Cost of lying 1 mm away from where other beats say, squared, in a frame that does not show a piece filled (own)."""
SIGMA, LEAST_MM = 0.35, 0.5
"""Width of the narrower Gaussian of the band, in diameters of the vessel, and at least (own)."""
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
    block = max(round(BLOCK_MM / mm_per_pixel), 1)
    size, width = block * mm_per_pixel, diameter_px / block
    reach, around = int(np.ceil(REACH_MM / size)), AROUND * width
    corner, shape = _box(midline / block, reach + int(np.ceil(around)) + 1)
    sigma = max(SIGMA * width, LEAST_MM / size)
    bands = np.array([_band(picture, block, corner, shape, sigma) for picture in pictures], np.float32)
    padded = (next_fast_len(shape[0], real=True), next_fast_len(shape[1], real=True))
    run = _Run(bands, rfft2(bands, padded), rfft2(bands**2, padded), padded, analyzed, size, times_s, tuple(waves))
    places = midline / block - corner
    pixels = _near(places, shape, around)
    owner = cKDTree(places).query(pixels[:, ::-1])[1]
    edges = np.linspace(0.0, len(midline), max(round(len(midline) * mm_per_pixel / PIECE_MM), 1) + 1)
    pieces = [pixels[(owner >= low) & (owner < high)] for low, high in pairwise(edges.tolist())]
    fit = np.stack([_fit(run, piece, reach) for piece in pieces], axis=1)
    found = _followed(run, fit, places, reach)
    return block * _between(found[..., ::-1], 0.5 * (edges[:-1] + edges[1:]), len(midline))


def _between(found: Array, centers: Array, count: int) -> Array:
    """Displacements of pieces (frames, pieces, 2) interpolated to all places, (frames, count, 2)."""
    along = np.arange(count, dtype=np.float64)
    moved = np.empty((len(found), count, 2))
    for index, frame in enumerate(found):
        for axis in (0, 1):
            moved[index, :, axis] = np.interp(along, centers, frame[:, axis])
    return moved


def _followed(run: _Run, fit: NDArray[np.float32], places: Array, reach: int) -> Array:
    """Displacements (frames, pieces, 2) in blocks [row, column], from fits (frames, pieces, rows, columns).

    First as the pictures tell; then, where they do not show a piece filled, as other beats tell too.
    """
    cost = -np.maximum(fit, WORST).astype(np.float64)
    cost[run.analyzed], cost[run.analyzed, :, reach, reach] = NEVER, 0.0
    best = _chains(run, cost)
    found = np.asarray(_solved(run, cost, best) - reach, np.float64)
    filled = _shown(run, places, found) >= FILLED
    unfilled = np.flatnonzero(~filled.all(axis=1))
    if not len(unfilled):
        return found
    axis, found_mm = run.size_mm * np.arange(-reach, reach + 1), run.size_mm * found
    alike = _alike(run, found_mm, filled)
    for piece in range(cost.shape[1]):
        expected = by_other_beats(found_mm[:, piece], filled[:, piece], alike, run.times_s)
        away = [(axis - expected[:, unfilled][:, :, [k]]) ** 2 for k in (0, 1)]
        near = np.fmin.reduce(away[0][..., :, None] + away[1][..., None, :], axis=0)
        cost[unfilled, piece] += TRUST * np.nan_to_num(near)
    best[unfilled] = _chains(run, cost[unfilled])
    return np.asarray(_solved(run, cost, best) - reach, np.float64)


def _chains(run: _Run, cost: Array) -> Array:
    """Cost of the best chain of each frame that has a piece at a displacement (frames, pieces, rows, columns)."""
    apart, far = _apart(run)
    return np.array([marginals(frame, apart, far) for frame in cost])


def _apart(run: _Run) -> tuple[float, int]:
    """Cost of neighbors that differ by a block, squared, and most blocks along an axis."""
    return APART * run.size_mm**2, max(round(APART_MM / run.size_mm), 1)


def _shown(run: _Run, places: Array, found: Array) -> Array:
    """How far pieces stand out where they lie (frames, pieces), against the analyzed frame.

    Unlike the fit it does not mind that a piece has turned or become shorter.
    """
    edges = np.linspace(0.0, len(places), found.shape[1] + 1)
    lying = places + _between(found[..., ::-1], 0.5 * (edges[:-1] + edges[1:]), len(places))
    out = np.array(
        [
            map_coordinates(maximum_filter(band, AWAY), at.T[::-1], order=1)
            for band, at in zip(run.bands, lying, strict=True)
        ]
    )
    middle = [np.median(out[:, int(low) : int(high)], axis=1) for low, high in pairwise(edges.tolist())]
    shown = np.stack(middle, axis=1)
    return np.asarray(shown / np.maximum(shown[run.analyzed], 1e-9))


def _solved(run: _Run, cost: Array, best: Array) -> NDArray[np.int64]:
    """The course of each piece, and then, about these courses, the best chain of each frame: (frames, pieces, 2)."""
    frame_s = float(np.median(np.diff(run.times_s)))
    motion, step = MOTION_S / frame_s * run.size_mm**2, max(round(SPEED_MM_S * frame_s / run.size_mm), 1)
    apart, far = _apart(run)
    courses = np.stack([course(best[:, k], motion * cost.shape[1], step) for k in range(cost.shape[1])], axis=1)
    axis, found = np.arange(cost.shape[2], dtype=np.float64), np.empty_like(courses)
    for index, frame in enumerate(cost):
        near = courses[[max(index - 1, 0), min(index + 1, len(cost) - 1)]]
        squares = ((axis - near[..., None]) ** 2).sum(axis=0)
        found[index] = chain(frame + motion * (squares[:, 0, :, None] + squares[:, 1, None, :]), apart, far)
    return found


def _alike(run: _Run, found_mm: Array, filled: NDArray[np.bool_]) -> list[Array]:
    """For each frame, times at which the heart stood alike."""
    if len(run.waves) > 1:
        return alike_by_r_waves(run.times_s, run.waves)
    return alike_by_period(run.times_s, period_of(found_mm, filled, run.times_s))


def _box(places: Array, margin: int) -> tuple[Array, tuple[int, int]]:
    """First column and row, in blocks, and the size of what template and displacements need."""
    low = np.floor(places.min(axis=0)).astype(int) - margin
    high = np.ceil(places.max(axis=0)).astype(int) + margin
    return low, (int(high[1] - low[1]) + 1, int(high[0] - low[0]) + 1)


def _band(picture: Array, block: int, corner: Array, shape: tuple[int, int], sigma: float) -> Array:
    """Difference of Gaussians, the narrower one of so many blocks, in the box; outside the picture 0."""
    near = int(np.ceil(FADED * WIDE * sigma))
    inside, seen = [], []
    for first, size, count in zip((int(corner[1]), int(corner[0])), shape, picture.shape, strict=True):
        low, high = max(first, 0), min(first + size, count // block)
        inside.append((low, high, first))
        seen.append((max(low - near, 0), min(high + near, count // block)))
    small = blocks(picture[tuple(slice(block * low, block * high) for low, high in seen)], block)
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


def _fit(run: _Run, pixels: NDArray[np.int64], reach: int) -> NDArray[np.float32]:
    """How much of a piece each frame explains over displacements, (frames, rows, columns).

    The template's energy less the squared differences from it, as a share of it: where something denser lies it does
    not fit better, as it would by correlation alone, which the catheter and the circumflex artery drew to themselves.
    """
    template = run.bands[run.analyzed][pixels[:, 0], pixels[:, 1]]
    energy = max(float(np.sum(template.astype(np.float64) ** 2)), 1e-12)
    alone, inside = np.zeros((2, *run.bands.shape[1:]), np.float32)
    alone[pixels[:, 0], pixels[:, 1]], inside[pixels[:, 0], pixels[:, 1]] = 2.0 * template, 1.0
    size, steps = run.spectrum_shape, np.arange(-reach, reach + 1)
    fit = np.empty((len(run.bands), len(steps), len(steps)), np.float32)
    against, area = np.conj(rfft2(alone, size)), np.conj(rfft2(inside, size))
    for index, (spectrum, power) in enumerate(zip(run.spectra, run.powers, strict=True)):
        fit[index] = irfft2(spectrum * against - power * area, size)[np.ix_(steps % size[0], steps % size[1])]
    return fit / np.float32(energy)
