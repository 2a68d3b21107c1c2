"""A smooth curve in space whose shadows fall on two center lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.contour.curve import arc_length, even, normals, smooth, tangents
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.stereo.geometry import triangulate

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.stereo.geometry import CArm
    from precise_cal.qfr.stereo.match import Matching

STATION_MM = 0.25
STIFF = 6.0
"""Weight of the third difference of stations 1 mm apart against a miss of 1 mm in a shadow (own)."""
TIED = 0.03
"""Weight that keeps a station where it was along the curve."""
ITERATIONS = 6


def space_curve(a: CArm, b: CArm, line_a: Array, line_b: Array, matching: Matching) -> Array:
    """Stations (n, 3) in mm, 0.25 mm apart, in the patient as in view A.

    Triangulated pairs start it; then the distances of the shadows to the center lines, across them, are minimized
    together with the third difference, so that stretches parallel to the epipolar plane are bridged smoothly.

    Raises:
        QfrError: the views look from one direction, so that they give no curve.
    """
    partner = np.stack([np.interp(matching.second, np.arange(len(line_b)), line_b[:, axis]) for axis in (0, 1)], axis=1)
    start, _ = triangulate(a, b, line_a[matching.first], partner, matching.offset_mm)
    points = even(smooth(start, 6.0), 1.0)
    views = ((a, line_a, np.zeros(3)), (b, line_b, matching.offset_mm))
    for _ in range(ITERATIONS):
        points = _improved(points, views)
    return even(_interpolated(points), STATION_MM)


def _improved(points: Array, views: tuple[tuple[CArm, Array, Array], ...]) -> Array:
    """One Gauss–Newton step for all stations together, across the curve: moves along it would shorten it."""
    count = len(points)
    normal, right = np.zeros((3 * count, 3 * count)), np.zeros(3 * count)
    for arm, line, offset in views:
        miss, slope = _shadow_miss(arm, line, points + offset)
        for k in range(count):
            block = slice(3 * k, 3 * k + 3)
            normal[block, block] += np.outer(slope[k], slope[k])
            right[block] -= slope[k] * miss[k]
    third = np.diff(np.eye(count), n=3, axis=0) * STIFF
    bending = np.kron(third.T @ third, np.eye(3))
    normal += bending + TIED**2 * np.eye(3 * count)
    right -= bending @ points.ravel()
    move = np.linalg.solve(normal, right).reshape(-1, 3)
    along = tangents(points)
    return np.asarray(points + move - np.sum(move * along, axis=1, keepdims=True) * along)


def _shadow_miss(arm: CArm, line: Array, points: Array) -> tuple[Array, Array]:
    """Distance (n,) of each shadow to the line, across it, in mm at the point, and its gradient (n, 3)."""
    shadow = arm.project(points)
    nearest = np.argmin(np.linalg.norm(line[None] - shadow[:, None], axis=2), axis=1)
    across = normals(line)[nearest]
    size = np.mean(arm.spacing_mm) / arm.magnification(points)
    miss = np.sum((shadow - line[nearest]) * across, axis=1) * size
    step = 0.01
    slope = np.stack(
        [np.sum((arm.project(points + step * axis) - shadow) * across, axis=1) * size / step for axis in np.eye(3)],
        axis=1,
    )
    inner = (nearest > 0) & (nearest < len(line) - 1)
    return np.asarray(miss * inner), np.asarray(slope * inner[:, None])


def _interpolated(points: Array) -> Array:
    from scipy.interpolate import CubicSpline

    arc = arc_length(points)
    if not np.all(np.diff(arc) > 0.0):  # nor where one of them is no number
        raise QfrError("/views: the two views give no curve in space: they look from the same direction")
    return np.asarray(CubicSpline(arc, points)(np.linspace(0.0, arc[-1], 6 * len(points))))


def foreshortening(arm: CArm, points: Array) -> float:
    """Share of the length that is lost in a view: 1 − mean of the sine between curve and central ray."""
    along = tangents(points) @ arm.frame[2]
    return float(1.0 - np.mean(np.sqrt(np.maximum(1.0 - along**2, 0.0))))
