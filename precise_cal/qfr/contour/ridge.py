"""Vesselness: Jerman's enhancement of bright tubes over several scales (Jerman et al., IEEE TMI 2016, eq. 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

TAU = 0.75
"""Regularization of the larger eigenvalue (value recommended by Jerman 2016)."""
SCALES_MM = (0.35, 0.6, 1.0, 1.6)
"""Standard deviations: radii of coronary arteries."""
HIGHEST = 99.7
"""Percentile of the strengths that stands for the strongest ridges (own)."""
CENTER = 0.3
"""Share of the vesselness that falls off from the center line; the rest is flat inside a wide vessel (own)."""
FLAT_MM = 9.0
"""Width of the window whose mean is taken off first: what is wider is background (own)."""


def vesselness(picture: Array, mask: NDArray[np.bool_], mm_per_pixel: float) -> tuple[Array, Array]:
    """Vesselness 0 to 1 of bright ridges, (rows, columns), 0 outside the mask; and how wide the ridge is there.

    Args:
        picture: Absorbance.
        mask: Open field.
        mm_per_pixel: Size of a pixel.

    Returns:
        Vesselness, and the scale in mm at which the ridge is strongest: about 0.7 times the radius of a wide vessel.
    """
    flat = _without_background(picture, mask, FLAT_MM / mm_per_pixel)
    best, strongest, width = np.zeros_like(flat), np.full_like(flat, -np.inf), np.zeros_like(flat)
    for scale in SCALES_MM:
        strength = _ridge_strength(flat, max(scale / mm_per_pixel, 0.8))
        best = np.maximum(best, _jerman(strength, mask))
        width = np.where(strength > strongest, scale, width)
        strongest = np.maximum(strongest, strength)
    return np.where(mask, best * (1.0 - CENTER + CENTER * _relative(strongest, mask)), 0.0), width


def _relative(strength: Array, mask: NDArray[np.bool_]) -> Array:
    """Strength of the ridge as a share of the strongest ones, 0 to 1: highest on the center line."""
    top = float(np.percentile(strength[mask], HIGHEST)) if mask.any() else 0.0
    return np.clip(strength / top, 0.0, 1.0) if top > 0 else np.zeros_like(strength)


def _without_background(picture: Array, mask: NDArray[np.bool_], width: float) -> Array:
    """The picture minus its local mean inside the mask; 0 outside."""
    size = 2 * round(width / 2) + 1
    weight = uniform_filter(mask.astype(float), size)
    mean = uniform_filter(np.where(mask, picture, 0.0), size) / np.maximum(weight, 1e-6)
    return np.where(mask, picture - mean, 0.0)


def _ridge_strength(flat: Array, sigma: float) -> Array:
    """Minus the most negative eigenvalue of the scaled Hessian: positive on bright ridges."""
    xx, yy, xy = (sigma**2 * gaussian_filter(flat, sigma, order=order) for order in ((0, 2), (2, 0), (1, 1)))
    return np.asarray(-(0.5 * (xx + yy) - np.hypot(0.5 * (xx - yy), xy)))


def _jerman(strength: Array, mask: NDArray[np.bool_]) -> Array:
    top = TAU * float(np.percentile(strength[mask], HIGHEST)) if mask.any() else 0.0
    if top <= 0:
        return np.zeros_like(strength)
    larger = np.maximum(strength, top)
    positive = np.maximum(strength, 0.0)
    response = positive**2 * (larger - positive) * (3.0 / (positive + larger)) ** 3
    return np.where(positive >= 0.5 * larger, 1.0, response)
