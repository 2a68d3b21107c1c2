"""Branches that leave: straight ridges that begin at the vessel and run away from it, on one flank.

At the throat of a lesion the mouth of a wide branch hides the lumen, also where the outline does not widen at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter, maximum_filter1d, minimum_filter1d
from scipy.spatial import cKDTree

from precise_cal.qfr.contour.curve import normals, smooth, tangents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

ANGLES: Final = np.deg2rad(np.arange(20.0, 161.0, 5.0))
"""Angles between the vessel and a branch that are looked at."""
FROM_MM, LENGTH_MM, PARTS = 0.6, 2.0, 3
"""Where a branch must stand out, from the border outwards, in each of so many parts (own)."""
ASIDE_MM: Final = 1.4
"""It stands out from lines so far to both of its sides (own)."""
WIDE: Final = 0.3
"""Share of the vessel's contrast by which a branch stands out that is wide enough to hide a throat: on fourteen films
of the second simulator, branches of two thirds of the vessel's width stood out by 0.45 to 0.68, such of a third by
0.10 to 0.24 (own)."""
APART_MM: Final = 2.0
"""Of candidates nearer to each other the one that stands out most is the branch (own)."""
OWN_MM: Final = 0.2
"""A line that comes so near to the border of the vessel again is the vessel itself, in a bend (own)."""
SOFT_MM, SLOPE_PX = 0.2, 4.0
"""Smoothing of the picture, and of the vessel's direction (own)."""
MOUTH_MM, THROAT_MM = 1.0, 3.0
"""So far around where its line meets the axis a branch hides the vessel, if a throat is so near (own)."""
FAINT, AROUND_MM = 0.13, 6.0
"""Share of the vessel's contrast by which any branch stands out, and how near to a throat one is looked for (own)."""


@dataclass(frozen=True, slots=True)
class Vessel:
    """A vessel that branches may leave.

    Attributes:
        midline: (n, 2) in pixels, a point per pixel.
        radius: (n,) half width in pixels.
        usual: (n,) the same without bulges.
        narrow: Half width below which it is narrow, as in a lesion.
    """

    midline: Array
    radius: Array
    usual: Array
    narrow: float

    def near_throats(self, reach_mm: float, mm_per_pixel: float) -> NDArray[np.bool_]:
        """(n,) stations that lie so near to where it is narrow."""
        reach = 2 * round(reach_mm / mm_per_pixel) + 1
        return np.asarray(minimum_filter1d(self.radius, reach, mode="nearest") < self.narrow)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A branch: the station whose axis its line meets, its angle to the vessel (right is positive), how it stands out.

    ``rise`` is the share of the vessel's contrast by which it does.
    """

    station: int
    turn: float
    rise: float


def branches(picture: Array, vessel: Vessel, mm_per_pixel: float) -> tuple[tuple[Leaving, ...], NDArray[np.bool_]]:
    """Branches that leave near where a vessel is narrow, and (n,) stations behind the mouths of wide ones there.

    Args:
        picture: Absorbance, (rows, columns).
        vessel: The vessel.
        mm_per_pixel: Size of a pixel.
    """
    mouths = np.zeros(len(vessel.radius), bool)
    looked = np.flatnonzero(vessel.near_throats(AROUND_MM, mm_per_pixel))
    if not len(looked):
        return (), mouths
    rise = _rise(gaussian_filter(picture, SOFT_MM / mm_per_pixel), vessel, looked, mm_per_pixel)
    at_throats = vessel.near_throats(THROAT_MM, mm_per_pixel)[looked]
    for one in _standing_out(rise[:, :, at_throats], looked[at_throats], WIDE, mm_per_pixel):
        mouths[one.station] = True
    found: list[Leaving] = []
    for one in _standing_out(rise, looked, FAINT, mm_per_pixel):
        apart = APART_MM / mm_per_pixel
        if all(abs(one.station - other.station) > apart or one.turn * other.turn < 0.0 for other in found):
            found.append(one)
    reach = 2 * round(MOUTH_MM / mm_per_pixel) + 1
    return tuple(found), np.asarray(maximum_filter1d(mouths, reach, mode="constant"))


def _standing_out(rise: Array, looked: NDArray[np.int64], least: float, mm_per_pixel: float) -> list[Leaving]:
    """Lines that stand out most around them and by so much, those first that do most."""
    apart = 2 * round(APART_MM / mm_per_pixel) + 1
    highest = maximum_filter(rise, size=(1, 7, apart), mode="constant", cval=-1.0)
    tops = zip(*np.nonzero((rise == highest) & (rise > least)), strict=True)
    found = [
        Leaving(int(looked[place]), (2.0 * side - 1.0) * float(ANGLES[angle]), float(rise[side, angle, place]))
        for side, angle, place in tops
    ]
    return sorted(found, key=lambda one: -one.rise)


def _rise(soft: Array, vessel: Vessel, looked: NDArray[np.int64], mm_per_pixel: float) -> Array:
    """(2, angles, k) share of the vessel's contrast by which a line from each of k stations stands out."""
    along, across = (each(smooth(vessel.midline, SLOPE_PX)) for each in (tangents, normals))
    border, tree = np.maximum(vessel.radius, vessel.usual), cKDTree(vessel.midline)
    contrast = max(_contrast(soft, vessel, across, mm_per_pixel), 1e-9)
    steps = np.linspace(FROM_MM, FROM_MM + LENGTH_MM, 4 * PARTS) / mm_per_pixel
    found = np.empty((2, len(ANGLES), len(looked)))
    for side, angle in np.ndindex(2, len(ANGLES)):
        turn = ANGLES[angle]
        out = np.cos(turn) * along[looked] + (2.0 * side - 1.0) * np.sin(turn) * across[looked]
        line = vessel.midline[looked, None] + (border[looked, None] / np.sin(turn) + steps)[..., None] * out[:, None]
        aside = ASIDE_MM / mm_per_pixel * np.stack([-out[:, 1], out[:, 0]], axis=1)[:, None]
        on, left, right = (_mean(soft, line + shift) for shift in (0.0, aside, -aside))
        rise = np.minimum(on - left, on - right).min(axis=1) / contrast
        told = np.flatnonzero(rise > FAINT)
        away, nearest = tree.query(line[told])
        free = (away >= border[nearest] + OWN_MM / mm_per_pixel).all(axis=1)
        found[side, angle] = -1.0
        found[side, angle, told[free]] = rise[told[free]]
    return found


def _mean(soft: Array, points: Array) -> Array:
    """Means (n, parts) of the picture along lines of points (n, m, 2)."""
    values = map_coordinates(soft, [points[..., 1], points[..., 0]], order=1, mode="nearest")
    return np.asarray(values.reshape(len(points), PARTS, -1).mean(axis=2))


def _contrast(soft: Array, vessel: Vessel, across: Array, mm_per_pixel: float) -> float:
    """Contrast of the wider part of the vessel against the darker of its flanks."""
    beyond = (np.maximum(vessel.radius, vessel.usual) + FROM_MM / mm_per_pixel)[:, None] * across
    places = (vessel.midline, vessel.midline - beyond, vessel.midline + beyond)
    core, first, second = (map_coordinates(soft, [at[:, 1], at[:, 0]], order=1, mode="nearest") for at in places)
    return float(np.percentile(core - np.minimum(first, second), 70))
