"""Both ends of a way along a vessel: a click beside it makes no hook, and no outline stops where it is looked at.

A way between clicks ends where they are set. Where one lies beside the vessel, the way leaves the vessel across its
border, and the outline collapses on that last piece. No vessel runs on in the direction of such a hook, but one does in
that of the course before it: the way takes this, and ends at the foot of the click.

And borders, widths and center line are smooth along the vessel, so that the last stations, which have neighbors on one
side only, are known worst: where the vessel runs on beyond a click it is outlined a little farther, and cut back to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.qfr.contour.curve import arc_length
from precise_cal.qfr.contour.path import minimal_path

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

HOOK_MM: Final = 5.0
"""Longest hook, with the vessel in which it begins: a click farther from the vessel means another one (own)."""
TURN_DEG: Final = 20.0
"""A hook turns away from the course by more than this (own)."""
TIP_MM, COURSE_MM = 1.5, 3.0
"""Lengths over which the directions of a hook and of the course before it are taken (own)."""
BEYOND_MM: Final = 4.0
"""So much farther a vessel is outlined than it was clicked (own)."""
AHEAD_DEG, STRAIGHT_DEG = np.arange(-50.0, 51.0, 10.0), np.arange(-20.0, 21.0, 10.0)
"""Directions in which a vessel is looked for beyond an end, and beyond a hook, out of which it may not turn back."""
RUNS_ON: Final = 0.6
"""Beyond an end there is a vessel where all of the way has this share of the vesselness before it (own)."""
USUAL_MM: Final = 8.0
"""Vessel before an end that tells its vesselness."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way along a vessel, (n, 2) points, and the ends (2, 2) of what was asked for."""

    points: Array
    ends: Array

    def between(self, midline: Array) -> slice:
        """Stations of a line along it that lie between the ends."""
        first, last = (int(np.argmin(np.linalg.norm(midline - end, axis=1))) for end in self.ends)
        return slice(first, last + 1)


def with_ends(speed: Array, way: Array, mm_per_pixel: float) -> Way:
    """A way without hooks at its ends, and longer than it was clicked.

    Args:
        speed: Vesselness.
        way: (n, 2) pixels [column, row].
        mm_per_pixel: Size of a pixel.
    """
    ends = []
    for _ in range(2):
        way, end = _longer(speed, way, mm_per_pixel)
        way = way[::-1]
        ends.append(end)
    return Way(way, np.array(ends[::-1]))


def _longer(speed: Array, way: Array, mm_per_pixel: float) -> tuple[Array, Array]:
    """The way as far beyond its last point as the vessel runs on, and where what was asked for ends."""
    left = mm_per_pixel * (arc_length(way)[-1] - arc_length(way))
    core = way[left >= HOOK_MM]
    if left[0] > HOOK_MM + COURSE_MM and _turns(way, core, mm_per_pixel):
        on = _beyond(speed, way, TIP_MM, BEYOND_MM, STRAIGHT_DEG, mm_per_pixel)
        straight = core
        for _ in range(2):
            ahead = _beyond(speed, straight, COURSE_MM, 0.5 * (HOOK_MM + BEYOND_MM), AHEAD_DEG, mm_per_pixel)
            straight = np.concatenate([straight, ahead])
        foot = straight[int(np.argmin(np.linalg.norm(straight - way[-1], axis=1)))]
        reached = len(straight) > len(core) and (foot != straight[-1]).any()
        if len(on) == 0 and reached and mm_per_pixel * np.linalg.norm(foot - way[-1]) <= HOOK_MM:
            return straight, foot
    ahead = _beyond(speed, way, COURSE_MM, BEYOND_MM, AHEAD_DEG, mm_per_pixel)
    return np.concatenate([way, ahead]), way[-1]


def _turns(way: Array, core: Array, mm_per_pixel: float) -> bool:
    tip, course = _direction(way, TIP_MM, mm_per_pixel), _direction(core, COURSE_MM, mm_per_pixel)
    return abs(float(np.angle(np.exp(1j * (tip - course))))) > float(np.deg2rad(TURN_DEG))


def _direction(way: Array, length_mm: float, mm_per_pixel: float) -> float:
    """Angle in radians in which a way ends."""
    left = mm_per_pixel * (arc_length(way)[-1] - arc_length(way))
    column, row = way[-1] - way[int(np.argmax(left <= length_mm))]
    return float(np.arctan2(row, column))


def _beyond(
    speed: Array, way: Array, course_mm: float, length_mm: float, directions: Array, mm_per_pixel: float
) -> Array:
    """Points (k, 2) that follow the last one of a way; none where no vessel runs on."""
    left = mm_per_pixel * (arc_length(way)[-1] - arc_length(way))
    usual, end = float(np.median(_at(speed, way[left <= USUAL_MM]))), way[-1]
    angle = _direction(way, course_mm, mm_per_pixel) + np.deg2rad(directions)
    goals = np.rint(end + length_mm / mm_per_pixel * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    corner = np.maximum(end - np.ceil(1.5 * length_mm / mm_per_pixel), 0).astype(int)
    window = speed[corner[1] : int(2 * end[1]) - corner[1] + 1, corner[0] : int(2 * end[0]) - corner[0] + 1]
    inside = np.all((goals >= corner) & (goals - corner < np.array(window.shape)[::-1]), axis=1)
    ways = [minimal_path(window, np.array([end, goal]) - corner) + corner for goal in goals[inside]]
    best = max(ways, key=lambda one: float(_at(speed, one).min()), default=way[:1])[1:]
    return best if len(best) and float(_at(speed, best).min()) >= RUNS_ON * usual else way[:0]


def _at(speed: Array, way: Array) -> Array:
    column, row = way.astype(int).T
    return np.asarray(speed[row, column])
