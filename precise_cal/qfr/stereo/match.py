"""Which point of one center line belongs to which of the other, and how far the patient moved between the views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core.accelerate import jit
from precise_cal.qfr.stereo.geometry import epipolar_gap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.stereo.geometry import CArm

SKIP_GAP_MM = 0.5
"""Leaving out a point at an end costs as much as a pair of rays that miss each other by this (own)."""
UNEVEN = 0.15
"""Cost in mm² of a step that advances in one view only: matching stays even where the gap says nothing (own)."""
PRIOR_MM = 8.0
"""Expected size of the offset between views (standard deviation of the ridge prior; own)."""
GAP_MM = 0.4
"""Expected misses of rays of matched points (own)."""
ANCHOR_MM = 0.5
END_MM = 2.5
"""Expected misses of rays through anchors and through the clicked ends: clicks are rough (own)."""
NEAR_MM = 3.0
"""An anchor farther from the vessel than this tells the offset only, not what matches along the vessel."""
ANCHOR_WEIGHT = 10.0
"""Cost in mm² of missing an anchor along the vessel by its expected error (own)."""
CURVE_VOTES = 3.0
"""Points that all pairs together count for: they were matched by the offset they vote on (own)."""
WIDTH_MM = 4.0
"""Widths that differ by a factor of e cost as much as rays that miss each other by this: by a tenth, as by ``GAP_MM``
(own)."""
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Matching:
    """Pairs of points of two center lines.

    Attributes:
        first: (k,) indices in view A, rising.
        second: (k,) fractional indices in view B, rising.
        offset_mm: (3,) displacement of the patient in B against A.
        residual_mm: Root mean square miss of the rays of all pairs.
    """

    first: NDArray[np.int64]
    second: Array
    offset_mm: Array
    residual_mm: float


def matched(
    a: CArm,
    b: CArm,
    line_a: Array,
    line_b: Array,
    anchors: tuple[Array, Array],
    widths: tuple[Array, Array] | None = None,
) -> Matching:
    """Matches two center lines and solves the offset between the views, in turns.

    Args:
        a: View A.
        b: View B.
        line_a: (n, 2) center line in A, from proximal to distal, evenly spaced.
        line_b: (m, 2) center line in B.
        anchors: (k, 2) pixels of the same landmarks in A and in B; may be empty.
        widths: (n,) and (m,) width of the vessel at each point: what is narrow in both views is the same place.
    """
    ends_a, ends_b = line_a[[0, -1]], line_b[[0, -1]]
    fixed = _equations(a, b, *anchors, ANCHOR_MM) if len(anchors[0]) else (np.zeros((0, 3)), np.zeros(0))
    rows, values = (
        np.concatenate(parts) for parts in zip(fixed, _equations(a, b, ends_a, ends_b, END_MM), strict=True)
    )
    offset = _solved(rows, values)
    first, second = np.zeros(0, np.int64), np.zeros(0)
    bound = _bound(a, b, line_a, line_b, anchors)
    if widths is not None:
        bound += (WIDTH_MM * (np.log(widths[0])[:, None] - np.log(widths[1]))) ** 2
    for _ in range(ROUNDS):
        first, second = _pairs(epipolar_gap(a, b, line_a, line_b, offset) ** 2 + bound)
        curve = _equations(a, b, line_a[first], _at(line_b, second), GAP_MM * np.sqrt(len(first) / CURVE_VOTES))
        before = offset
        offset = _solved(np.concatenate([fixed[0], curve[0]]), np.concatenate([fixed[1], curve[1]]))
        if np.linalg.norm(offset - before) < 1e-3:
            break
    misses = _misses(a, b, line_a[first], _at(line_b, second), offset)
    return Matching(first, second, offset, float(np.sqrt(np.mean(misses**2))))


def _at(line: Array, index: Array) -> Array:
    whole = np.arange(len(line), dtype=np.float64)
    return np.stack([np.interp(index, whole, line[:, axis]) for axis in range(2)], axis=1)


def _normals(a: CArm, b: CArm, in_a: Array, in_b: Array) -> Array:
    """Common normals (n, 3) of the ray pairs."""
    normal = np.cross(a.directions(in_a), b.directions(in_b))
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9))


def _misses(a: CArm, b: CArm, in_a: Array, in_b: Array, offset: Array) -> Array:
    return np.asarray(_normals(a, b, in_a, in_b) @ (b.source - offset - a.source))


def _equations(a: CArm, b: CArm, in_a: Array, in_b: Array, sigma: float) -> tuple[Array, Array]:
    """Linear equations in the offset: normal · offset = normal · (source B − source A), divided by ``sigma``."""
    normal = _normals(a, b, in_a, in_b)
    return normal / sigma, normal @ (b.source - a.source) / sigma


def _solved(rows: Array, values: Array) -> Array:
    """Offset of least squares with the prior that it is small: without one the problem is ill-posed."""
    return np.asarray(np.linalg.solve(rows.T @ rows + np.eye(3) / PRIOR_MM**2, rows.T @ values))


def _bound(a: CArm, b: CArm, line_a: Array, line_b: Array, anchors: tuple[Array, Array]) -> Array:
    """Extra cost (n, m) that leads the matching through anchors on the vessel; those beside it bind nothing."""
    cost = np.zeros((len(line_a), len(line_b)))
    for in_a, in_b in zip(*anchors, strict=True):
        away_a, away_b = np.linalg.norm(line_a - in_a, axis=1), np.linalg.norm(line_b - in_b, axis=1)
        at_a, at_b = int(away_a.argmin()), int(away_b.argmin())
        on_vessel = max(away_a[at_a] * a.mm_per_pixel, away_b[at_b] * b.mm_per_pixel) < NEAR_MM
        if on_vessel and 0 < at_a < len(line_a) - 1 and 0 < at_b < len(line_b) - 1:
            cost[at_a] += ((np.arange(len(line_b)) - at_b) * b.mm_per_pixel / ANCHOR_MM) ** 2 * ANCHOR_WEIGHT
    return cost


def _pairs(cost: Array) -> tuple[NDArray[np.int64], Array]:
    """Monotone matching by dynamic programming with open ends; one fractional partner for each point of A."""
    trail = _warp(cost, SKIP_GAP_MM**2, UNEVEN)
    first = np.unique(trail[:, 0])
    second = np.array([trail[trail[:, 0] == index, 1].mean() for index in first])
    return first, second


def _warp(cost: Array, skip: float, uneven: float) -> NDArray[np.int64]:
    """The cheapest monotone trail (k, 2) through a cost matrix; points left out at either end cost ``skip`` each."""
    n, m = cost.shape
    ratio = (n - 1.0) / max(m - 1.0, 1.0)
    total, came = _accumulated(cost, skip, uneven * min(1.0, 1.0 / ratio), uneven * min(1.0, ratio))
    last_column = total[:, -1] + skip * np.arange(n - 1, -1, -1)
    last_row = total[-1] + skip * np.arange(m - 1, -1, -1)
    if last_column.min() <= last_row.min():
        return np.asarray(_walked_back(came, int(last_column.argmin()), m - 1))
    return np.asarray(_walked_back(came, n - 1, int(last_row.argmin())))


@jit
def _accumulated(cost: Array, skip: float, step_a: float, step_b: float) -> tuple[Array, NDArray[np.int64]]:
    n, m = cost.shape
    total = np.full((n + 1, m + 1), np.inf)
    came = np.zeros((n, m), np.int64)
    for i in range(n):
        for j in range(m):
            ways = (
                skip * (i + j) if i * j == 0 else np.inf,
                total[i, j],
                total[i, j + 1] + step_a,
                total[i + 1, j] + step_b,
            )
            way = 0
            for k in range(1, 4):
                if ways[k] < ways[way]:
                    way = k
            total[i + 1, j + 1] = ways[way] + cost[i, j]
            came[i, j] = way
    return total[1:, 1:], came


@jit
def _walked_back(came: NDArray[np.int64], i: int, j: int) -> NDArray[np.int64]:
    trail = np.empty((came.shape[0] + came.shape[1], 2), np.int64)
    trail[0, 0], trail[0, 1] = i, j
    count = 1
    while came[i, j] != 0:
        way = came[i, j]
        i -= 1 if way != 3 else 0
        j -= 1 if way != 2 else 0
        trail[count, 0], trail[count, 1] = i, j
        count += 1
    return trail[:count][::-1].copy()
