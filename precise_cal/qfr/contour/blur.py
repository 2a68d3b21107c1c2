"""Taking the blur off: the table for traced borders, and the profile model with its blur and attenuation estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d

from precise_cal.qfr.contour.blur_table import BLURS_MM, DIAMETERS_MM, TRACED_MM
from precise_cal.qfr.contour.profile import fit_profiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

FWHM = 2.3548
TYPICAL_BLUR_MM = 0.45
"""Blur where the vessel does not tell: middle of 0.3 to 0.6 mm at the isocenter."""
BLUR_RANGE_MM = (0.2, 1.0)
LINES = 5
"""Neighboring scan lines that are averaged before a fit."""
WIDE = 1.6
"""A vessel wider than this many blurs tells blur and attenuation by its shape alone (own)."""
MARGIN_MM = 1.0
"""Background that is used on either side."""
SATURATION = 0.4
"""β below: a third of the light as scatter gives 1/3, hardening the rest."""
OVERLAP = 1.35
OVERLAP_LINES = 9
"""Attenuation this many times that of the vessel's course, on most of 9 lines, tells of another vessel (own)."""
STIFFNESS = 3.0
"""Weight of the attenuation prior relative to the vessel's absorption: strong, as absorption varies slowly."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Result of the profile model along a vessel; arrays are (n,)."""

    center_mm: Array
    diameter_mm: Array
    blur_mm: float
    contrast_to_noise: Array
    overlapped: NDArray[np.bool_]


def corrected(traced_mm: Array, blur_mm: float) -> Array:
    """True diameter for the distance of traced borders at a given blur, from the table (clipped at its ends)."""
    position = np.interp(blur_mm, BLURS_MM, np.arange(len(BLURS_MM)))
    low = min(int(position), len(BLURS_MM) - 2)
    share = position - low
    table = (1.0 - share) * np.array(TRACED_MM[low]) + share * np.array(TRACED_MM[low + 1])
    beyond = np.maximum(traced_mm - table[-1], 0.0)
    return np.asarray(np.interp(traced_mm, table, DIAMETERS_MM) + beyond, np.float64)


def unblurred(profiles: Array, x: Array, center: Array, traced: Array, *, densitometry: bool) -> Fit:
    """Fits the profile model along a vessel.

    Args:
        profiles: (n, m) absorbance.
        x: (m,) positions in mm.
        center: (n,) traced center in mm.
        traced: (n,) traced width in mm.
        densitometry: True where attenuation may support narrow diameters.
    """
    averaged = uniform_filter1d(profiles, LINES, axis=0, mode="nearest")
    start = np.stack([center, 0.5 * corrected(traced, TYPICAL_BLUR_MM)], axis=1)
    window = np.where(np.abs(x - center[:, None]) <= start[:, 1:] + MARGIN_MM, averaged, np.nan)
    guess = _attenuation_guess(window, start[:, 1])
    sigma = _blur(window, x, start, guess) / FWHM
    free = fit_profiles(window, x, start, sigma, guess, 0.0)
    wide = 2.0 * free[:, 1] > WIDE * sigma * FWHM
    prior = _unsaturated(_attenuation(free[:, 2], wide), free[:, 1], wide)
    stiff = float(STIFFNESS * np.median(prior * 2.0 * start[:, 1])) if densitometry else 0.0
    held = fit_profiles(window, x, start, sigma, prior, stiff)
    share = np.clip((2.0 * free[:, 1] / (sigma * FWHM) - 1.6) / 1.6, 0.0, 1.0)
    result = share[:, None] * free + (1.0 - share)[:, None] * held
    noise = np.median(np.abs(np.diff(profiles - gaussian_filter1d(profiles, 2.0, axis=0), axis=0))) * 1.05 + 1e-12
    diameter = 2.0 * result[:, 1]
    dense = wide & (free[:, 2] > OVERLAP * _attenuation(free[:, 2], wide))
    overlapped = median_filter(dense, OVERLAP_LINES, mode="nearest")
    return Fit(result[:, 0], diameter, sigma * FWHM, result[:, 2] * diameter / noise, overlapped)


def _unsaturated(prior: Array, radius: Array, wide: NDArray[np.bool_]) -> Array:
    """Attenuation that narrow parts have, higher than that of the wide ones it was measured on.

    Scatter and beam hardening bend the logarithm, ln((1 − S) exp(−kT) + S) ≈ −kT + ½ β (kT)²; over a circle's chord
    the apparent attenuation is thus lower by about 0.4 β k D.
    """
    diameter = 2.0 * gaussian_filter1d(radius, 3.0)
    if not wide.any():
        return prior
    missing = np.clip(np.percentile(diameter[wide], 75) - diameter, 0.0, None)
    return np.asarray(prior * (1.0 + 0.4 * SATURATION * prior * missing))


def _attenuation_guess(window: Array, radius: Array) -> Array:
    height = np.nanmax(window, axis=1) - np.nanmin(window, axis=1)
    return np.full(len(radius), max(float(np.median(height / (2.0 * radius))), 1e-6))


def _blur(window: Array, x: Array, start: Array, guess: Array) -> float:
    """The blur (full width at half maximum, mm) with the least residual over the wider parts of the vessel."""
    order = np.argsort(-start[:, 1])[: max(len(start) * 2 // 3, 1)]
    chosen = np.sort(order)[::LINES]
    if 2.0 * np.median(start[chosen, 1]) < 1.2:
        return TYPICAL_BLUR_MM
    blurs = np.linspace(*BLUR_RANGE_MM, 9)
    misfit = [
        float(np.median(fit_profiles(window[chosen], x, start[chosen], blur / FWHM, guess[chosen], 0.0)[:, 3]))
        for blur in blurs
    ]
    best = int(np.clip(np.argmin(misfit), 1, len(blurs) - 2))
    before, here, after = misfit[best - 1 : best + 2]
    bend = max(before - 2.0 * here + after, 1e-12)
    shift = float(np.clip(0.5 * (before - after) / bend, -1.0, 1.0))
    return float(np.clip(blurs[best] + shift * (blurs[1] - blurs[0]), *BLUR_RANGE_MM))


def _attenuation(found: Array, wide: NDArray[np.bool_]) -> Array:
    """Attenuation along the vessel: a robust line through the wider parts; their median where they are few."""
    if wide.sum() < LINES:
        return np.full(len(found), float(np.median(found)))
    place = np.linspace(-1.0, 1.0, len(found))
    level = float(np.median(found[wide]))
    line, keep = np.full(len(found), level), wide
    for _ in range(3):
        spread = 1.5 * float(np.median(np.abs(found - line)[wide])) + 1e-9
        keep = wide & (np.abs(found - line) < 2.5 * spread)
        line = np.asarray(np.polyval(np.polyfit(place[keep], found[keep], 1), place))
    return np.asarray(np.maximum(line, 0.3 * level))
