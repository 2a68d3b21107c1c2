"""Taking the blur off: the table for traced borders, and the profile model with blur and attenuation estimated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter

from precise_cal.qfr.contour.along import Fitted, fit_along
from precise_cal.qfr.contour.belief import ABSORPTION, DISPLAY, LOOSE, SYSTEMS, Belief, Expected
from precise_cal.qfr.contour.blur_table import BLURS_MM as TABLE_MM
from precise_cal.qfr.contour.blur_table import DIAMETERS_MM, TRACED_MM
from precise_cal.qfr.contour.branches import without_branches
from precise_cal.qfr.contour.profile import Optics
from precise_cal.qfr.contour.start import Scanned, started

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.along import Lines

LINES = 5
"""Neighboring scan lines that are averaged where a start, blur and scatter are looked for."""
WIDE, SHAPE = 1.6, 2.4
"""From so many blurs on, a vessel begins to tell its attenuation by its shape, and then does so wholly (own)."""
EMPTY, FILLED = 0.6, 0.85
"""Attenuation below that of the course is a narrow vessel, not a wide one that is empty, as these shares are (own)."""
OUTLIER = 2.5
"""Lines whose residual is this many times the median count half (own)."""
PATCH_MM = 0.8
"""Width of the patches on which noise is measured (own)."""
MEDIAN = 0.6745
"""Median of the absolute value of a normal variable, in standard deviations."""
BLURS_MM = (0.3, 0.5, 0.8)
"""Where the search for blur begins: a wrong one may be a valley of its own."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Result of the profile model along a vessel; arrays are (n,).

    Attributes:
        center_mm: Center on the scan line.
        diameter_mm: Diameter.
        spread_mm: Its standard deviation, by what noise, blur and scatter leave open.
        blur: Full width at half maximum of the blur in mm.
        contrast_to_noise: Vessel against background in units of the noise.
    """

    center_mm: Array
    diameter_mm: Array
    spread_mm: Array
    blur: Belief
    contrast_to_noise: Array


def corrected(traced_mm: Array, blur_mm: float) -> Array:
    """True diameter for the distance of traced borders at a given blur, from the table (clipped at its ends)."""
    position = np.interp(blur_mm, TABLE_MM, np.arange(len(TABLE_MM)))
    low = min(int(position), len(TABLE_MM) - 2)
    share = position - low
    table = (1.0 - share) * np.array(TRACED_MM[low]) + share * np.array(TRACED_MM[low + 1])
    beyond = np.maximum(traced_mm - table[-1], 0.0)
    return np.asarray(np.interp(traced_mm, table, DIAMETERS_MM) + beyond, np.float64)


def unblurred(
    scanned: Scanned,
    center: Array,
    traced: Array,
    *,
    densitometry: bool,
    blur: Belief | None = None,
) -> Fit:
    """Fits the profile model along a vessel.

    Args:
        scanned: The scan lines, one pixel apart.
        center: (n,) traced center in mm.
        traced: (n,) traced width in mm.
        densitometry: True where attenuation may support narrow diameters.
        blur: Full width at half maximum of the blur in mm, where something else in the same picture told it.
    """
    expected = ABSORPTION if densitometry else DISPLAY
    expected = expected if blur is None else replace(expected, blur=blur)
    profiles = scanned.profiles
    noise, independent = _noise(profiles), _grain(profiles, scanned.x)
    start, seen = _looked(scanned, independent, _start(profiles, center, traced), expected)
    lines = scanned.windowed(start, independent)
    first = fit_along(lines, start, seen.optics, expected.stiffness, expected=expected)
    lines = without_branches(lines, profiles, first.parameters, SHAPE * seen.optics.blur_mm)
    found, loose = _fitted(lines, first.parameters, seen.optics, expected)
    share = _shaped(found.parameters, loose.parameters, seen.optics)
    best = share[:, None] * loose.parameters + (1.0 - share)[:, None] * found.parameters
    diameter, covariance = 2.0 * best[:, 1], seen.optics_covariance()
    spread = 2.0 * np.where(share > 0.5, loose.radius_spread(covariance), found.radius_spread(covariance))
    told = Belief(seen.optics.blur_mm, float(np.sqrt(covariance[0, 0])))
    return Fit(best[:, 0], diameter, spread, told, best[:, 2] * diameter / noise)


def _looked(scanned: Scanned, noise: float, start: Array, expected: Expected) -> tuple[Array, Fitted]:
    """Where to start (n, 5), and a fit that tells the optics, from a few lines that are means of their neighbors."""
    few = slice(LINES // 2, None, LINES)
    thin, grain = scanned.thinned(LINES), noise / np.sqrt(LINES)
    usual = Optics(expected.blur.mean, expected.scatter.mean)
    chosen = started(thin, start[few], grain, usual, expected)
    lines = thin.windowed(chosen, grain)
    fits = [
        fit_along(lines, chosen, replace(usual, blur_mm=blur), expected.stiffness, expected=expected, free=True)
        for blur in BLURS_MM
    ]
    seen = min(fits, key=lambda fit: fit.objective)
    everywhere, there = np.arange(len(start)), np.arange(len(start))[few]
    moved = np.array([np.interp(everywhere, there, column) for column in (chosen - start[few]).T]).T
    return start + moved, seen


def _fitted(lines: Lines, start: Array, optics: Optics, expected: Expected) -> tuple[Fitted, Fitted]:
    """The vessel with a stiff attenuation and with a loose one; lines that fit badly count less."""
    first = fit_along(lines, start, optics, expected.stiffness, expected=expected)
    rough = np.sqrt(first.misfit / np.maximum(np.isfinite(lines.profiles).sum(axis=1), 1))
    trust = 1.0 / (1.0 + (rough / (OUTLIER * np.median(rough) + 1e-12)) ** 4)
    found = fit_along(lines, first.parameters, optics, expected.stiffness, trust=trust, expected=expected)
    return found, fit_along(lines, found.parameters, optics, LOOSE, trust=trust)


def _shaped(found: Array, loose: Array, optics: Optics) -> Array:
    """How much (n,) the loose fit counts: where a vessel is wide enough to tell its attenuation, and filled."""
    shaped = np.clip((2.0 * loose[:, 1] / optics.blur_mm - WIDE) / (SHAPE - WIDE), 0.0, 1.0)
    filled = np.clip((loose[:, 2] / found[:, 2] - EMPTY) / (FILLED - EMPTY), 0.0, 1.0)
    return np.asarray(shaped * filled)


def _noise(profiles: Array) -> float:
    """Standard deviation of a pixel, from what changes from line to line but not along the vessel."""
    flat = profiles - gaussian_filter1d(profiles, 2.0, axis=0)
    return float(np.median(np.abs(np.diff(flat, axis=0)))) * 1.05 + 1e-9


def _grain(profiles: Array, x: Array) -> float:
    """Standard deviation that independent samples would need to vary as much as means over the width of a vessel do.

    Noise is correlated, and background is noise too: it is measured as the bend along the vessel of means over patches.
    """
    wide = max(int(PATCH_MM / (x[1] - x[0])), 1)
    patches = uniform_filter(profiles, (LINES, wide), mode="nearest")[LINES // 2 :: LINES, wide // 2 :: wide]
    bend = patches[:-2] - 2.0 * patches[1:-1] + patches[2:]
    return float(np.median(np.abs(bend)) / MEDIAN * np.sqrt(LINES * wide / 6.0)) + 1e-9


def _start(profiles: Array, center: Array, traced: Array) -> Array:
    """Parameters (n, 5) to start from."""
    radius = gaussian_filter1d(0.5 * corrected(traced, SYSTEMS.mean), 2.0)
    height = profiles.max(axis=1) - profiles.min(axis=1)
    start = np.zeros((len(center), 5))
    start[:, 0], start[:, 1] = gaussian_filter1d(center, 3.0), radius
    start[:, 2] = max(float(np.median(height / (2.0 * radius))), 1e-6)
    start[:, 3] = profiles.min(axis=1)
    return start
