"""The lumen in space: at each station a diameter from each view, together an ellipse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d

from precise_cal.qfr.contour.curve import arc_length
from precise_cal.qfr.stereo.curve3d import foreshortening, space_curve
from precise_cal.qfr.stereo.geometry import angle_between
from precise_cal.qfr.stereo.match import matched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.segment import Contour
    from precise_cal.qfr.stereo.geometry import CArm


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """A vessel in space; arrays are (n,) per station unless told.

    Attributes:
        points: (n, 3) center line in mm, patient coordinates of the first view.
        arc_mm: Arc length from the proximal end.
        diameter_mm: Diameter of the circle with the area of the ellipse.
        spread_mm: Standard deviation of the diameter, from those of the two widths.
        widths_mm: (2, n) widths seen from the two views, each with the magnification of its own depth.
        station: (2, n) index of the station in the contour of each view.
        angle_deg: Angle between the views.
        matched: Share of each center line that has a partner in the other view.
        residual_mm: Root mean square miss of matched rays, after the offset.
        offset_mm: (3,) displacement of the patient between the views, as far as it can be seen.
        foreshortening: Share of the length lost in each view.
    """

    points: Array
    arc_mm: Array
    diameter_mm: Array
    spread_mm: Array
    widths_mm: Array
    station: NDArray[np.int64]
    angle_deg: float
    matched: tuple[float, float]
    residual_mm: float
    offset_mm: Array
    foreshortening: tuple[float, float]


def reconstruct(
    arms: tuple[CArm, CArm],
    contours: tuple[Contour, Contour],
    anchors: tuple[Array, Array],
    factors: tuple[float, float],
) -> Reconstruction:
    """Rebuilds a vessel from its contours in two views.

    Args:
        arms: The views.
        contours: The contours.
        anchors: (k, 2) pixels of the same landmarks in the views; may be empty.
        factors: Millimeters per pixel that the contours were measured with.
    """
    lines = (contours[0].midline, contours[1].midline)
    matching = matched(*arms, *lines, anchors, (contours[0].diameter_mm, contours[1].diameter_mm))
    points = space_curve(*arms, *lines, matching)
    offsets = (np.zeros(3), matching.offset_mm)
    widths, spreads, stations = [], [], []
    for arm, contour, offset, factor in zip(arms, contours, offsets, factors, strict=True):
        moved = points + offset
        shadow = arm.project(moved)
        nearest = np.argmin(np.linalg.norm(contour.midline[None] - shadow[:, None], axis=2), axis=1)
        local = np.mean(arm.spacing_mm) / arm.magnification(moved) / factor
        place, there = gaussian_filter1d(nearest.astype(np.float64), 1.0), np.arange(len(contour.midline))
        widths.append(np.interp(place, there, contour.diameter_mm) * local)
        spreads.append(np.interp(place, there, contour.spread_mm) * local / widths[-1])
        stations.append(nearest)
    diameter = np.sqrt(widths[0] * widths[1])
    return Reconstruction(
        points=points,
        arc_mm=arc_length(points),
        diameter_mm=diameter,
        spread_mm=0.5 * diameter * np.hypot(*spreads),
        widths_mm=np.array(widths),
        station=np.array(stations),
        angle_deg=angle_between(*arms),
        matched=(_share(matching.first, len(lines[0])), _share(matching.second, len(lines[1]))),
        residual_mm=matching.residual_mm,
        offset_mm=matching.offset_mm,
        foreshortening=(foreshortening(arms[0], points), foreshortening(arms[1], points)),
    )


def _share(indices: Array | NDArray[np.int64], count: int) -> float:
    return float(indices[-1] - indices[0]) / max(count - 1, 1)
