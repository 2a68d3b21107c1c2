"""A branch as wide as the lesion in which it leaves: the border on its side is not seen behind its mouth.

The lumen of the branch lies over the narrowest part, so that the outline widens between two necks, where the vessel may
be narrowest. The border away from the branch is seen. The axis runs on smoothly from neck to neck, and the vessel
reaches as far to the branch's side of it as to the other, up to what an eccentric lesion makes of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.ndimage import gaussian_filter1d, grey_opening, map_coordinates

from precise_cal.qfr.contour.bifurcation import LONGEST_MM, RIDGE, away_from
from precise_cal.qfr.contour.curve import arc_length, normals, tangents
from precise_cal.qfr.contour.leaving import Vessel

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
"""Where it does: so far beyond the border of the widest vessel that may lie there (own)."""
SLOPE_PX: Final = 4.0
"""Standard deviation over which the direction of the vessel at a neck is taken (own)."""
HIDDEN_MM: Final = 0.15
"""Standard deviation of a diameter of which one border is hidden: on eight mouths in lesions of the second simulator
the least diameter was off by up to 0.27 mm, root mean square 0.11 (own)."""
LEAST: Final = 0.45
"""Share of the narrower neck below which a width by the other border is no width: the branch runs along the vessel, and
lies over that border too. The outline stays then, and is told to be covered (own)."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """An outline (n stations) whose borders behind mouths are rebuilt.

    Attributes:
        covered: (n,) True behind a mouth, also where the other border tells nothing and the outline is as it was.
        midline: (n, 2) axis.
        left: (n, 2) border.
        right: (n, 2) border.
        diameter_px: (n,) their distance.
    """

    covered: NDArray[np.bool_]
    midline: Array
    left: Array
    right: Array
    diameter_px: Array


@dataclass(frozen=True, slots=True)
class _Mouth:
    """Stations of a mouth within a lesion: its middle and its necks."""

    middle: int
    before: int
    behind: int


def outlined(midline: Array, width: Array, mm_per_pixel: float) -> Vessel:
    """A vessel by its midline (n, 2), a point per pixel, and its width (n,) in pixels."""
    radius = gaussian_filter1d(0.5 * width, 1.5)
    longest = 2 * round(0.5 * LONGEST_MM / mm_per_pixel) + 1
    opened = grey_opening(radius, longest, mode="nearest")
    return Vessel(midline, radius, gaussian_filter1d(opened, 2.0), NARROW * float(np.percentile(opened, 70)))


def rebuilt(
    speed: Array, vessel: Vessel, borders: tuple[Array, Array], hidden: NDArray[np.bool_], mm_per_pixel: float
) -> Rebuilt | None:
    """Finds branches that leave within a lesion and lie over it, and what the other border tells; None without any.

    Where a wide branch leaves and the outline has no widening between necks, the outline stays, and is told.

    Args:
        speed: Vesselness of the picture.
        vessel: As it is outlined.
        borders: (n, 2) left and right points of the outline.
        hidden: (n,) stations that are hidden without such a widening.
        mm_per_pixel: Size of a pixel.
    """
    midline, radius, healthy = vessel.midline, vessel.radius, vessel.narrow / NARROW
    width = np.linalg.norm(borders[0] - borders[1], axis=1)
    found = Rebuilt(hidden.copy(), midline.copy(), borders[0].copy(), borders[1].copy(), width.copy())
    for mouth in _mouths(radius, healthy, NECK_MM / mm_per_pixel):
        here = slice(mouth.before, mouth.behind + 1)
        axis = _axis(midline, here)
        away = away_from(axis, [border[here] for border in borders])
        middle = mouth.middle - mouth.before
        side = 1 if away[1][middle] > away[0][middle] else -1
        if _shows(speed, midline, mouth, side * healthy, side, mm_per_pixel):
            half = _one_throat(np.minimum(away[0] if side == 1 else away[1], 0.5 * width[here]))
            found.covered[here] = True
            if half.min() < LEAST * min(radius[mouth.before], radius[mouth.behind]):
                continue
            across = normals(axis)
            found.midline[here] = axis
            found.left[here], found.right[here] = axis - half[:, None] * across, axis + half[:, None] * across
            found.diameter_px[here] = 2.0 * half
    return found if found.covered.any() else None


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


def _one_throat(half: Array) -> Array:
    """Half widths (k,) that from each neck to the least of them widen no more than straight: the rest is the branch."""
    throat = int(np.argmin(half))
    corners = np.unique([0, throat, len(half) - 1])
    return np.asarray(np.minimum(half, np.interp(np.arange(len(half)), corners, half[corners])))


def _axis(midline: Array, here: slice) -> Array:
    """The axis (k, 2) across a mouth, as it runs on from neck to neck."""
    arc = arc_length(midline[here])
    along = gaussian_filter1d(tangents(midline), SLOPE_PX, axis=0)[here]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.asarray(CubicHermiteSpline(arc[[0, -1]], midline[here][[0, -1]], along[[0, -1]])(arc))


def _shows(speed: Array, midline: Array, mouth: _Mouth, border: float, side: int, mm_per_pixel: float) -> bool:
    """Whether a ridge runs on outwards on the side to which the mouth bulges; ``border`` is that of a wide vessel."""
    around = round(AROUND_MM / mm_per_pixel)
    near = slice(max(mouth.middle - around, 0), mouth.middle + around + 1)
    out = border + side * np.array(OUT_MM) / mm_per_pixel
    places = midline[near, None] + out[:, None] * normals(midline)[near, None]
    ridge = map_coordinates(speed, [places[..., 1], places[..., 0]], order=1, mode="nearest")
    return bool((ridge.max(axis=0) > RIDGE).all())
