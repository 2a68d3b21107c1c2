"""What bends may cost: a bound on the pressure that the straight-tube equations leave out.

Secondary flow in a bend raises the friction of developed laminar flow by a factor γ of K = Re √(R κ), R the radius, κ
the curvature: γ = 0.1033 √K (√(1 + 1.729/K) − √(1.729/K))⁻³, 1 below K = 14 (Ito 1969, ZAMM 49:653). In a coronary
artery the flow is not developed: the factor is a bound, and goes into the interval as one. The healthy vessel bends
as well, so that only the difference counts, and that is largest in the lesion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.models import Fluid

SMOOTH_MM: Final = 3.0
"""Standard deviation over which a center line is smoothed before its curvature is taken (own)."""
STRAIGHT: Final = 14.0
"""K below which a bend costs nothing."""


def curvature(points_mm: Array, arc_mm: Array) -> Array:
    """Curvature (n,) in 1/mm of a curve of points (n, 2 or 3)."""
    width = SMOOTH_MM / max(float(np.median(np.diff(arc_mm))), 1e-6)
    smooth = gaussian_filter1d(points_mm, width, axis=0, mode="nearest")
    slope = np.gradient(smooth, arc_mm, axis=0)
    bend = np.gradient(slope, arc_mm, axis=0)
    speed2 = np.maximum(np.sum(slope**2, axis=1), 1e-9)
    across2 = np.maximum(np.sum(bend**2, axis=1) * speed2 - np.sum(slope * bend, axis=1) ** 2, 0.0)
    return np.asarray(np.sqrt(across2) / speed2**1.5)


def friction_factor(dean: Array) -> Array:
    """γ (n,) of K (n,), at least 1."""
    k = np.maximum(dean, STRAIGHT)
    gamma = 0.1033 * np.sqrt(k) * (np.sqrt(1.0 + 1.729 / k) - np.sqrt(1.729 / k)) ** -3
    return np.asarray(np.where(dean > STRAIGHT, np.maximum(gamma, 1.0), 1.0))


def bend_bound(
    points_mm: Array, arc_mm: Array, diameter_mm: Array, reference_mm: Array, flow: Array, fluid: Fluid
) -> float:
    """Largest pressure in Pa that bends may cost beyond what they cost the healthy vessel.

    Args:
        points_mm: (n, 2 or 3) center line.
        arc_mm: (n,) its arc length.
        diameter_mm: (n,) lumen.
        reference_mm: (n,) healthy vessel.
        flow: (n,) in m³/s.
        fluid: Density and viscosity.
    """
    bent = curvature(points_mm, arc_mm)

    def extra(diameter: Array) -> float:
        radius = 5e-4 * diameter
        reynolds = 2.0 * fluid.density_kg_m3 * flow / (np.pi * fluid.viscosity_pa_s * radius)
        more = friction_factor(reynolds * np.sqrt(radius * 1e3 * bent)) - 1.0
        return float(np.trapezoid(more * 8.0 * fluid.viscosity_pa_s * flow / (np.pi * radius**4), 1e-3 * arc_mm))

    return max(extra(diameter_mm) - extra(reference_mm), 0.0)
