"""Where another vessel lies beside this one: its samples are not counted, for its absorption is no background."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.along import Lines

FROM_MM, TO_MM = 0.3, 0.8
"""The flank that is looked at, from the usual border outwards."""
USUAL_MM = 18.0
"""Length over which the median flank is background: a branch at an angle is shorter."""
RISE = 0.4
"""Share of the vessel's contrast by which a flank with a branch stands above its background (own)."""
BEYOND_MM = 1.0
"""So far along the vessel on either side of such a flank it is not counted either (own)."""


def without_branches(lines: Lines, profiles: Array, parameters: Array, least_mm: float) -> Lines:
    """The lines without the flanks on which a branch lies.

    Args:
        lines: Samples that count.
        profiles: (n, m) all samples.
        parameters: (n, 5) of a first fit.
        least_mm: Usual diameter from which on it is done: a narrower vessel is no brighter than bone beside it.
    """
    length = 2 * round(0.5 * USUAL_MM / lines.step_mm) + 1
    center, radius = parameters[:, 0], parameters[:, 1]
    usual = median_filter(radius, length, mode="nearest")
    away = lines.x[None, :] - center[:, None]
    core = gaussian_filter1d(_mean(profiles, np.abs(away) < 0.5 * radius[:, None]), 1.0)
    kept = lines.profiles
    for side in (-1.0, 1.0):
        out = side * away
        flank = _mean(profiles, (out > usual[:, None] + FROM_MM) & (out < usual[:, None] + TO_MM))
        flank = gaussian_filter1d(flank, 1.0)
        background = median_filter(flank, length, mode="nearest")
        branch = flank - background > RISE * np.median(core - background)
        branch &= 2.0 * usual > least_mm
        near = maximum_filter1d(branch, 2 * round(BEYOND_MM / lines.step_mm) + 1)
        kept = np.where(near[:, None] & (out > np.minimum(radius, usual)[:, None]), np.nan, kept)
    return replace(lines, profiles=kept)


def _mean(profiles: Array, where: NDArray[np.bool_]) -> Array:
    """Mean of each line where asked for; the line's own mean where that is nowhere."""
    count = where.sum(axis=1)
    total = np.where(where, profiles, 0.0).sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), profiles.mean(axis=1)))
