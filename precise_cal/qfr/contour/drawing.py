"""A picture of a vessel and of branches that leave it, as one lumen: what a ray crosses is the longer of the chords.

In a plane whose first axis runs along the vessel: chords of round tubes, light behind them, blur in both directions,
scatter, and the logarithm of it all. Between sections of one lumen nothing adds, since they lie at one depth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import gaussian_filter

from precise_cal.qfr.contour.profile import FWHM
from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.profile import Optics

BRANCH: Final = 5
"""Numbers of a branch: where it leaves along the first axis, its angle to that axis, the logarithms of its radius and
of its attenuation, and its bend: so far it lies aside, over the square of the way."""
CUT: Final = 3.0
"""Standard deviations after which the blur is cut off."""


@dataclass(frozen=True, slots=True)
class Tubes:
    """A vessel and its branches, in mm.

    Attributes:
        first: Position along the first axis of the first of n samples of the vessel.
        step: Distance of the samples.
        center: (n,) place across.
        radius: (n,) radius.
        attenuation: In 1/mm.
        branches: (k, 5) as told at ``BRANCH``.
    """

    first: float
    step: float
    center: Array
    radius: Array
    attenuation: float
    branches: Array


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where is drawn: places along (n,) and across (m,), evenly spaced in mm, and what the imaging chain does."""

    along: Array
    across: Array
    optics: Optics

    def drawn(self, tubes: list[Tubes]) -> Array:
        """Absorbances (t, n, m) of several vessels."""
        crossed = np.empty((len(tubes), len(self.along), len(self.across)))
        for each, one in zip(crossed, tubes, strict=True):
            slope = np.gradient(one.center, one.step)
            _cross(
                self.along, self.across, one.first, one.step, one.center, slope, one.radius, one.attenuation,
                one.branches, each,
            )  # fmt: skip
        share = self.optics.scatter
        light = np.exp(crossed / (share - 1.0))
        sigma = self.optics.blur_mm / FWHM / (self.along[1] - self.along[0])
        light = gaussian_filter(light, (0.0, sigma, sigma), mode="nearest", truncate=CUT)
        return np.asarray(-np.log((1.0 - share) * light + share))


@jit
def _cross(
    along: Array, across: Array, first: float, step: float, center: Array, slope: Array, radius: Array,
    attenuation: float, branches: Array, crossed: Array,
) -> None:  # fmt: skip
    """Attenuation times chord at each place: of the vessel, or of a branch where that is more."""
    last = len(center) - 1.001
    for i in range(len(along)):
        here = min(max((along[i] - first) / step, 0.0), last)
        low = int(here)
        share = here - low
        middle = center[low] + share * (center[low + 1] - center[low])
        tilt = slope[low] + share * (slope[low + 1] - slope[low])
        for j in range(len(across)):
            foot = along[i] + (across[j] - middle) * tilt / (1.0 + tilt * tilt)
            place = min(max((foot - first) / step, 0.0), last)
            low = int(place)
            share = place - low
            there = center[low] + share * (center[low + 1] - center[low])
            slant = slope[low] + share * (slope[low + 1] - slope[low])
            wide = radius[low] + share * (radius[low + 1] - radius[low])
            away = (across[j] - there - slant * (along[i] - foot)) / math.sqrt(1.0 + slant * slant)
            crossed[i, j] = 2.0 * attenuation * math.sqrt(max(wide * wide - away * away, 0.0))
    for one in branches:
        place = min(max((one[0] - first) / step, 0.0), last)
        low = int(place)
        origin = center[low] + (place - low) * (center[low + 1] - center[low])
        cosine, sine, wide, dense = math.cos(one[1]), math.sin(one[1]), math.exp(one[2]), math.exp(one[3])
        for i in range(len(along)):
            for j in range(len(across)):
                x, y = along[i] - one[0], across[j] - origin
                out = x * cosine + y * sine
                aside = y * cosine - x * sine - one[4] * out * abs(out)
                inside = wide * wide - aside * aside - min(out, 0.0) ** 2
                if inside > 0.0:
                    crossed[i, j] = max(crossed[i, j], 2.0 * dense * math.sqrt(inside))
