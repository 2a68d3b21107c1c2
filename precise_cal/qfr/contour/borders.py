"""Minimum-cost borders on scan lines across a vessel (Reiber's contour detection: derivatives and a search)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates

from precise_cal.qfr.contour.curve import normals
from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

WEIGHT = 0.75
"""Share of the first derivative in the cost; the second has the rest (CAAS and QAngio lie between the two)."""
FILTER_MM = 0.2
"""Standard deviation of the derivative filter across the vessel."""
ALONG = 1.0
"""Standard deviation of the smoothing along the vessel, in scan lines."""
BEND = 0.015
"""Cost of a step of one sample from line to line, squared; relative to the strongest edge (own)."""
MAX_STEP = 4
NOWHERE = 10.0
"""Cost of a place where no border may be; the strongest edge costs about −1."""


def scan(coefficients: Array, midline: Array, offsets: Array, order: int = 3, *, across: Array | None = None) -> Array:
    """Profiles across a vessel, (n, len(offsets)).

    Args:
        coefficients: Cubic spline coefficients of the picture (``scipy.ndimage.spline_filter``).
        midline: (n, 2) points [column, row].
        offsets: Distances in pixels from the midline along its normals.
        order: Of the spline; for 0 and 1 the coefficients are the picture.
        across: (n, 2) unit vectors in place of the normals.
    """
    across = normals(midline) if across is None else across
    columns = midline[:, :1] + offsets * across[:, :1]
    rows = midline[:, 1:] + offsets * across[:, 1:]
    return np.asarray(map_coordinates(coefficients, [rows, columns], order=order, mode="nearest", prefilter=False))


def borders(
    profiles: Array,
    step_mm: float,
    weight: float = WEIGHT,
    limit: Array | None = None,
    left_out: NDArray[np.bool_] | None = None,
) -> tuple[Array, Array]:
    """Left and right border of a vessel that is bright in the middle of each profile.

    Args:
        profiles: (n, m) absorbance across the vessel, m odd, midline in the middle.
        step_mm: Distance between samples.
        weight: Share of the first derivative.
        limit: (n,) samples from the middle beyond which no border is looked for.
        left_out: (n, m) samples at which no border may be seen.

    Returns:
        Positions (n,) of the two borders in samples from the first one, to a fraction of a sample.
    """
    along = gaussian_filter1d(profiles, ALONG, axis=0)
    sigma = FILTER_MM / step_mm
    first = gaussian_filter1d(along, sigma, axis=1, order=1)
    second = gaussian_filter1d(along, sigma, axis=1, order=2)
    middle = profiles.shape[1] // 2
    left = _edge_cost(first[:, :middle], second[:, :middle], weight)
    right = _edge_cost(-first[:, :middle:-1], second[:, :middle:-1], weight)
    if left_out is not None:
        left, right = left + NOWHERE * left_out[:, :middle], right + NOWHERE * left_out[:, :middle:-1]
    if limit is not None:
        beyond = middle - np.arange(middle) > limit[:, None]
        left, right = np.where(beyond, NOWHERE, left), np.where(beyond, NOWHERE, right)
    return _traced(left), profiles.shape[1] - 1 - _traced(right)


def _edge_cost(first: Array, second: Array, weight: float) -> Array:
    """Negative edge strength: each derivative relative to its own typical maximum."""
    scale_first = np.median(first.max(axis=1)) + 1e-12
    scale_second = np.median(second.max(axis=1)) + 1e-12
    return np.asarray(-(weight * first / scale_first + (1.0 - weight) * second / scale_second))


def _traced(cost: Array) -> Array:
    """The cheapest border through all lines, refined by a parabola through three samples."""
    trail = cheapest(np.ascontiguousarray(cost), BEND, MAX_STEP)
    lines = np.arange(len(cost))
    inner = np.clip(trail, 1, cost.shape[1] - 2)
    before, here, after = cost[lines, inner - 1], cost[lines, inner], cost[lines, inner + 1]
    bend = before - 2.0 * here + after
    shift = np.where(bend > 1e-9, 0.5 * (before - after) / np.maximum(bend, 1e-9), 0.0)
    return np.asarray(np.where(inner == trail, trail + np.clip(shift, -0.5, 0.5), trail), np.float64)


@jit
def cheapest(cost: Array, bend: float, reach: int) -> NDArray[np.int64]:
    """The cheapest way through all lines of a cost matrix, one sample for each.

    A step of k samples from line to line costs ``bend`` · k²; steps of more than ``reach`` are not made.
    """
    lines, samples = cost.shape
    total = cost.copy()
    came = np.zeros((lines, samples), np.int64)
    for line in range(1, lines):
        for here in range(samples):
            best, origin = np.inf, here
            for other in range(max(0, here - reach), min(samples, here + reach + 1)):
                value = total[line - 1, other] + bend * (here - other) ** 2
                if value < best:
                    best, origin = value, other
            total[line, here] += best
            came[line, here] = origin
    trail = np.empty(lines, np.int64)
    trail[-1] = np.argmin(total[-1])
    for line in range(lines - 1, 0, -1):
        trail[line - 1] = came[line, trail[line]]
    return trail
