"""Neighboring frames of a vessel, laid on the analyzed one: their mean has less noise, and other background.

Around end-diastole a vessel hardly changes, but it moves, and bends a little. So pieces of it are looked for in each
neighboring frame by the correlation of a band around the midline, and the displacement between pieces is smooth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d, spline_filter
from scipy.signal import correlate
from scipy.spatial import cKDTree

from precise_cal.qfr.contour.borders import scan
from precise_cal.qfr.contour.polygon import filled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

PIECE_MM, EVERY_MM = 5.0, 2.5
"""Half length of a piece, and distance of the middles of pieces (own)."""
BESIDE_MM: Final = 1.2
"""Background on either side of the vessel that belongs to the band (own)."""
REACH_MM: Final = 2.5
"""Farthest that a piece is looked for (own)."""
FAR: Final = 0.004
"""Correlation that a displacement of 1 mm must gain, squared: a straight vessel does not tell how far it slid (own)."""
AROUND_MM: Final = 8.0
"""Picture around the vessel that is kept: scan lines are shorter (own)."""
ALIKE: Final = 0.95
"""Median correlation of all pieces from which on a frame shows the same vessel (own)."""
FILLED: Final = (0.8, 1.25)
"""Contrast of the vessel in a neighboring frame over that in the analyzed one, at least and at most (own)."""
COUNTED: Final = 0.5
"""Share of a piece that must count (own)."""
SOFT_PX: Final = 0.7
"""Standard deviation of the smoothing before pieces are compared (own)."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A neighboring frame, and how far the vessel lies displaced in it.

    Attributes:
        coefficients: Cubic spline coefficients of the frame around the vessel.
        corner: (2,) pixel [column, row] of the frame at which they begin.
        places: (n, 2) points [column, row] of the vessel in the analyzed frame.
        moved: (n, 2) displacement in pixels at each of them.
        excluded: Pixels of that part that do not count: what lies still there may come to lie beside the polygon.
    """

    coefficients: Array
    corner: NDArray[np.int64]
    places: Array
    moved: Array
    excluded: NDArray[np.bool_] | None = None

    def profiles(self, midline: Array, across: Array, offsets: Array) -> Array:
        """What ``borders.scan`` would give in the analyzed frame: (n, m) along unit vectors (n, 2) at a midline.

        NaN where excluded.
        """
        line = midline + self.moved[cKDTree(self.places).query(midline)[1]] - self.corner
        found = scan(self.coefficients, line, offsets, across=across)
        if self.excluded is None:
            return found
        out = scan(self.excluded.astype(np.float64), line, offsets, order=0, across=across) > 0.5
        return np.where(out, np.nan, found)


def laid_on(
    picture: Array,
    others: Sequence[Array],
    midline: Array,
    half_px: float,
    mm_per_pixel: float,
    excluded: NDArray[np.bool_] | None = None,
) -> tuple[Laid, ...]:
    """Neighboring frames that show the same vessel, filled alike.

    Args:
        picture: Absorbance of the analyzed frame, (rows, columns).
        others: Absorbance of its neighbors.
        midline: (n, 2) points [column, row] of the vessel, one pixel apart.
        half_px: Half of its width.
        mm_per_pixel: Size of a pixel.
        excluded: (rows, columns) pixels that do not count.
    """
    if not others:
        return ()
    soft = gaussian_filter(picture, SOFT_PX)
    counted = np.ones(picture.shape, bool) if excluded is None else ~excluded
    band = half_px + BESIDE_MM / mm_per_pixel
    pieces = [
        piece
        for middle in range(0, len(midline), max(round(EVERY_MM / mm_per_pixel), 1))
        if (piece := _piece(soft, counted, midline, middle, band, mm_per_pixel)) is not None
    ]
    found = (_placed(one, pieces, midline, mm_per_pixel, excluded) for one in others) if pieces else ()
    return tuple(one for one in found if one is not None)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of the vessel: its station, the corner [column, row] of its box, and its band there, mean taken off."""

    station: int
    corner: NDArray[np.int64]
    weight: Array
    shows: Array


def _piece(
    soft: Array, counted: NDArray[np.bool_], midline: Array, middle: int, band: float, mm_per_pixel: float
) -> _Piece | None:
    """A piece with so much picture around it that it can be looked for; None at the rim, and where little counts."""
    long = round(PIECE_MM / mm_per_pixel)
    line = midline[max(middle - long, 0) : middle + long + 1]
    low = np.floor(line.min(axis=0) - band).astype(np.int64)
    high = np.ceil(line.max(axis=0) + band).astype(np.int64) + 1
    reach = int(np.ceil(REACH_MM / mm_per_pixel))
    if (low < reach).any() or (high + reach > np.array(soft.shape)[::-1]).any():
        return None
    rows, columns = np.mgrid[low[1] : high[1], low[0] : high[0]]
    away = cKDTree(line).query(np.stack([columns.ravel(), rows.ravel()], axis=1))[0].reshape(rows.shape)
    within = away <= band
    weight = np.where(counted[low[1] : high[1], low[0] : high[0]], within, 0.0)
    if weight.sum() < COUNTED * within.sum():
        return None
    cut = soft[low[1] : high[1], low[0] : high[0]]
    return _Piece(middle, low, weight, weight * (cut - np.sum(weight * cut) / weight.sum()))


def _placed(
    other: Array, pieces: list[_Piece], midline: Array, mm_per_pixel: float, excluded: NDArray[np.bool_] | None
) -> Laid | None:
    """A frame with the displacement at each point of the midline; None where it shows something else."""
    soft = gaussian_filter(other, SOFT_PX)
    best = [_best(soft, one, mm_per_pixel) for one in pieces]
    shifts, alike, filling = (np.array(each) for each in zip(*best, strict=True))
    if np.median(alike) < ALIKE or not FILLED[0] <= float(np.median(filling)) <= FILLED[1]:
        return None
    smoothed = gaussian_filter1d(shifts, 1.0, axis=0, mode="nearest")
    stations, everywhere = [one.station for one in pieces], np.arange(len(midline))
    moved = np.stack([np.interp(everywhere, stations, column) for column in smoothed.T], axis=1)
    low = np.maximum(np.floor((midline + moved).min(axis=0) - AROUND_MM / mm_per_pixel).astype(np.int64), 0)
    high = np.ceil((midline + moved).max(axis=0) + AROUND_MM / mm_per_pixel).astype(np.int64) + 1
    part = slice(low[1], high[1]), slice(low[0], high[0])
    out = None if excluded is None else excluded[part]
    return Laid(spline_filter(filled(other[part], out), order=3), low, midline, moved, out)


def _best(soft: Array, piece: _Piece, mm_per_pixel: float) -> tuple[Array, float, float]:
    """Displacement [columns, rows] of a piece in pixels, its correlation there, and its contrast over that there."""
    reach = int(np.ceil(REACH_MM / mm_per_pixel))
    rows, columns = piece.weight.shape
    low = piece.corner - reach
    window = soft[low[1] : low[1] + rows + 2 * reach, low[0] : low[0] + columns + 2 * reach]
    window, total = window - window.mean(), piece.weight.sum()
    same, level, power = (
        correlate(one, other, mode="valid", method="fft")
        for one, other in ((window, piece.shows), (window, piece.weight), (window**2, piece.weight))
    )
    spread = np.sqrt(np.maximum(power - level**2 / total, 1e-12))
    own = np.sqrt(np.sum(piece.shows**2))
    far = (np.arange(-reach, reach + 1) * mm_per_pixel) ** 2
    worth = same / spread / max(own, 1e-12) - FAR * (far[:, None] + far[None])
    row, column = (int(one) for one in np.unravel_index(int(np.argmax(worth)), worth.shape))
    shift = np.array([column + _between(worth[row], column), row + _between(worth[:, column], row)]) - reach
    return shift, float(worth[row, column]), float(same[row, column] / max(own, 1e-12) ** 2)


def _between(values: Array, top: int) -> float:
    """How far beyond the greatest value a parabola through it and its neighbors has its top."""
    if not 0 < top < len(values) - 1:
        return 0.0
    before, here, after = values[top - 1 : top + 2]
    bend = before - 2.0 * here + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0.0 else 0.0
