"""Frame count: when the contrast front arrives at each place along a vessel, to a fraction of a frame.

The vessel is looked for anew in each frame, sideways of where it lies in the analyzed frame, so that the motion of
the heart need not be known. The front is where the contrast passes half of its plateau.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, spline_filter, uniform_filter1d

from precise_cal.qfr.contour.borders import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array

SIDEWAYS_MM = 12.0
"""How far the vessel may have moved sideways between frames: the right coronary artery goes farthest."""
SMOOTH_MM = 2.0
"""Smoothing along the vessel."""
RISE_TO_NOISE = 5.0
"""A place whose contrast rises by less than this many times its noise tells no arrival (own)."""
LEAST_PLACES = 0.5
"""Share of the places that must tell an arrival (own)."""
LEAST_FRAMES = 1.0
"""Frames that a front must take between the ends to be timed at all (own)."""
BACKWARDS = 0.15
"""Share of its time by which the course of a front may run backwards (own)."""
SIGMAS = 4.0
"""Whether the front moves: the slope must be this many times its own standard error (own)."""


@dataclass(frozen=True, slots=True)
class Front:
    """The contrast front along a vessel.

    Attributes:
        arrival_s: (n,) time at which the front arrives; NaN where it cannot be told.
        fitted_s: (n,) the smooth, robust course of it.
        frames: Frames that it takes from the first to the last station.
        velocity_m_s: Length over time.
        told: Share of the stations that tell an arrival.
        scatter_s: Robust standard deviation of the arrivals about the course.
    """

    arrival_s: Array
    fitted_s: Array
    frames: float
    velocity_m_s: float
    told: float
    scatter_s: float


def contrast_map(pictures: Sequence[Array], midline: Array, diameter_px: Array, mm_per_pixel: float) -> Array:
    """Vessel contrast over time and arc, (frames, n).

    Args:
        pictures: Absorbance of each frame.
        midline: (n, 2) center line in the analyzed frame.
        diameter_px: (n,) diameters in pixels.
        mm_per_pixel: Size of a pixel.
    """
    width = max(float(np.median(diameter_px)), 2.0)
    reach = SIDEWAYS_MM / mm_per_pixel
    half = int(np.ceil(reach + 2.0 * width))
    offsets = np.arange(-half, half + 1, dtype=np.float64)
    rows = [_contrast(scan(spline_filter(picture, order=3), midline, offsets), width, reach) for picture in pictures]
    return np.asarray(gaussian_filter1d(np.array(rows), SMOOTH_MM / mm_per_pixel, axis=1))


def _contrast(profiles: Array, width: float, reach: float) -> Array:
    """Best core against its surroundings over the sideways positions, (n,)."""
    core = uniform_filter1d(profiles, max(round(0.6 * width), 1), axis=1)
    flank = round(1.2 * width)
    sides = 0.5 * (np.roll(core, flank, axis=1) + np.roll(core, -flank, axis=1))
    middle, search = profiles.shape[1] // 2, int(reach)
    difference = gaussian_filter1d(core - sides, 2.0, axis=0)
    best = maximum_filter1d(difference, 2 * search + 1, axis=1)
    return np.asarray(best[:, middle])


def find_front(strength: Array, times_s: Array, arc_mm: Array) -> Front | None:
    """The front in a contrast map, or None where no front runs down the vessel.

    Args:
        strength: (frames, n) contrast over time and arc.
        times_s: (frames,) time of each frame.
        arc_mm: (n,) arc length in space.
    """
    arrival = _arrivals(strength, times_s)
    told = np.isfinite(arrival)
    if told.mean() < LEAST_PLACES:
        return None
    fitted, scatter = _course(arrival, arc_mm, told)
    duration = float(fitted[-1] - fitted[0])
    frame_s = float(np.median(np.diff(times_s)))
    reliable = scatter * np.sqrt(_correlated(arc_mm) / told.sum()) * np.sqrt(12.0) * SIGMAS
    back = float(np.max(np.maximum.accumulate(fitted) - fitted))
    if duration < max(LEAST_FRAMES * frame_s, reliable) or back > BACKWARDS * duration:
        return None
    velocity = 1e-3 * float(arc_mm[-1] - arc_mm[0]) / duration
    return Front(arrival, fitted, duration / frame_s, velocity, float(told.mean()), scatter)


def _correlated(arc_mm: Array) -> float:
    """Neighboring stations that tell the same, because of the smoothing."""
    return max(3.5 * SMOOTH_MM / float(np.mean(np.diff(arc_mm))), 1.0)


def _arrivals(strength: Array, times_s: Array) -> Array:
    """First lasting crossing of half the rise at each station, between frames by linear interpolation."""
    frames, places = strength.shape
    smooth = gaussian_filter1d(strength, 0.6, axis=0)
    noise = 1.4826 * np.median(np.abs(np.diff(strength, axis=0)), axis=0) / np.sqrt(2.0) + 1e-12
    low, high = np.percentile(smooth[: max(frames // 3, 2)], 25, axis=0), np.percentile(smooth, 90, axis=0)
    arrival = np.full(places, np.nan)
    for place in range(places):
        if high[place] - low[place] < RISE_TO_NOISE * noise[place]:
            continue
        above = smooth[:, place] > 0.5 * (low[place] + high[place])
        lasting = above & np.append(above[1:], True)
        index = int(np.argmax(lasting))
        if not lasting.any() or index == 0:
            continue
        before, after = smooth[index - 1, place], smooth[index, place]
        share = (0.5 * (low[place] + high[place]) - before) / (after - before)
        arrival[place] = times_s[index - 1] + share * (times_s[index] - times_s[index - 1])
    return arrival


def _course(arrival: Array, arc_mm: Array, told: NDArray[np.bool_]) -> tuple[Array, float]:
    """A robust quartic through the arrivals (bisquare weights), and the scatter about it."""
    x = 2.0 * (arc_mm - arc_mm[0]) / (arc_mm[-1] - arc_mm[0]) - 1.0
    weights, fitted, scatter = told.astype(np.float64), np.full(len(arrival), float(np.nanmedian(arrival))), 0.0
    known = np.where(told, arrival, 0.0)
    for degree in (1, 1, 2, 3, 4):
        fitted = np.polyval(np.polyfit(x, known, degree, w=weights + 1e-9), x)
        away = np.abs(known - fitted)
        scatter = max(1.4826 * float(np.median(away[told])), 1e-4)
        weights = np.where(told, np.clip(1.0 - (away / (4.7 * scatter)) ** 2, 0.0, None), 0.0)
    return np.asarray(fitted), scatter
