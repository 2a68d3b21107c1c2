"""The healthy vessel.

A taper fitted through the undiseased parts, steps at side branches, or segments that a user calls healthy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.ndimage import grey_opening

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.lumen import Lumen

BranchLaw = Literal["murray", "huo-kassab", "finet"]
EXPONENT: Final[dict[str, float]] = {"murray": 3.0, "huo-kassab": 7.0 / 3.0}
FINET: Final = 0.678
ROUNDS: Final = 30
TUNING: Final = 4.685  # Tukey's bisquare, 95 % efficient on normal residuals
LEAST_SCALE_MM: Final = 0.03  # own
WINDOW_MM: Final = 2.0  # own: of vessel that an outline is averaged over
WIDER: Final = 1.05  # own: a line that the lumen exceeds by this factor ...
WIDER_SHARE: Final = 0.10  # ... over this share of the vessel does not describe it
WIDEST_MM: Final = 20.0  # own: no coronary artery begins wider
BISECTIONS: Final = 50
MOUTH_MM: Final = 6.0  # own: a healthy stretch of a vessel is longer; what is wider over less is the mouth of a branch
LEAST_MOUTHS: Final = 3  # own: so many times that length a vessel must have to tell
LONGEST_MM: Final = 1000.0  # own: no coronary artery is longer
WIDEST_MOUTH: Final = 1.5  # own: of the line; what is wider is no mouth, and the line no reference
GRID_MM: Final = 0.25
LEAST_SHARE: Final = 0.5  # own: of the mean diameter, where a line that falls steeply is cut


@dataclass(frozen=True, slots=True)
class SideBranch:
    """A side branch that leaves at ``position_mm`` with a reference diameter of ``diameter_mm``."""

    position_mm: float
    diameter_mm: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.diameter_mm) and self.diameter_mm > 0.0):
            raise QfrError(
                message(
                    "side branch at { $position_mm } mm: diameter { $diameter_mm } mm; above 0 is wanted",
                    position_mm=f"{self.position_mm:g}",
                    diameter_mm=f"{self.diameter_mm:g}",
                )
            )


def mother_diameter(first_mm: float, second_mm: float, law: BranchLaw) -> float:
    """Diameter in mm of the vessel that divides into two.

    Murray 1926 (PNAS 12:207): D³ = D₁³ + D₂³; Huo & Kassab 2009 (Biophys J 96:339): exponent 7/3; Finet et al. 2007
    (EuroIntervention 3:490): D = 0.678 (D₁ + D₂).
    """
    if law == "finet":
        return FINET * (first_mm + second_mm)
    power = EXPONENT[law]
    return float((first_mm**power + second_mm**power) ** (1.0 / power))


def daughter_diameter(mother_mm: float, branch_mm: float, law: BranchLaw) -> float:
    """Diameter in mm in which the vessel goes on behind a side branch.

    Raises:
        QfrError: the law leaves nothing for the vessel.
    """
    if law == "finet":
        rest = mother_mm / FINET - branch_mm
    else:
        power = EXPONENT[law]
        rest = max(mother_mm**power - branch_mm**power, 0.0) ** (1.0 / power)
    if rest <= 0.0:
        raise QfrError(
            message(
                "side branch of { $branch_mm } mm: leaves nothing of a vessel of { $mother_mm } mm by { $law }",
                branch_mm=f"{branch_mm:g}",
                mother_mm=f"{mother_mm:g}",
                law=law,
            )
        )
    return float(rest)


def fit_taper(lumen: Lumen, healthy_mm: tuple[tuple[float, float], ...] = ()) -> Array:
    """Reference diameters in mm, shape (n,): a straight line that does not widen, fitted to the undiseased samples.

    Bisquare regression, started by least squares; samples below the line count as disease and lose their
    weight at half the
    distance at which samples above it do. Where a line does not describe the vessel, its
    outline is taken; what is wider over less than 6 mm does not count for that.
    With ``healthy_mm`` (from, to) the line goes
    through the samples of these segments alone, by least squares.

    Raises:
        QfrError: a healthy segment runs backwards, or all of them hold fewer than two samples.
    """
    s, d = lumen.position_mm, lumen.diameter_mm
    weight = _cell_widths(s)
    if healthy_mm:
        return _line(s, d, weight * _inside(lumen, healthy_mm))
    fitted = _line(s, d, weight)
    for _ in range(ROUNDS):
        residual = np.where(d < fitted, 2.0, 1.0) * (d - fitted)
        scale = max(1.4826 * float(np.median(np.abs(residual))), LEAST_SCALE_MM)
        trust = np.clip(1.0 - (residual / (TUNING * scale)) ** 2, 0.0, None) ** 2
        if np.count_nonzero(trust) < 2:
            break
        fitted = _line(s, d, weight * trust)
    smooth = _moving_mean(s, d)
    counted = smooth if (smooth > WIDEST_MOUTH * fitted).any() else _without_bulges(s, smooth)
    wider = weight @ (counted > WIDER * fitted) / weight.sum()
    return _envelope(smooth) if wider > WIDER_SHARE else fitted


def _without_bulges(s: Array, d: Array) -> Array:
    """The outline without what is wider than both of its neighbors over a few millimeters: the mouth of a branch."""
    length = float(s[-1] - s[0])
    if not LEAST_MOUTHS * MOUTH_MM <= length <= LONGEST_MM:
        return d
    grid = np.arange(s[0], s[-1] + GRID_MM, GRID_MM)
    opened = grey_opening(np.interp(grid, s, d), 2 * round(0.5 * MOUTH_MM / GRID_MM) + 1, mode="nearest")
    return np.asarray(np.minimum(d, np.interp(s, grid, opened)), np.float64)


def _inside(lumen: Lumen, healthy_mm: tuple[tuple[float, float], ...]) -> Array:
    """1 at the samples within the segments, 0 elsewhere, shape (n,)."""
    _check_segments(healthy_mm)
    s = lumen.position_mm
    inside = np.any([(s >= low) & (s <= high) for low, high in healthy_mm], axis=0)
    if np.count_nonzero(inside) < 2:
        raise QfrError(
            message(
                "healthy segments { $healthy_mm } mm: hold fewer than two samples of the lumen",
                healthy_mm=list(healthy_mm),
            )
        )
    return np.asarray(inside, np.float64)


def _check_segments(segments_mm: tuple[tuple[float, float], ...]) -> None:
    for low, high in segments_mm:
        if not -math.inf < low < high < math.inf:
            raise QfrError(
                message(
                    "healthy segment { $low }:{ $high } mm: from proximal to distal is wanted, two finite numbers",
                    low=f"{low:g}",
                    high=f"{high:g}",
                )
            )


def _envelope(d: Array) -> Array:
    """The narrowest outline that holds the lumen and does not widen."""
    outline: Array = np.maximum.accumulate(d[::-1])[::-1]
    return outline


def _moving_mean(s: Array, d: Array) -> Array:
    """Mean over ``WINDOW_MM`` around each sample, over what there is of it at the ends."""
    area = np.concatenate(([0.0], np.cumsum(0.5 * (d[1:] + d[:-1]) * np.diff(s))))
    low, high = np.maximum(s - 0.5 * WINDOW_MM, s[0]), np.minimum(s + 0.5 * WINDOW_MM, s[-1])
    mean: Array = (np.interp(high, s, area) - np.interp(low, s, area)) / (high - low)
    return mean


def _cell_widths(s: Array) -> Array:
    return np.gradient(s)


def _line(s: Array, d: Array, weight: Array) -> Array:
    """Weighted least squares line, level where it would widen."""
    total = weight.sum()
    middle, mean = (weight * s).sum() / total, (weight * d).sum() / total
    spread = (weight * (s - middle) ** 2).sum()
    slope = (weight * (s - middle) * (d - mean)).sum() / spread if spread > 0.0 else 0.0
    line: Array = np.maximum(mean + min(slope, 0.0) * (s - middle), LEAST_SHARE * mean)
    return line


def step_down(
    lumen: Lumen,
    branches: tuple[SideBranch, ...],
    law: BranchLaw = "huo-kassab",
    inlet_mm: float | None = None,
) -> Array:
    """Reference diameters in mm, shape (n,), constant between side branches.

    Each of which narrows the vessel by ``law``.

    ``inlet_mm`` is the reference at the proximal end; the median diameter ahead of the first branch where it
    is None.

    Raises:
        QfrError: a branch lies outside the lumen or leaves nothing for the vessel, or the inlet is not above 0.
    """
    if inlet_mm is not None and not (math.isfinite(inlet_mm) and inlet_mm > 0.0):
        raise QfrError(message("inlet diameter: { $inlet_mm } mm; above 0 is wanted", inlet_mm=f"{inlet_mm:g}"))
    s = lumen.position_mm
    ordered = sorted(branches, key=lambda branch: branch.position_mm)
    for branch in ordered:
        if not s[0] < branch.position_mm < s[-1]:
            raise QfrError(
                message(
                    "side branch at { $position_mm } mm: outside the lumen, { $s } to { $s_2 } mm",
                    position_mm=f"{branch.position_mm:g}",
                    s=f"{s[0]:g}",
                    s_2=f"{s[-1]:g}",
                )
            )
    ahead = s <= (ordered[0].position_mm if ordered else s[-1])
    current = float(np.median(lumen.diameter_mm[ahead])) if inlet_mm is None else inlet_mm
    reference = np.full(s.size, current)
    for branch in ordered:
        current = daughter_diameter(current, branch.diameter_mm, law)
        reference[s > branch.position_mm] = current
    return reference


def by_hand(
    lumen: Lumen,
    healthy_mm: tuple[tuple[float, float], ...],
    branches: tuple[SideBranch, ...],
    law: BranchLaw,
) -> Array | None:
    """Reference diameters in mm, shape (n,), as a person sets them; None where nobody does.

    Healthy segments alone give a taper, branches alone steps from the median ahead of the first, both together steps
    whose mean over the healthy segments is that of the lumen.

    Raises:
        QfrError: as in ``fit_taper`` and ``step_down``.
    """
    if not branches:
        return fit_taper(lumen, healthy_mm) if healthy_mm else None
    if not healthy_mm:
        return step_down(lumen, branches, law)
    inside = _inside(lumen, healthy_mm)
    weight = _cell_widths(lumen.position_mm) * inside
    wanted = float(weight @ lumen.diameter_mm / weight.sum())

    def mean(inlet_mm: float) -> float:
        try:
            return float(weight @ step_down(lumen, branches, law, inlet_mm) / weight.sum())
        except QfrError:
            return 0.0  # too narrow for its branches

    step_down(lumen, branches, law, WIDEST_MM)
    low, high = 0.0, WIDEST_MM
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if mean(middle) < wanted else (low, middle)
    return step_down(lumen, branches, law, high)
