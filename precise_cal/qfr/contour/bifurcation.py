"""Two daughters and one carina: where a branch leaves, the mouth of it is no part of the vessel that runs on.

Where a large branch leaves, the borders of both are one, and the outline bulges: the parent would be as wide as its
daughters together. There the border away from the branch is right, and the vessel is as wide as before and behind the
bulge, so the axis runs half a width from that border; what lies beyond the other half is the branch and does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import gaussian_filter1d, grey_opening, label, map_coordinates
from scipy.spatial import cKDTree

from precise_cal.qfr.contour.curve import arc_length, even, normals, smooth, tangents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

LONGEST_MM = 14.0
"""A bulge is shorter than this; a wider vessel is longer (own)."""
BULGE, BULGE_MM = 1.08, 0.1
"""A bulge is wider than the vessel beside it by this factor and this much (own)."""
BEYOND_MM = 1.0
"""So far along the vessel on either side of a bulge its mouth is looked for and left out (own)."""
HEALTHY = 0.8
"""Share of its wider parts that a vessel must have on both sides of a bulge, or on one for half that length (own).

Beside a lesion a vessel is wider again, and no branch makes it so.
"""
AHEAD_MM, FAR_MM = 4.0, (0.8, 2.2)
"""A branch shows itself so near to the bulge, so far out of the border (own)."""
RIDGE = 0.5
"""Vesselness that it has there (own)."""


@dataclass(frozen=True, slots=True)
class Mouths:
    """A vessel whose branches are cut off.

    Attributes:
        midline: (n, 2) axis of the vessel.
        limit_px: (n, 2) distance to the left and right of it at which the border runs across a mouth; else infinite.
    """

    midline: Array
    limit_px: Array

    def left_out(self, offsets: Array) -> NDArray[np.bool_]:
        """(n, m) samples of scan lines across the axis that lie in a branch."""
        return np.asarray((-offsets > self.limit_px[:, :1]) | (offsets > self.limit_px[:, 1:]))

    def closed(self, center: Array, radius: Array) -> tuple[Array, Array]:
        """Centers and radii in pixels (n,) with the border across each mouth; the other border as pictured."""
        left = np.where(np.isfinite(self.limit_px[:, 0]), -self.limit_px[:, 0], center - radius)
        right = np.where(np.isfinite(self.limit_px[:, 1]), self.limit_px[:, 1], center + radius)
        return 0.5 * (left + right), 0.5 * (right - left)


def cut_off(speed: Array, midline: Array, borders: tuple[Array, Array], mm_per_pixel: float) -> Mouths | None:
    """Finds the mouths of large branches; None where no outline bulges at one.

    Args:
        speed: Vesselness of the picture.
        midline: (n, 2) of the outline, a point per pixel.
        borders: (n, 2) left and right points of the outline.
        mm_per_pixel: Size of a pixel.
    """
    radius = gaussian_filter1d(0.5 * np.linalg.norm(borders[0] - borders[1], axis=1), 2.0)
    longest = 2 * round(0.5 * LONGEST_MM / mm_per_pixel) + 1
    usual = gaussian_filter1d(grey_opening(radius, longest, mode="nearest"), 2.0)
    axis, limits = midline.copy(), np.full(midline.shape, np.inf)
    for first, last in _bulges(radius, usual, longest, mm_per_pixel):
        here, ends = slice(first, last + 1), (first == 0, last == len(midline) - 1)
        side, moved = _straightened(axis[here], [one[here] for one in borders], usual[here], ends)
        trial = axis.copy()
        trial[here] = moved
        shows = [_shows(speed, trial, usual, one, (first, last), mm_per_pixel) for one in (side, -side)]
        if shows == [True, False]:
            axis = trial
            limits[here, (side + 1) // 2] = usual[here]
    if not np.isfinite(limits).any():
        return None
    return _evened(axis, limits)


def _bulges(radius: Array, usual: Array, longest: int, mm_per_pixel: float) -> Iterator[tuple[int, int]]:
    """First and last station of each bulge, and a little beyond, where the vessel beside it is healthy."""
    bulges, count = label(radius > BULGE * usual + BULGE_MM / mm_per_pixel)
    healthy = HEALTHY * float(np.percentile(usual, 70))
    spare, end = round(BEYOND_MM / mm_per_pixel), len(radius) - 1
    for number in range(1, count + 1):
        inside = np.flatnonzero(bulges == number)
        first, last = max(int(inside[0]) - spare, 0), min(int(inside[-1]) + spare, end)
        before = radius[max(first - longest // 2, 0) : first + 1].min()
        behind = radius[last : last + longest // 2 + 1].min()
        if first == 0 or last == end:
            fits = end - (last - first) >= longest and (behind if first == 0 else before) >= healthy
        else:
            fits = min(usual[first], usual[last]) >= healthy or max(before, behind) >= healthy
        if fits:
            yield first, last


def _straightened(stretch: Array, borders: list[Array], usual: Array, ends: tuple[bool, bool]) -> tuple[int, Array]:
    """The side of a bulge on which the branch leaves (-1 left, 1 right), and the axis without it.

    Args:
        stretch: (n, 2) midline through the bulge.
        borders: (n, 2) left and right points.
        usual: (n,) radius of the vessel without it.
        ends: Whether the outline begins, and ends, within the bulge: there the midline is no anchor.
    """
    arc, along = arc_length(stretch), tangents(stretch)
    anchors, slopes = stretch[[0, -1]], along[[0, -1]]
    if ends[0]:
        anchors[0], slopes[0] = stretch[-1] - arc[-1] * along[-1], along[-1]
    if ends[1]:
        anchors[1], slopes[1] = stretch[0] + arc[-1] * along[0], along[0]
    chord = np.asarray(CubicHermiteSpline(arc[[0, -1]], anchors, slopes)(arc))
    away = away_from(chord, borders)
    branch = 1 if np.mean(away[1] - usual) > np.mean(away[0] - usual) else -1
    other, across = away[0] if branch == 1 else away[1], normals(chord)
    place = arc / arc[-1]
    ramps = (place * (1.0 - place), (1.0 - place) ** 2 if ends[0] else None, place**2 if ends[1] else None)
    basis = np.stack([ramp for ramp in ramps if ramp is not None], axis=1)
    shift = branch * basis @ np.linalg.lstsq(basis, usual - other, rcond=None)[0]
    return branch, chord + shift[:, None] * across


def away_from(chord: Array, borders: list[Array]) -> list[Array]:
    """Distances (n,) of the left and the right border from a line, outwards, at each of its points."""
    across, tree, away = normals(chord), cKDTree(chord), []
    for side, border in zip((-1.0, 1.0), borders, strict=True):
        nearest = tree.query(border)[1]
        distance = side * np.sum((border - chord[nearest]) * across[nearest], axis=1)
        order = np.argsort(nearest, kind="stable")
        away.append(np.interp(np.arange(len(chord)), nearest[order], distance[order]))
    return away


def _shows(speed: Array, axis: Array, usual: Array, side: int, stretch: tuple[int, int], mm_per_pixel: float) -> bool:
    """Whether a ridge goes on outwards from the border of the vessel at a bulge, or shortly before or behind it."""
    ahead = round(AHEAD_MM / mm_per_pixel)
    near = slice(stretch[0], stretch[1] + 2 * ahead + 1)
    line, radius = _longer(axis, ahead), np.pad(usual, ahead, mode="edge")
    out = np.linspace(*FAR_MM, 5) / mm_per_pixel
    places = line[near, None] + side * (radius[near, None] + out)[:, :, None] * normals(line)[near, None]
    ridge = map_coordinates(speed, [places[..., 1], places[..., 0]], order=1, mode="nearest")
    return bool((ridge.max(axis=0) > RIDGE).all())


def _longer(axis: Array, points: int) -> Array:
    """An axis that runs on straight for so many points at both of its ends."""
    along, steps = tangents(axis), np.arange(1, points + 1)[:, None]
    return np.concatenate([axis[0] - steps[::-1] * along[0], axis, axis[-1] + steps * along[-1]])


def _evened(axis: Array, limits: Array) -> Mouths:
    """A point per pixel again, with the limits of the nearest old one."""
    line = even(smooth(axis, 2.0), 1.0)
    return Mouths(line, limits[cKDTree(axis).query(line)[1]])
