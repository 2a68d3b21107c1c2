"""The contour of one vessel segment in one frame: center line, borders, diameters, and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, spline_filter

from precise_cal.language.catalog import message
from precise_cal.qfr.contour.belief import ABSORPTION, DISPLAY
from precise_cal.qfr.contour.bifurcation import cut_off
from precise_cal.qfr.contour.blur import corrected, unblurred
from precise_cal.qfr.contour.borders import borders
from precise_cal.qfr.contour.covered import HIDDEN_MM, outlined, rebuilt
from precise_cal.qfr.contour.curve import arc_length, even, normals, smooth
from precise_cal.qfr.contour.ends import with_ends
from precise_cal.qfr.contour.leaving import branches
from precise_cal.qfr.contour.neighbors import laid_on
from precise_cal.qfr.contour.path import minimal_path, snapped
from precise_cal.qfr.contour.polygon import filled
from precise_cal.qfr.contour.profile import Optics
from precise_cal.qfr.contour.ridge import vesselness
from precise_cal.qfr.contour.scene import SAMPLE_PX, Scene
from precise_cal.qfr.contour.start import Scanned
from precise_cal.qfr.contour.throat import BESIDE_MM, refitted
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.belief import Belief

SNAP_MM = 2.5
"""How far a click may lie from the vessel."""
FIRST_REACH_MM = 3.0
"""Half width of the first scan lines: a vessel of 5 mm and its edge."""
SHORTEST_MM = 5.0
"""A shorter segment has no reference of its own."""
UNSURE_MM, UNSURE = 0.12, 0.25
"""A diameter whose standard deviation is above this, or above this share of it, is not resolved (own)."""
ALONE_MM, MOST = 0.9, 75.0
"""A vessel of which this percentile is narrower tells neither blur nor attenuation: none of it is resolved (own)."""


@dataclass(frozen=True, slots=True)
class Contour:
    """A vessel segment in one frame.

    Attributes:
        midline: (n, 2) points [column, row], from proximal to distal.
        arc_mm: (n,) length along the midline, in the picture, by the one calibration factor.
        left: (n, 2) border points after correction.
        right: (n, 2) border points after correction.
        diameter_mm: (n,) diameter after correction.
        traced_mm: (n,) distance of the traced borders, corrected by the table only.
        spread_mm: (n,) standard deviation of the diameter, by what noise, blur and scatter leave open.
        blur: Full width at half maximum of the blur in mm, as this vessel tells it.
        contrast_to_noise: (n,) vessel against background in units of the noise.
        unresolved: (n,) True where the picture leaves more than 0.12 mm or a quarter of the diameter open, and all
            along a vessel that is narrow everywhere, where nothing else told the blur.
        narrow: True where all of it is so because the vessel is narrow everywhere.
        doubtful: (n,) True where model and traced borders disagree or no model could be fitted.
        covered: (n,) True where a branch that leaves within a lesion hides one border, which the other one tells.
    """

    midline: Array
    arc_mm: Array
    left: Array
    right: Array
    diameter_mm: Array
    traced_mm: Array
    spread_mm: Array
    blur: Belief
    contrast_to_noise: Array
    unresolved: NDArray[np.bool_]
    narrow: bool
    doubtful: NDArray[np.bool_]
    covered: NDArray[np.bool_]

    def part(self, stations: slice) -> Contour:
        """Some of its stations; arc lengths begin with the first of these."""
        kept = {name: getattr(self, name)[stations] for name in ALONG}
        return replace(self, **(kept | {"arc_mm": kept["arc_mm"] - kept["arc_mm"][0]}))


ALONG = (
    "midline", "arc_mm", "left", "right", "diameter_mm", "traced_mm", "spread_mm", "contrast_to_noise", "unresolved",
    "doubtful", "covered",
)  # fmt: skip
"""What a contour has at each of its stations."""


def outline(
    picture: Array,
    mask: NDArray[np.bool_],
    stops: Array,
    mm_per_pixel: float,
    *,
    densitometry: bool,
    blur: Belief | None = None,
    excluded: NDArray[np.bool_] | None = None,
    neighbors: Sequence[Array] = (),
) -> Contour:
    """Finds a vessel segment.

    Args:
        picture: Absorbance, (rows, columns).
        mask: Open field.
        stops: (k, 2) points [column, row] near the vessel, from proximal to distal.
        mm_per_pixel: Size of a pixel.
        densitometry: True where absorption is proportional to contrast, so that it may support narrow diameters.
        blur: Full width at half maximum of the blur in mm where something else in the same picture told it: a wider
            vessel or a catheter; what systems have where not given.
        excluded: (rows, columns) pixels that do not count for borders and diameters: branches and overlap that a person
            left out. The path may run through them; a diameter under them is what its neighbors make of it.
        neighbors: Absorbance of frames beside this one, whose profiles are averaged with its own where they show the
            same vessel.

    Raises:
        QfrError: points outside the open field, or a segment shorter than 5 mm.
    """
    _check(mask, stops)
    speed, width = vesselness(picture, mask, mm_per_pixel)
    clicked = minimal_path(speed, snapped(speed, stops, SNAP_MM / mm_per_pixel))
    if arc_length(even(smooth(clicked, 3.0), 1.0))[-1] * mm_per_pixel < SHORTEST_MM:
        raise QfrError(message("the points are less than { $shortest_mm } mm of vessel apart", shortest_mm=SHORTEST_MM))
    way = with_ends(speed, clicked, mm_per_pixel)
    midline = even(smooth(way.points, 3.0), 1.0)
    scene = Scene(spline_filter(filled(picture, excluded), order=3), width, mm_per_pixel, excluded)
    reach = half = FIRST_REACH_MM / mm_per_pixel
    for _ in range(2):
        left, right = _traced(scene, midline, _offsets(reach))
        midline, widths = _recentered(midline, left, right)
        half = 0.5 * float(np.percentile(widths, 90))
        reach = 1.5 * half + 1.0 / mm_per_pixel
    scene = replace(scene, beside=laid_on(picture, neighbors, midline, half, mm_per_pixel, excluded))
    found = _measured(scene, midline, reach, densitometry=densitometry, blur=blur)
    mouths = cut_off(speed, found.midline, (found.left, found.right), mm_per_pixel)
    if mouths is not None:
        scene = replace(scene, mouths=mouths)
        found = _measured(scene, mouths.midline, reach, densitometry=densitometry, blur=blur)
    optics = Optics(found.blur.mean, (ABSORPTION if densitometry else DISPLAY).scatter.mean)
    return _uncovered(found, picture, speed, scene, optics).part(way.between(found.midline))


def _uncovered(found: Contour, picture: Array, speed: Array, scene: Scene, optics: Optics) -> Contour:
    """The contour with throats beside which branches leave fitted together with these.

    Before, the border that a branch hides within a lesion is taken from the other one.
    """
    mm_per_pixel, borders = scene.mm_per_pixel, (found.left, found.right)
    vessel = outlined(found.midline, np.linalg.norm(found.left - found.right, axis=1), mm_per_pixel)
    leaving, hidden = branches(picture, vessel, mm_per_pixel)
    seen = rebuilt(speed, vessel, borders, hidden, mm_per_pixel)
    if seen is not None:
        found = replace(
            found,
            midline=seen.midline,
            arc_mm=arc_length(seen.midline) * mm_per_pixel,
            left=seen.left,
            right=seen.right,
            diameter_mm=seen.diameter_px * mm_per_pixel,
            spread_mm=np.where(seen.covered, np.hypot(found.spread_mm, HIDDEN_MM), found.spread_mm),
            doubtful=found.doubtful & ~seen.covered,
            covered=seen.covered,
        )
        vessel = replace(outlined(found.midline, seen.diameter_px, mm_per_pixel), narrow=vessel.narrow)
    anew = refitted(
        vessel, found.diameter_mm, leaving, hidden, mm_per_pixel, replace(scene, mouths=None).counted, optics
    )
    if anew is None:
        return found
    across = 0.5 * anew.diameter_mm[:, None] / mm_per_pixel * normals(anew.midline)
    return replace(
        found,
        midline=anew.midline,
        arc_mm=arc_length(anew.midline) * mm_per_pixel,
        left=anew.midline - across,
        right=anew.midline + across,
        diameter_mm=anew.diameter_mm,
        spread_mm=np.where(anew.fitted, np.hypot(anew.spread_mm, BESIDE_MM), found.spread_mm),
        doubtful=found.doubtful & ~anew.fitted,
    )


def _check(mask: NDArray[np.bool_], stops: Array) -> None:
    rows, columns = mask.shape
    for column, row in stops:
        inside = 0 <= column <= columns - 1 and 0 <= row <= rows - 1
        if not inside or not mask[round(row), round(column)]:
            raise QfrError(
                message(
                    "point [{ $column }, { $row }] lies outside the open field of the picture",
                    column=f"{column:g}",
                    row=f"{row:g}",
                )
            )


def _offsets(reach: float) -> Array:
    half = max(int(np.ceil(reach / SAMPLE_PX)), 8)
    return np.arange(-half, half + 1, dtype=np.float64) * SAMPLE_PX


def _traced(scene: Scene, midline: Array, offsets: Array) -> tuple[Array, Array]:
    """Traced borders as offsets in pixels from the midline."""
    profiles = scene.profiles(midline, offsets)
    left, right = borders(
        profiles,
        SAMPLE_PX * scene.mm_per_pixel,
        limit=scene.limits(midline),
        left_out=scene.left_out(midline, offsets),
    )
    return offsets[0] + left * SAMPLE_PX, offsets[0] + right * SAMPLE_PX


def _recentered(midline: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """The midline moved into the middle of the borders, and the widths, both in pixels."""
    shift = gaussian_filter1d(0.5 * (left + right), 2.0)
    moved: Array = midline + shift[:, None] * normals(midline)
    return even(smooth(moved, 3.0), 1.0), np.asarray(right - left, np.float64)


def _measured(scene: Scene, midline: Array, reach: float, *, densitometry: bool, blur: Belief | None) -> Contour:
    offsets, mm_per_pixel = _offsets(reach), scene.mm_per_pixel
    profiles = scene.profiles(midline, offsets)
    left, right = _traced(scene, midline, offsets)
    traced = median_filter((right - left) * mm_per_pixel, 3, mode="nearest")
    center = 0.5 * (left + right) * mm_per_pixel
    x = offsets * mm_per_pixel
    counted = Scanned(profiles, x, mm_per_pixel, scene.left_out(midline, offsets))
    fit = unblurred(counted, center, traced, densitometry=densitometry, blur=blur)
    middle, half = fit.center_mm / mm_per_pixel, 0.5 * fit.diameter_mm / mm_per_pixel
    if scene.mouths is not None:
        middle, half = scene.mouths.closed(middle, half)
    diameter = 2.0 * half * mm_per_pixel
    table = corrected(traced, fit.blur.mean)
    doubtful = np.abs(diameter - table) > 0.25 + 0.25 * table
    narrow = blur is None and float(np.percentile(diameter, MOST)) < ALONE_MM
    across = normals(midline)
    return Contour(
        midline=midline,
        arc_mm=arc_length(midline) * mm_per_pixel,
        left=midline + (middle - half)[:, None] * across,
        right=midline + (middle + half)[:, None] * across,
        diameter_mm=diameter,
        traced_mm=table,
        spread_mm=fit.spread_mm,
        blur=fit.blur,
        contrast_to_noise=fit.contrast_to_noise,
        unresolved=(fit.spread_mm > np.minimum(UNSURE_MM, UNSURE * diameter)) | narrow,
        narrow=narrow,
        doubtful=doubtful,
        covered=np.zeros(len(midline), bool),
    )
