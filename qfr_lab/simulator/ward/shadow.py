"""The shadow of a tree: chords of oval tubes; sections of one lumen do not add, vessels at other depths do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qfr_lab.simulator.gantry import Gantry
    from qfr_lab.simulator.ward.tree import Branch

    Array = NDArray[np.float64]

MOST_OBLIQUE = 0.3
"""Least sine between vessel and ray: a vessel that comes end-on bends away before its chord grows longer."""


def contrast_mm(
    tree: Sequence[Branch], points: Sequence[Array], filling: Sequence[Array], gantry: Gantry, fine: int
) -> Array:
    """Undiluted contrast in mm that each ray crosses, (rows · fine, columns · fine).

    Args:
        tree: Branches; their radii and ovals are used.
        points: (n, 3) where the points of each branch lie now.
        filling: (n,) concentration at each of them, 0 to 1.
        gantry: C-arm.
        fine: Rays per pixel and axis.
    """
    size = gantry.size * fine
    total, own, depth = np.zeros((size, size)), np.zeros((size, size)), np.full((size, size), np.inf)
    out = gantry.axes[2]
    for branch, line, share in zip(tree, points, filling, strict=True):
        if share.max() < 1e-3:
            continue
        along = np.gradient(line, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        sine = np.maximum(np.sqrt(np.maximum(1.0 - (along @ out) ** 2, 0.0)), MOST_OBLIQUE)
        magnified = gantry.detector_mm / (gantry.source_mm + (line + gantry.shift_mm) @ out) / gantry.pixel_mm * fine
        shadow = gantry.shadow(line) * fine + 0.5 * (fine - 1)
        across = np.cross(along, out)
        first = np.cross(along, [0.3, 0.9, 0.1])
        turn = np.sum(across * first, axis=1) / np.linalg.norm(across, axis=1) / np.linalg.norm(first, axis=1)
        long, short = branch.radius_mm * np.sqrt(branch.oval), branch.radius_mm / np.sqrt(branch.oval)
        half = np.sqrt((long * turn) ** 2 + (short**2) * (1.0 - turn**2))
        chord = 2.0 * long * short / half / sine * share
        _splat(shadow, half * magnified, chord, (line + gantry.shift_mm) @ out, own, depth, total)
    return total + own


@njit(cache=True, nogil=True)
def _splat(shadow, half, chord, height, own, depth, total):  # type: ignore[no-untyped-def]
    """Adds one branch: within it the thickest section counts; what lies at the same depth is one lumen with others."""
    size = own.shape[0]
    for k in range(len(shadow) - 1):
        reach = max(half[k], half[k + 1])
        low_c = max(int(min(shadow[k, 0], shadow[k + 1, 0]) - reach), 0)
        high_c = min(int(max(shadow[k, 0], shadow[k + 1, 0]) + reach) + 1, size - 1)
        low_r = max(int(min(shadow[k, 1], shadow[k + 1, 1]) - reach), 0)
        high_r = min(int(max(shadow[k, 1], shadow[k + 1, 1]) + reach) + 1, size - 1)
        along_c, along_r = shadow[k + 1, 0] - shadow[k, 0], shadow[k + 1, 1] - shadow[k, 1]
        square = max(along_c * along_c + along_r * along_r, 1e-9)
        for row in range(low_r, high_r + 1):
            for column in range(low_c, high_c + 1):
                share = ((column - shadow[k, 0]) * along_c + (row - shadow[k, 1]) * along_r) / square
                share = min(max(share, 0.0), 1.0)
                away_c = column - shadow[k, 0] - share * along_c
                away_r = row - shadow[k, 1] - share * along_r
                wide = half[k] + share * (half[k + 1] - half[k])
                inside = 1.0 - (away_c * away_c + away_r * away_r) / (wide * wide)
                if inside <= 0.0:
                    continue
                value = (chord[k] + share * (chord[k + 1] - chord[k])) * math.sqrt(inside)
                if abs(height[k] - depth[row, column]) < 4.0:
                    if value > own[row, column]:
                        own[row, column] = value
                        depth[row, column] = height[k]
                else:
                    total[row, column] += own[row, column]
                    own[row, column] = value
                    depth[row, column] = height[k]
