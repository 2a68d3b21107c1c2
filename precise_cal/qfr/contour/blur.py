"""Taking the blur off: the table for traced borders, and the profile model with blur and attenuation estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter, uniform_filter1d

from precise_cal.qfr.contour.along import Lines, Stiffness, fit_along
from precise_cal.qfr.contour.blur_table import BLURS_MM, DIAMETERS_MM, TRACED_MM
from precise_cal.qfr.contour.profile import Optics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

TYPICAL_BLUR_MM, BLUR_SPREAD_MM, KNOWN_SPREAD_MM = 0.45, 0.15, 0.05
"""Blur where the vessel does not tell: systems have 0.3 to 0.6 mm at the isocenter; and how sure a given one is."""
BLURS_TRIED_MM = np.linspace(0.2, 1.0, 9)
SCATTERS_TRIED = np.linspace(0.0, 0.8, 9)
ROUNDS = 2
"""How often blur and scatter are looked for in turn."""
DATA_SHARE = 0.1
"""What the picture says of both counts a tenth: noise is correlated and no spread function a Gaussian (own)."""
LINES = 5
"""Neighboring scan lines that are averaged for the search of the blur."""
MARGIN_MM = 0.8
"""Background that is used on either side."""
OVERLAP = 1.35
OVERLAP_LINES = 9
"""Attenuation this many times that of the vessel's course, on most of 9 lines, tells of another vessel (own)."""
WIDE, SHAPE = 1.6, 2.4
"""From so many blurs on, a vessel begins to tell its attenuation by its shape, and then does so wholly (own)."""
EMPTY, FILLED = 0.5, 0.8
"""Attenuation below that of the course is a narrow vessel, not a wide one that is empty, as these shares are (own)."""
OUTLIER = 2.5
"""Lines whose residual is this many times the median count half (own)."""
LOOSE = Stiffness(attenuation=0.03)
"""An attenuation that may change over 2 mm: other vessels lie over this one, branches beside it (own)."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a picture: how stiff the vessel is, and the share of scatter with its spread."""

    stiffness: Stiffness
    scatter: float
    spread: float


ABSORPTION = Expected(Stiffness(), 1.0 / 3.0, 0.15)
"""Where absorption may be measured: scatter-to-primary ratios of 0.25 to 1 behind a grid (own)."""
DISPLAY = Expected(Stiffness(attenuation=3e-4), 0.5, 0.25)
"""Behind an unknown display curve, which bends and scales absorption as more scatter would (own)."""


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


def unblurred(
    profiles: Array,
    x: Array,
    step_mm: float,
    center: Array,
    traced: Array,
    *,
    densitometry: bool,
    blur_mm: float | None = None,
) -> Fit:
    """Fits the profile model along a vessel.

    Args:
        profiles: (n, m) absorbance.
        x: (m,) positions in mm.
        step_mm: Distance between profiles, one pixel.
        center: (n,) traced center in mm.
        traced: (n,) traced width in mm.
        densitometry: True where attenuation may support narrow diameters.
        blur_mm: Full width at half maximum of the blur that a wider vessel in the same picture told.
    """
    noise = _noise(profiles)
    start = _start(profiles, center, traced)
    independent = noise * np.sqrt(step_mm / (x[1] - x[0]))
    lines = _lines(profiles, x, start, step_mm, independent)
    expected = ABSORPTION if densitometry else DISPLAY
    optics = _optics(profiles, lines, start, expected, blur_mm)
    found, _, misfit = fit_along(lines, start, optics, expected.stiffness)
    rough = np.sqrt(misfit / np.isfinite(lines.profiles).sum(axis=1))
    trust = 1.0 / (1.0 + (rough / (OUTLIER * np.median(rough) + 1e-12)) ** 4)
    found, _, _ = fit_along(lines, found, optics, expected.stiffness, trust)
    loose, _, _ = fit_along(lines, found, optics, LOOSE, trust)
    overlapped = _overlapped(found, loose, optics)
    shaped = np.clip((2.0 * loose[:, 1] / optics.blur_mm - WIDE) / (SHAPE - WIDE), 0.0, 1.0)
    filled = np.clip((loose[:, 2] / found[:, 2] - EMPTY) / (FILLED - EMPTY), 0.0, 1.0)
    share = (shaped * filled)[:, None]
    best = share * loose + (1.0 - share) * found
    diameter = 2.0 * best[:, 1]
    return Fit(best[:, 0], diameter, optics.blur_mm, best[:, 2] * diameter / noise, overlapped)


def _lines(profiles: Array, x: Array, start: Array, step_mm: float, noise: float) -> Lines:
    """The samples that count: the vessel and a margin on either side."""
    window = np.where(np.abs(x - start[:, :1]) <= start[:, 1:2] + MARGIN_MM, profiles, np.nan)
    return Lines(window, x, step_mm, noise)


def _overlapped(found: Array, loose: Array, optics: Optics) -> NDArray[np.bool_]:
    """Where an attenuation that may change quickly is far above its course; narrow parts do not tell it."""
    dense = (loose[:, 2] > OVERLAP * found[:, 2]) & (2.0 * found[:, 1] > WIDE * optics.blur_mm)
    return np.asarray(median_filter(dense, OVERLAP_LINES, mode="nearest"))


def _noise(profiles: Array) -> float:
    """Standard deviation of a pixel, from what changes from line to line but not along the vessel."""
    flat = profiles - gaussian_filter1d(profiles, 2.0, axis=0)
    return float(np.median(np.abs(np.diff(flat, axis=0)))) * 1.05 + 1e-9


def _start(profiles: Array, center: Array, traced: Array) -> Array:
    """Parameters (n, 5) to start from."""
    radius = gaussian_filter1d(0.5 * corrected(traced, TYPICAL_BLUR_MM), 2.0)
    height = profiles.max(axis=1) - profiles.min(axis=1)
    start = np.zeros((len(center), 5))
    start[:, 0], start[:, 1] = gaussian_filter1d(center, 3.0), radius
    start[:, 2] = max(float(np.median(height / (2.0 * radius))), 1e-6)
    start[:, 3] = profiles.min(axis=1)
    return start


def _optics(profiles: Array, lines: Lines, start: Array, expected: Expected, blur_mm: float | None) -> Optics:
    """The most likely blur and scatter: what the vessel tells, together with what is expected."""
    few = slice(LINES // 2, None, LINES)
    averaged = uniform_filter1d(profiles, LINES, axis=0, mode="nearest")[few]
    thinned = _lines(averaged, lines.x, start[few], LINES * lines.step_mm, lines.noise / np.sqrt(LINES))
    usual, spread = (TYPICAL_BLUR_MM, BLUR_SPREAD_MM) if blur_mm is None else (blur_mm, KNOWN_SPREAD_MM)

    def misfit(blur: float, scatter: float) -> float:
        return DATA_SHARE * fit_along(thinned, start[few], Optics(float(blur), float(scatter)), expected.stiffness)[1]

    def blurred(scatter: float) -> float:
        unlikely = ((BLURS_TRIED_MM - usual) / spread) ** 2
        return _lowest(BLURS_TRIED_MM, unlikely + [misfit(blur, scatter) for blur in BLURS_TRIED_MM])

    def scattered(blur: float) -> float:
        unlikely = ((SCATTERS_TRIED - expected.scatter) / expected.spread) ** 2
        return _lowest(SCATTERS_TRIED, unlikely + [misfit(blur, share) for share in SCATTERS_TRIED])

    scatter = expected.scatter
    for _ in range(ROUNDS):
        scatter = scattered(blurred(scatter))
    return Optics(blurred(scatter), scatter)


def _lowest(places: Array, values: Array) -> float:
    """Where evenly spaced values are lowest, by a parabola through three of them."""
    best = int(np.clip(np.argmin(values), 1, len(values) - 2))
    before, here, after = values[best - 1 : best + 2]
    shift = float(np.clip(0.5 * (before - after) / max(before - 2.0 * here + after, 1e-12), -1.0, 1.0))
    return float(places[best] + shift * (places[1] - places[0]))
