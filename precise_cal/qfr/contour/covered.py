"""A branch as wide as the lesion in which it leaves: what is behind its mouth is not seen.

The lumen of the branch lies over the narrowest part, so that the outline widens between two necks where the vessel may
be narrowest. No border there is that of the vessel, and no picture shows it: a person has to say where it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import gaussian_filter1d, grey_opening, map_coordinates

from precise_cal.qfr.contour.bifurcation import LONGEST_MM, RIDGE
from precise_cal.qfr.contour.curve import arc_length, normals, tangents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

NECK_MM: Final = 4.0
"""Farthest from the middle of a mouth to its necks (own)."""
WIDER: Final = 1.03
"""A mouth is wider than the wider neck by this factor at least (own)."""
NARROW, STILL_NARROW = 0.78, 0.90
"""Shares of the healthy width that the necks of a lesion, and a mouth within it, have at most (own)."""
AROUND_MM: Final = 3.0
"""So near to the mouth, along the vessel, the branch shows itself outside of it (own)."""
OUT_MM: Final = (0.7, 1.2, 1.7)
"""Where it does: so far beyond the border of a healthy vessel (own)."""


@dataclass(frozen=True, slots=True)
class _Mouth:
    """Stations of a mouth within a lesion: its middle and its necks."""

    middle: int
    before: int
    behind: int


def covered_by_branch(
    speed: Array, midline: Array, borders: tuple[Array, Array], mm_per_pixel: float
) -> NDArray[np.bool_]:
    """Stations (n,) of a lesion over which a branch lies that leaves there.

    Args:
        speed: Vesselness of the picture.
        midline: (n, 2) of the outline, a point per pixel.
        borders: (n, 2) left and right points of the outline.
        mm_per_pixel: Size of a pixel.
    """
    radius = gaussian_filter1d(0.5 * np.linalg.norm(borders[0] - borders[1], axis=1), 1.5)
    longest = 2 * round(0.5 * LONGEST_MM / mm_per_pixel) + 1
    healthy = float(np.percentile(grey_opening(radius, longest, mode="nearest"), 70))
    found = np.zeros(len(radius), bool)
    for mouth in _mouths(radius, healthy, NECK_MM / mm_per_pixel):
        if _shows(speed, midline, borders, mouth, healthy, mm_per_pixel):
            found[mouth.before : mouth.behind + 1] = True
    return found


def _mouths(radius: Array, healthy: float, reach: float) -> Iterator[_Mouth]:
    """Widenings between two necks, within a lesion."""
    inner = np.arange(1, len(radius) - 1)
    for peak in inner[(radius[inner] > radius[inner - 1]) & (radius[inner] >= radius[inner + 1])].tolist():
        low, high = max(peak - int(reach), 0), min(peak + int(reach), len(radius) - 1)
        before, behind = low + int(np.argmin(radius[low:peak])), peak + int(np.argmin(radius[peak : high + 1]))
        necks = max(radius[before], radius[behind])
        inside = low > 0 and high < len(radius) - 1 and necks < NARROW * healthy
        if inside and WIDER * necks < radius[peak] < STILL_NARROW * healthy:
            yield _Mouth(peak, before, behind)


def _shows(
    speed: Array, midline: Array, borders: tuple[Array, Array], mouth: _Mouth, healthy: float, mm_per_pixel: float
) -> bool:
    """Whether a ridge runs on outwards on the side to which the mouth bulges."""
    here = slice(mouth.before, mouth.behind + 1)
    arc, along = arc_length(midline[here]), tangents(midline)[here]
    chord = CubicHermiteSpline(arc[[0, -1]], midline[here][[0, -1]], along[[0, -1]])(arc)
    across = normals(midline)[mouth.middle]
    place = chord[mouth.middle - mouth.before]
    left, right = (abs(float((border[mouth.middle] - place) @ across)) for border in borders)
    around = round(AROUND_MM / mm_per_pixel)
    near = slice(max(mouth.middle - around, 0), mouth.middle + around + 1)
    out = (1.0 if right > left else -1.0) * (healthy + np.array(OUT_MM) / mm_per_pixel)
    places = midline[near, None] + out[:, None] * normals(midline)[near, None]
    ridge = map_coordinates(speed, [places[..., 1], places[..., 0]], order=1, mode="nearest")
    return bool((ridge.max(axis=0) > RIDGE).all())
