"""Views that an operator would choose: little of the vessel foreshortened, and little under other vessels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from qfr_lab.simulator.gantry import Gantry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qfr_lab.simulator.ward.tree import Branch

    Array = NDArray[np.float64]

TRIED, APART_DEG = 60, 35.0
"""Views that are tried, and the least angle between the two chosen."""
RANGES_DEG = ((-45.0, 50.0), (-30.0, 40.0))
CLEAR_MM = 0.6
"""Other vessels are over the path where they come nearer than this to its border; near their take-off they may."""
TAKE_OFF_MM = 5.0


def working_views(tree: Sequence[Branch], path: slice, random: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """Primary and secondary angles of two views of the anterior descending artery."""
    tried = [(float(random.uniform(*RANGES_DEG[0])), float(random.uniform(*RANGES_DEG[1]))) for _ in range(TRIED)]
    costs = [_cost(tree, path, Gantry(*angles)) for angles in tried]
    out = np.array([Gantry(*angles).axes[2] for angles in tried])
    best, pair = np.inf, (0, 1)
    for first in range(TRIED):
        for second in range(first + 1, TRIED):
            apart = np.rad2deg(np.arccos(np.clip(abs(out[first] @ out[second]), 0.0, 1.0)))
            if apart >= APART_DEG and costs[first] + costs[second] < best:
                best, pair = costs[first] + costs[second], (first, second)
    return tried[pair[0]], tried[pair[1]]


def _cost(tree: Sequence[Branch], path: slice, gantry: Gantry) -> float:
    """Share of the path under other vessels, and what foreshortening takes."""
    main = tree[1]
    points, radius = main.points[path], main.radius_mm[path]
    scale = gantry.pixel_mm * gantry.source_mm / gantry.detector_mm
    shadow = scale * gantry.shadow(points)
    over = np.zeros(len(points), bool)
    for number, other in enumerate(tree):
        if number == 1:
            continue
        away, nearest = cKDTree(scale * gantry.shadow(other.points)).query(shadow)
        touches = away < radius + other.radius_mm[nearest] + CLEAR_MM
        root = main.points[other.at] if other.parent == 1 else main.points[0]
        over |= touches & (np.linalg.norm(points - root, axis=1) > TAKE_OFF_MM)
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    lost = 1.0 - np.sqrt(np.maximum(1.0 - (along @ gantry.axes[2]) ** 2, 0.0))
    return float(2.0 * over.mean() + lost.mean() + 0.5 * lost.max())
