"""Plane and space curves given by points: even spacing, smoothing, normals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array


def arc_length(points: Array) -> Array:
    """Arc length of each point from the first, in the unit of the points."""
    return np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))))


def even(points: Array, step: float) -> Array:
    """Points spaced evenly, about ``step`` apart, first and last kept."""
    arc = arc_length(points)
    count = max(round(arc[-1] / step) + 1, 2)
    wanted = np.linspace(0.0, arc[-1], count)
    return np.stack([np.interp(wanted, arc, points[:, axis]) for axis in range(points.shape[1])], axis=1)


def smooth(points: Array, sigma: float) -> Array:
    """Points smoothed along the curve over ``sigma`` points; the ends stay, as the curve is mirrored through them."""
    pad = min(int(4 * sigma) + 1, len(points) - 1)
    head = 2 * points[0] - points[pad:0:-1]
    tail = 2 * points[-1] - points[-2 : -pad - 2 : -1]
    padded = np.concatenate([head, points, tail])
    return np.asarray(gaussian_filter1d(padded, sigma, axis=0)[pad : pad + len(points)])


def tangents(points: Array) -> Array:
    """Unit tangents (n, d)."""
    slope = np.gradient(points, axis=0)
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-12))


def normals(points: Array) -> Array:
    """Unit normals (n, 2) of a plane curve, to the right of its direction (row axis down)."""
    along = tangents(points)
    return np.stack([-along[:, 1], along[:, 0]], axis=1)
