"""R waves in an ECG that a cine file carries: slope energy and a refractory time, after Pan and Tompkins (1985)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

SLOPE_S, WINDOW_S = 0.01, 0.10
"""Smoothing before the slope is taken, and width over which its square is averaged."""
REFRACTORY_S = 0.35
"""No heart beats faster than 170 a minute here (own)."""
SHARE = 0.25
"""Part of the strong beats' energy that a beat must have (own)."""
ONSET = 0.03
"""Part of a beat's steepest squared slope at which its QRS complex begins (own)."""
FEWEST_HZ = 60.0
"""Samples a second below which a QRS complex cannot be told."""


def r_wave_times(ecg: Array, seconds: float) -> Array:
    """Times in seconds at which QRS complexes begin, from the first sample.

    Args:
        ecg: (n,) samples, evenly spaced, in any unit.
        seconds: What they span.
    """
    step = seconds / len(ecg)
    if step * FEWEST_HZ > 1.0 or np.ptp(ecg) == 0.0:
        return np.zeros(0)
    slope = np.gradient(gaussian_filter1d(ecg, max(SLOPE_S / step, 0.5))) ** 2
    energy = uniform_filter1d(slope, max(round(WINDOW_S / step), 1), mode="constant")
    enough = SHARE * float(np.percentile(energy, 99))
    times: list[float] = []
    place = 0
    while place < len(ecg):
        if energy[place] < enough:
            place += 1
            continue
        beat = slice(place, place + max(round(REFRACTORY_S / step), 1))
        steep = slope[beat] > ONSET * slope[beat].max()
        times.append(float(place + np.argmax(steep)) * step)
        place = beat.stop
    return np.array(times)
