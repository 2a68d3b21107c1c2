"""Vessels as swept circles: a center line in space, a radius at each of its points, a flow through it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tube:
    """A tube.

    Attributes:
        points: (n, 3) center line in mm, patient coordinates LPS, isocenter at the origin.
        radii: (n,) inner radius in mm.
        filling: 1 for what fills with contrast through the inlet, 0 for what holds ``constant`` at all times.
        constant: Concentration (1 = undiluted) of what does not fill.
        origin: Arc length in mm along the parent at which a side branch leaves, and 0 for the main vessel.
    """

    points: Array
    radii: Array
    filling: bool = True
    constant: float = 0.0
    origin: float = 0.0

    @property
    def arc_mm(self) -> Array:
        """Arc length in mm of each point, from the first."""
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        return np.concatenate(([0.0], np.cumsum(steps)))

    @property
    def volume_mm3(self) -> Array:
        """Volume in mm³ between the first point and each point (frustums)."""
        radii = self.radii
        squares = (radii[:-1] ** 2 + radii[:-1] * radii[1:] + radii[1:] ** 2) / 3.0
        return np.concatenate(([0.0], np.cumsum(np.pi * squares * np.diff(self.arc_mm))))


@dataclass(frozen=True, slots=True)
class Lesion:
    """A narrowing: center and length in mm of arc, diameter stenosis and flat part as fractions."""

    center_mm: float
    length_mm: float
    stenosis: float
    plateau: float = 0.3


def tapered_radius(arc: Array, proximal: float, distal: float, lesions: tuple[Lesion, ...]) -> Array:
    """Radius along a vessel: linear taper between two diameters, times cosine-shaped lesions."""
    radius = 0.5 * (proximal + (distal - proximal) * arc / arc[-1])
    for lesion in lesions:
        away = np.abs(arc - lesion.center_mm) / (0.5 * lesion.length_mm)
        ramp = np.clip((away - lesion.plateau) / (1.0 - lesion.plateau), 0.0, 1.0)
        radius = radius * (1.0 - lesion.stenosis * 0.5 * (1.0 + np.cos(np.pi * ramp)))
    return np.asarray(radius)


def epicardial_line(length: float, bend: float, twist: float, step: float = 0.25) -> Array:
    """A smooth space curve like that of an epicardial artery, centered on the isocenter.

    Args:
        length: Arc length in mm.
        bend: Curvature in 1/mm in the plane, along the whole length.
        twist: Amplitude in mm of the departure from that plane.
        step: Spacing of the points in mm.
    """
    s = np.arange(0.0, 1.2 * length, step)
    angle = bend * (s - 0.5 * length)
    flat = np.stack([np.cumsum(np.sin(angle)), -np.cumsum(np.cos(angle))], axis=1) * step
    depth = twist * np.sin(2.0 * np.pi * s / length)
    points = np.stack([flat[:, 0], depth, flat[:, 1]], axis=1)
    arc = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))))
    wanted = np.arange(0.0, length + 0.5 * step, step)
    even = np.stack([np.interp(wanted, arc, points[:, axis]) for axis in range(3)], axis=1)
    return np.asarray(even - even.mean(axis=0))


def side_branch(parent: Tube, at_mm: float, direction: Array, length: float, diameter: float) -> Tube:
    """A slightly curved branch that leaves ``parent`` at an arc length, towards ``direction``."""
    start = np.array([np.interp(at_mm, parent.arc_mm, parent.points[:, axis]) for axis in range(3)])
    unit = direction / np.linalg.norm(direction)
    across = np.cross(unit, [0.3, 0.5, 0.8])
    s = np.arange(0.0, length, 0.25)[:, None]
    points = start + s * unit + 0.15 * length * (s / length) ** 2 * across / np.linalg.norm(across)
    radii = 0.5 * diameter * (1.0 - 0.35 * s[:, 0] / length)
    return Tube(points, radii, origin=at_mm)
