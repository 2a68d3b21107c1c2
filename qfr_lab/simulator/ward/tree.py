"""A left coronary tree on an ellipsoid: main stem, two daughters, diagonals, septals and marginals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AXES_MM = (33.0, 33.0, 46.0)
"""Half axes of the heart: two across, one from base to apex."""
STEP_MM = 0.4
BASE = np.array([-0.6202, 0.5074, 0.5983])
"""From apex to base in the patient (LPS): to the right, the back and the head."""
FRONT = np.array([0.1000, -0.7000, 0.5000])
"""Roughly where the anterior descending artery lies on the heart."""
MURRAY = 7.0 / 3.0
"""Flow follows the diameter to this power at branchings (Huo and Kassab 2012)."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A vessel of the tree.

    Attributes:
        points: (n, 3) center line in mm, heart at rest.
        radius_mm: (n,) radius of the circle of the same area.
        oval: (n,) ratio of the half axes of its cross-section.
        parent: Number of the branch that it leaves, -1 for the stem.
        at: Point of the parent where it leaves.
    """

    points: Array
    radius_mm: Array
    oval: Array
    parent: int
    at: int

    @property
    def arc_mm(self) -> Array:
        """(n,) arc length from its beginning."""
        return np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(self.points, axis=0), axis=1))))


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A lesion of the anterior descending artery: center and length in mm of arc, share of the diameter, oval."""

    center_mm: float
    length_mm: float
    stenosis: float
    oval: float


def left_tree(random: np.random.Generator, lesion: Narrowing) -> list[Branch]:
    """Stem (0), anterior descending (1), circumflex (2), then smaller branches."""
    turn = axes()
    fork, size = np.array([0.36, 0.0]), random.uniform(0.92, 1.08)

    def line(path: Array) -> Array:
        """Points an even step apart along a path of angles (k, 2): from the base, and around the long axis."""
        fine = np.linspace(0.0, 1.0, 400)
        along = np.stack([np.interp(fine, np.linspace(0.0, 1.0, len(path)), path[:, k]) for k in (0, 1)], axis=1)
        for _ in range(3):
            along[1:-1] = 0.25 * along[:-2] + 0.5 * along[1:-1] + 0.25 * along[2:]
        polar, around = np.pi * along[:, 0], np.pi * along[:, 1]
        local = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], axis=1)
        return _even(size * (local * AXES_MM) @ turn)

    wave = random.uniform(0.01, 0.03)
    bends = np.linspace(0.0, 1.0, 9)
    descending = np.stack([fork[0] + 0.52 * bends, wave * np.sin(9.0 * bends + random.uniform(0.0, 6.0))], axis=1)
    descending[0] = fork
    around = np.stack([fork[0] + 0.07 * bends + wave * np.sin(7.0 * bends), 0.62 * bends], axis=1)
    left, right = line(descending), line(around)
    stem = _even(np.linspace(left[0] + turn.T @ np.array([-9.0, -3.0, 6.0]), left[0], 40))
    tree = [
        Branch(stem, np.full(len(stem), 2.15), np.ones(len(stem)), -1, 0),
        _descending(left, lesion),
        _tapered(right, 1.55, 0.9, 0, len(stem) - 1),
    ]
    for parent, places, (polar_to, around_to), (wide, narrow) in (
        (1, (0.14, 0.42), (0.24, 0.24), (1.05, 0.6)),
        (1, (0.10, 0.27, 0.5), (0.12, -0.16), (0.55, 0.35)),
        (2, (0.35, 0.7), (0.30, 0.06), (1.0, 0.6)),
    ):
        for place in places:
            tree.append(_side(tree[parent], parent, place, random, (polar_to, around_to), (wide, narrow), turn, size))
    return tree


def axes() -> Array:
    """Rows: unit vectors of the heart to its front, to its left side and to its base."""
    base = BASE / np.linalg.norm(BASE)
    front = FRONT - (FRONT @ base) * base
    front /= np.linalg.norm(front)
    return np.stack([front, np.cross(base, front), base])


def _even(points: Array) -> Array:
    arc = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))))
    wanted = np.arange(0.0, arc[-1], STEP_MM)
    return np.stack([np.interp(wanted, arc, points[:, axis]) for axis in range(3)], axis=1)


def _tapered(points: Array, proximal: float, distal: float, parent: int, at: int) -> Branch:
    return Branch(points, np.linspace(proximal, distal, len(points)), np.ones(len(points)), parent, at)


def _descending(points: Array, lesion: Narrowing) -> Branch:
    arc = STEP_MM * np.arange(len(points))
    away = np.abs(arc - lesion.center_mm) / (0.5 * lesion.length_mm)
    shape = np.where(away < 1.0, (1.0 - np.minimum(away, 1.0) ** 2) ** 2, 0.0)
    radius = np.interp(arc, [0.0, arc[-1]], [1.7, 0.85]) * (1.0 - lesion.stenosis * shape)
    return Branch(points, radius, 1.0 + (lesion.oval - 1.0) * shape, 0, -1)


def _side(
    parent: Branch, number: int, place: float, random: np.random.Generator, angles: tuple[float, float],
    radii: tuple[float, float], turn: Array, size: float,
) -> Branch:  # fmt: skip
    """A branch over the surface of the heart, from a share of its parent's length."""
    at = int(place * (len(parent.points) - 1))
    local = (parent.points[at] @ turn.T) / (size * np.array(AXES_MM))
    polar, around = np.arccos(np.clip(local[2] / np.linalg.norm(local), -1, 1)), np.arctan2(local[1], local[0])
    share = np.linspace(0.0, 1.0, 200)
    stretch = random.uniform(0.8, 1.2)
    polars = polar + np.pi * angles[0] * stretch * share
    arounds = around + np.pi * angles[1] * stretch * share**0.9
    ball = np.stack([np.sin(polars) * np.cos(arounds), np.sin(polars) * np.sin(arounds), np.cos(polars)], axis=1)
    points = size * (ball * AXES_MM) @ turn
    return _tapered(_even(points + parent.points[at] - points[0]), *radii, number, at)
