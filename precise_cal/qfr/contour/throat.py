"""The throat of a lesion beside which branches leave, fitted to the picture together with them.

A profile across the vessel takes a branch at its flank for lumen or for background, and knows no blur along the vessel.
So around such a throat vessel and branches are fitted in two dimensions (``forked.py``), and the outline is joined to
what that gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import minimum_filter1d

from precise_cal.qfr.contour.forked import ACROSS_MM, LONG_MM, STEP_MM, Part, fitted
from precise_cal.qfr.contour.leaving import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.leaving import Leaving, Vessel
    from precise_cal.qfr.contour.profile import Optics

NEAR_MM, FAR_MM, JOINED_MM = 4.0, 5.5, 1.5
"""So near to a throat a branch leaves beside it, a wide one that hides a border there so far; so gradually the fit is
joined to the outline at its ends (own)."""
LEAST_MM: Final = 4.0
"""Shorter parts, between bends, tell nothing, nor does what is narrowest so near to an end (own)."""
ASIDE_MM: Final = 2.0
"""A part ends where a vessel bends away from its axis by more than this (own)."""
BESIDE_MM: Final = 0.1
"""Standard deviation of a diameter beside a branch, beyond what noise leaves open (own)."""


@dataclass(frozen=True, slots=True)
class Refitted:
    """An outline (n stations) with its throats fitted anew.

    Attributes:
        fitted: (n,) True where it is.
        midline: (n, 2) in pixels.
        diameter_mm: (n,) diameter.
        spread_mm: (n,) its standard deviation where fitted, else 0.
    """

    fitted: NDArray[np.bool_]
    midline: Array
    diameter_mm: Array
    spread_mm: Array


def refitted(
    vessel: Vessel, diameter_mm: Array, leaving: Sequence[Leaving], hidden: NDArray[np.bool_], mm_per_pixel: float,
    profiles: Callable[[Array, Array], Array], optics: Optics,
) -> Refitted | None:  # fmt: skip
    """Fits the throats of a vessel together with the branches that leave beside them; None without any.

    Args:
        vessel: As it is outlined.
        diameter_mm: (n,) its diameter.
        leaving: Branches that were seen to leave.
        hidden: (n,) stations behind the mouths of wide ones.
        mm_per_pixel: Size of a pixel.
        profiles: The picture (n, m) along lines across a given line (n, 2), at given offsets (m,) in pixels.
        optics: Blur and scatter.
    """
    midline, diameter = vessel.midline.copy(), diameter_mm.copy()
    spread, done = np.zeros(len(diameter)), np.zeros(len(diameter), bool)
    for station in _throats(vessel, leaving, hidden, mm_per_pixel):
        part, here, places = part_around(vessel.midline, station, mm_per_pixel, profiles)
        if len(part.u) * STEP_MM < LEAST_MM:
            continue
        inside = [replace(one, station=one.station - here.start) for one in leaving if one.station in here]
        throat = fitted(part, places, mm_per_pixel * vessel.radius[here.start : here.stop], inside, optics)
        if throat is None:
            continue
        stations = np.arange(here.start, here.stop)
        inwards = np.minimum(places[:, 0] - part.u[0], part.u[-1] - places[:, 0])
        share = np.clip(inwards / JOINED_MM, 0.0, 1.0)[:, None]
        found = (throat.center, throat.diameter, throat.spread)
        center, wide, unsure = (np.interp(places[:, 0], part.u, each) for each in found)
        across = np.array([-part.along[1], part.along[0]])
        moved = part.origin + (places[:, :1] * part.along + center[:, None] * across) / mm_per_pixel
        midline[stations] += share * (moved - midline[stations])
        diameter[stations] += share[:, 0] * (wide - diameter[stations])
        most = share[:, 0] > 0.5
        spread[stations[most]], done[stations[most]] = unsure[most], True
    return Refitted(done, midline, diameter, spread) if done.any() else None


def _throats(vessel: Vessel, leaving: Sequence[Leaving], hidden: NDArray[np.bool_], mm_per_pixel: float) -> list[int]:
    """Stations where a vessel is narrowest and branches leave near by, a part of the picture apart."""
    found: list[int] = []
    least = minimum_filter1d(vessel.radius, 2 * round(0.5 * LONG_MM / mm_per_pixel) + 1, mode="nearest")
    ends, last = round(LEAST_MM / mm_per_pixel), len(least) - 1
    inside = (np.arange(len(least)) >= ends) & (np.arange(len(least)) <= last - ends)
    narrowest = np.flatnonzero(inside & (vessel.radius == least) & (least < vessel.narrow))
    for station in narrowest[np.argsort(least[narrowest], kind="stable")].tolist():
        if all(abs(station - other) * mm_per_pixel > LONG_MM for other in found):
            found.append(station)
    near = round(NEAR_MM / mm_per_pixel)

    def beside(one: Leaving, station: int) -> bool:
        away = abs(one.station - station)
        wide = one.rise > WIDE and away * mm_per_pixel < FAR_MM
        return away < near or (wide and bool(hidden[max(station - near, 0) : station + near + 1].any()))

    return [station for station in found if any(beside(one, station) for one in leaving)]


def part_around(
    midline: Array, station: int, mm_per_pixel: float, profiles: Callable[[Array, Array], Array]
) -> tuple[Part, range, Array]:
    """The part of a picture around a station, the stations in it, and where these (k, 2) lie in it, in mm.

    Args:
        midline: (n, 2) in pixels, a point per pixel.
        station: Of its points, the middle of the part.
        mm_per_pixel: Size of a pixel.
        profiles: The picture along lines across a given line, at given offsets in pixels.
    """
    reach = round(0.5 * LONG_MM / mm_per_pixel)
    before, behind = midline[max(station - reach, 0)], midline[min(station + reach, len(midline) - 1)]
    along = (behind - before) / np.linalg.norm(behind - before)
    turned = np.stack([along, [-along[1], along[0]]], axis=1)
    places = (midline - midline[station]) @ turned * mm_per_pixel
    leaves = (np.abs(places[:, 1]) > ASIDE_MM) | (np.abs(places[:, 0]) > LONG_MM) | (np.gradient(places[:, 0]) <= 0.0)
    out = np.flatnonzero(leaves)
    here = range(max(out[out < station], default=-1) + 1, min(out[out > station], default=len(places)))
    places = places[here.start : here.stop]
    u = np.arange(places[0, 0], places[-1, 0] + 1e-6, STEP_MM)
    v = np.arange(-ACROSS_MM, ACROSS_MM + 1e-6, STEP_MM)
    line = midline[station] + u[:, None] / mm_per_pixel * along
    absorbance = profiles(line, v / mm_per_pixel)
    part = Part(midline[station], along, u, v, absorbance, max(round(mm_per_pixel / STEP_MM), 1))
    return part, here, places
