"""How much of a tube each ray crosses: cones and balls, united along the ray so that nothing counts twice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qfr_lab.simulator.gantry import Gantry
    from qfr_lab.simulator.vessels import Tube

SLOTS = 3
"""How often one ray can cross one tube."""


def trace(tube: Tube, gantry: Gantry, fine: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Crossings of a tube by the rays of a detector with ``fine`` × ``fine`` rays a pixel.

    Returns:
        Lengths in mm and arc lengths in mm of the crossings, each (rows · fine, columns · fine, 3).
    """
    source, first, step_column, step_row = gantry.rays()
    corner = first - 0.5 * (1.0 - 1.0 / fine) * (step_column + step_row)
    size = gantry.size * fine
    begin = np.full((size, size, SLOTS), np.inf, np.float32)
    end = np.full((size, size, SLOTS), -np.inf, np.float32)
    place = np.zeros((size, size, SLOTS), np.float32)
    centers = gantry.shadow(tube.points) * fine + 0.5 * (fine - 1)
    grown = tube.radii * gantry.detector_mm / (gantry.source_mm - 60.0) / gantry.pixel_mm * fine + 2.0
    moved = tube.points + np.asarray(gantry.shift_mm)
    steps = np.stack([source, corner, step_column / fine, step_row / fine])
    _trace(moved, tube.radii, tube.arc_mm, centers, grown, steps, begin, end, place)
    return np.maximum(end - begin, 0.0, where=end > begin, out=np.zeros_like(end)), place


@njit(cache=True, nogil=True)
def _trace(points, radii, arc, centers, grown, frame, begin, end, place):  # type: ignore[no-untyped-def]
    source, corner, du, dv = frame[0], frame[1], frame[2], frame[3]
    size = begin.shape[0]
    for k in range(len(points) - 1):
        reach = max(grown[k], grown[k + 1])
        low_c = max(int(min(centers[k, 0], centers[k + 1, 0]) - reach), 0)
        high_c = min(int(max(centers[k, 0], centers[k + 1, 0]) + reach) + 1, size - 1)
        low_r = max(int(min(centers[k, 1], centers[k + 1, 1]) - reach), 0)
        high_r = min(int(max(centers[k, 1], centers[k + 1, 1]) + reach) + 1, size - 1)
        axis = points[k + 1] - points[k]
        length = math.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
        axis = axis / length
        offset = source - points[k]
        for row in range(low_r, high_r + 1):
            for column in range(low_c, high_c + 1):
                ray = corner + column * du + row * dv - source
                ray = ray / math.sqrt(ray[0] ** 2 + ray[1] ** 2 + ray[2] ** 2)
                low, high = _cone(offset, ray, axis, length, radii[k], radii[k + 1])
                if high > low:
                    _unite(begin[row, column], end[row, column], place[row, column], low, high, arc[k])
                low, high = _ball(offset, ray, radii[k])
                if high > low:
                    _unite(begin[row, column], end[row, column], place[row, column], low, high, arc[k])


@njit(cache=True, nogil=True, inline="always")
def _ball(offset, ray, radius):  # type: ignore[no-untyped-def]
    half = offset[0] * ray[0] + offset[1] * ray[1] + offset[2] * ray[2]
    rest = offset[0] ** 2 + offset[1] ** 2 + offset[2] ** 2 - radius * radius
    root = half * half - rest
    if root <= 0.0:
        return 1.0, 0.0
    root = math.sqrt(root)
    return -half - root, -half + root


@njit(cache=True, nogil=True, inline="always")
def _cone(offset, ray, axis, length, radius, radius_end):  # type: ignore[no-untyped-def]
    along_ray = ray[0] * axis[0] + ray[1] * axis[1] + ray[2] * axis[2]
    along = offset[0] * axis[0] + offset[1] * axis[1] + offset[2] * axis[2]
    slope = (radius_end - radius) / length
    mixed = offset[0] * ray[0] + offset[1] * ray[1] + offset[2] * ray[2]
    square = offset[0] ** 2 + offset[1] ** 2 + offset[2] ** 2
    wide = radius + slope * along
    a = 1.0 - along_ray**2 * (1.0 + slope * slope)
    b = mixed - along * along_ray - slope * along_ray * wide
    c = square - along * along - wide * wide
    root = b * b - a * c
    if a < 1e-6 or root <= 0.0:
        return 1.0, 0.0
    root = math.sqrt(root)
    low, high = (-b - root) / a, (-b + root) / a
    if abs(along_ray) < 1e-9:
        if along < 0.0 or along > length:
            return 1.0, 0.0
        return low, high
    enter, leave = -along / along_ray, (length - along) / along_ray
    if enter > leave:
        enter, leave = leave, enter
    return max(low, enter), min(high, leave)


@njit(cache=True, nogil=True)
def _unite(begin, end, place, low, high, arc):  # type: ignore[no-untyped-def]
    for slot in range(SLOTS):
        if end[slot] > begin[slot] and low <= end[slot] + 0.02 and high >= begin[slot] - 0.02:
            low, high = min(low, begin[slot]), max(high, end[slot])
            arc = 0.5 * (arc + place[slot])
            begin[slot], end[slot] = np.inf, -np.inf
    for slot in range(SLOTS):
        if not end[slot] > begin[slot]:
            begin[slot], end[slot], place[slot] = low, high, arc
            return
