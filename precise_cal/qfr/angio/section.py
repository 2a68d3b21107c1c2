"""What the views leave open of a cross-section that is no circle.

Two widths do not fix an ellipse: it has two axes and a direction. Where both views look at the narrow sides of a lumen,
its area is larger than the product of the widths says, and the other way round. So ellipses are drawn from what
lumens are like (the ratio of their axes, any direction), those that would show the ratio of widths that was seen are
kept, and the distribution of the diameter of equal area, as a multiple of the one from the product of the widths,
goes into the interval. Views at right angles along the axes leave little open, one view leaves much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.qfr.contour.curve import tangents

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.lesions import Lesion
    from precise_cal.qfr.stereo.geometry import CArm

AXES_SPREAD: Final = 0.35
"""Standard deviation of the logarithm of the ratio of axes of a diseased lumen: nearly all are within 2 to 1 (own)."""
WIDTH_ERROR: Final = 0.05
"""Standard deviation of the logarithm of the ratio of two widths, by contours and calibration (own)."""
DRAWN, SEED, LEVELS = 2000, 20260226, 41
DISEASED: Final = 0.20
"""Share of the reference from which on a lumen counts as diseased altogether; the healthy vessel is round (own)."""


def seen_across(arms: tuple[CArm, CArm], points: Array, offset_mm: Array) -> Array:
    """Angle (n,) in radians, 0 to π, between the directions across the vessel in which two views measure its width.

    Args:
        arms: The views.
        points: (n, 3) center line in mm, as in the first view.
        offset_mm: (3,) displacement of the patient in the second view.
    """
    along = tangents(points)
    first, second = (
        _across(along, points + moved - arm.source) for arm, moved in zip(arms, (np.zeros(3), offset_mm), strict=True)
    )
    sine, cosine = np.sum(np.cross(first, second) * along, axis=1), np.sum(first * second, axis=1)
    return np.asarray(np.mod(np.arctan2(sine, cosine), np.pi))


def _across(along: Array, rays: Array) -> Array:
    across = np.cross(along, rays)
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9))


def left_open(widths_mm: Array, angle: Array | None) -> Array:
    """Quantiles (n, 41), evenly spaced, of the true diameter of equal area over that of the product of the widths.

    Args:
        widths_mm: (views, n) widths; one or two views.
        angle: (n,) angle between the directions across which they were seen; None with one view.
    """
    random = np.random.default_rng(SEED)
    axes = AXES_SPREAD * random.standard_normal(DRAWN)
    turned = np.pi * random.random(DRAWN)
    levels = np.linspace(0.0, 1.0, LEVELS)
    if angle is None:
        factors = np.exp(-np.log(_width(axes, turned)))
        return np.tile(np.quantile(factors, levels), (widths_mm.shape[1], 1))
    first, seen = _width(axes, turned), np.log(widths_mm[0] / widths_mm[1])
    found = np.empty((widths_mm.shape[1], LEVELS))
    for k in range(len(found)):
        second = _width(axes, turned - angle[k])
        away = (np.log(first / second) - seen[k]) / WIDTH_ERROR
        weight = np.exp(-0.5 * (away**2 - np.min(away**2)))
        factor = 1.0 / np.sqrt(first * second)
        order = np.argsort(factor)
        share = np.cumsum(weight[order])
        found[k] = np.interp(levels * share[-1], share, factor[order])
    return found


def _width(axes: Array, turned: Array) -> Array:
    """Width, seen turned, of an ellipse with the area of a circle of diameter 1; ``axes``: logarithm of their ratio."""
    return np.asarray(np.sqrt(np.exp(axes) * np.cos(turned) ** 2 + np.exp(-axes) * np.sin(turned) ** 2))


def shape_quantiles(
    lesions: tuple[Lesion, ...], diameter_mm: Array, reference_mm: Array, widths_mm: Array, angle: Array | None
) -> Array:
    """(n, 41) quantiles as in ``left_open`` within the lesions, 1 elsewhere: the healthy vessel is round.

    Where a lumen is hardly narrowed, what is open comes in gradually, up to a fifth of the reference.
    """
    found = np.ones((diameter_mm.size, LEVELS))
    for lesion in lesions:
        inside = slice(lesion.first, lesion.last + 1)
        diseased = np.clip((1.0 - diameter_mm[inside] / reference_mm[inside]) / DISEASED, 0.0, 1.0)
        factors = left_open(widths_mm[:, inside], None if angle is None else angle[inside])
        found[inside] = 1.0 + diseased[:, None] * (factors - 1.0)
    return found
