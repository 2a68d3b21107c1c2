"""The contour of one vessel segment in one frame: center line, borders, diameters, and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, spline_filter

from precise_cal.language.catalog import message
from precise_cal.qfr.contour.bifurcation import Mouths, cut_off
from precise_cal.qfr.contour.blur import corrected, unblurred
from precise_cal.qfr.contour.borders import borders, scan
from precise_cal.qfr.contour.covered import HIDDEN_MM, rebuilt
from precise_cal.qfr.contour.curve import arc_length, even, normals, smooth
from precise_cal.qfr.contour.ends import with_ends
from precise_cal.qfr.contour.neighbors import laid_on
from precise_cal.qfr.contour.path import minimal_path, snapped
from precise_cal.qfr.contour.polygon import filled
from precise_cal.qfr.contour.ridge import vesselness
from precise_cal.qfr.contour.start import Scanned
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.belief import Belief
    from precise_cal.qfr.contour.neighbors import Laid

SNAP_MM = 2.5
"""How far a click may lie from the vessel."""
SAMPLE_PX = 0.25
FIRST_REACH_MM = 3.0
"""Half width of the first scan lines: a vessel of 5 mm and its edge."""
REACH, REACH_MM, STEADY = 2.0, 0.5, 21
"""Borders lie within twice the scale of the ridge and half a millimeter; the scale is a median over 21 points (own)."""
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
    scene = _Scene(spline_filter(filled(picture, excluded), order=3), width, mm_per_pixel, excluded)
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
    return _uncovered(found, picture, speed, mm_per_pixel).part(way.between(found.midline))


@dataclass(frozen=True, slots=True)
class _Scene:
    """A picture ready for scan lines.

    Spline coefficients, width of the ridge in mm, scale, what is left out, and the frames beside it.
    """

    coefficients: Array
    width_mm: Array
    mm_per_pixel: float
    excluded: NDArray[np.bool_] | None
    mouths: Mouths | None = None
    beside: tuple[Laid, ...] = ()

    def profiles(self, midline: Array, offsets: Array) -> Array:
        """(n, m) scan lines across a midline, the mean of all frames."""
        across = normals(midline)
        frames = [scan(self.coefficients, midline, offsets, across=across)]
        frames += [one.profiles(midline, across, offsets) for one in self.beside]
        return np.asarray(np.nanmean(frames, axis=0))

    def left_out(self, midline: Array, offsets: Array) -> NDArray[np.bool_] | None:
        """(n, m) samples of scan lines that do not count; None where all do."""
        by_mouths = None if self.mouths is None else self.mouths.left_out(offsets)
        if self.excluded is None:
            return by_mouths
        by_hand = scan(self.excluded.astype(np.float64), midline, offsets, order=0) > 0.5
        return by_hand if by_mouths is None else by_hand | by_mouths

    def limits(self, midline: Array) -> Array:
        """(n,) samples from the midline beyond which no border of the ridge there can lie."""
        column, row = np.rint(midline).astype(int).T
        rows, columns = self.width_mm.shape
        found = self.width_mm[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        usual = median_filter(found, STEADY, mode="nearest")
        return np.asarray((REACH * usual + REACH_MM) / self.mm_per_pixel / SAMPLE_PX)


def _uncovered(found: Contour, picture: Array, speed: Array, mm_per_pixel: float) -> Contour:
    """The contour with the border that a branch hides within a lesion taken from the other one."""
    seen = rebuilt(picture, speed, found.midline, (found.left, found.right), mm_per_pixel)
    if seen is None:
        return found
    spread = np.where(seen.covered, np.hypot(found.spread_mm, HIDDEN_MM), found.spread_mm)
    return replace(
        found,
        midline=seen.midline,
        arc_mm=arc_length(seen.midline) * mm_per_pixel,
        left=seen.left,
        right=seen.right,
        diameter_mm=seen.diameter_px * mm_per_pixel,
        spread_mm=spread,
        doubtful=found.doubtful & ~seen.covered,
        covered=seen.covered,
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


def _traced(scene: _Scene, midline: Array, offsets: Array) -> tuple[Array, Array]:
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


def _measured(scene: _Scene, midline: Array, reach: float, *, densitometry: bool, blur: Belief | None) -> Contour:
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
