"""Where the fit of a vessel begins: at its traced borders, or narrower where something beside it was traced.

An edge of bone that crosses a narrow vessel is traced in its place. So a second start holds the vessel to a width that
it has nearby, both are fitted, and each line takes the one that fits better: misfit and strain together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, percentile_filter, uniform_filter1d

from precise_cal.qfr.contour.along import Fitted, Lines, fit_along

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.belief import Expected
    from precise_cal.qfr.contour.profile import Optics

MARGIN_MM = 0.8
"""Background that is used on either side."""
NEARBY_MM, NARROW, BULGE = 15.0, 30.0, 1.5
"""Over so far to either side, this percentile of widths, times this, is the widest of the second start (own)."""
TOGETHER = 7
"""Lines that are judged together."""
BETTER = 0.9
"""The second start is taken where it costs less than this share of the first (own)."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """Scan lines across a vessel as the picture has them.

    Attributes:
        profiles: (n, m) absorbance.
        x: (m,) positions in mm.
        step_mm: Distance between lines.
        left_out: (n, m) samples that do not count; None where all do.
    """

    profiles: Array
    x: Array
    step_mm: float
    left_out: NDArray[np.bool_] | None = None

    def thinned(self, lines: int) -> Scanned:
        """Every so many lines, each the mean of its neighbors; what is left out of one of these is left out."""
        few = slice(lines // 2, None, lines)
        means = uniform_filter1d(self.profiles, lines, axis=0, mode="nearest")[few]
        out = None if self.left_out is None else maximum_filter1d(self.left_out, lines, axis=0)[few]
        return Scanned(means, self.x, lines * self.step_mm, out)

    def windowed(self, start: Array, noise: float) -> Lines:
        """The samples that count: the vessel and a margin on either side."""
        counts = np.abs(self.x - start[:, :1]) <= start[:, 1:2] + MARGIN_MM
        if self.left_out is not None:
            counts &= ~self.left_out
        return Lines(np.where(counts, self.profiles, np.nan), self.x, self.step_mm, noise)


def started(scanned: Scanned, first: Array, noise: float, optics: Optics, expected: Expected) -> Array:
    """Parameters (n, 5) to start from, from those (n, 5) of the traced borders."""
    second = first.copy()
    second[:, 1] = np.minimum(first[:, 1], BULGE * _nearby(first[:, 1], scanned.step_mm))
    if np.allclose(first, second):
        return first

    def fitted(start: Array) -> tuple[Array, Array]:
        lines = scanned.windowed(start, noise)
        fit = fit_along(lines, start, optics, expected.stiffness, expected=expected)
        return fit.parameters, _cost(lines, fit)

    (_, wide), (found, narrow) = fitted(first), fitted(second)
    found = np.where(found[:, 1:2] < first[:, 1:2], found, second)
    return np.where((narrow < BETTER * wide)[:, None], found, first)


def _nearby(radius: Array, step_mm: float) -> Array:
    reach = 2 * int(NEARBY_MM / step_mm) + 1
    return np.asarray(gaussian_filter1d(percentile_filter(radius, NARROW, size=reach, mode="nearest"), 2.0))


def _cost(lines: Lines, fit: Fitted) -> Array:
    """Misfit and strain of each line with its neighbors; lines with more samples do not cost more."""
    samples = np.maximum(np.isfinite(lines.profiles).sum(axis=1), 1)
    misfit = fit.misfit / lines.noise**2 / samples * np.median(samples)
    return np.asarray(uniform_filter1d(misfit + fit.strain, TOGETHER, mode="nearest"))
