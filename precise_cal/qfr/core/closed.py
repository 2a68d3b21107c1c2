"""Closed formulas for the pressure drop, for comparison. SI units; flow may be negative: dP(−Q) = −dP(Q)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

ALPHA_LEAST = 0.05  # inviscid core share at which Huo & Kassab call the flow developed


@jit
def poiseuille(x: Array, radius: Array, flow: Array, viscosity: float) -> Array:
    """Drop in Pa from sample 0 to each sample, shape (n,): ∫ 8μQ/(πR⁴) dx, exact where R is linear and Q constant.

    Hagen–Poiseuille; over a cone ∫dx/R⁴ = L (a² + ab + b²)/(3a³b³).
    """
    drop = 0.0 * x
    for i in range(1, x.size):
        a, b = radius[i - 1], radius[i]
        share = (a * a + a * b + b * b) / (3.0 * (a * b) ** 3)
        drop[i] = drop[i - 1] + 4.0 * viscosity / math.pi * (flow[i - 1] + flow[i]) * share * (x[i] - x[i - 1])
    return drop


@jit
def expansion(area: float, behind: float, flow: float, density: float, factor: float) -> float:
    """Loss in Pa: factor · (ρ/2) (1/As − 1/An)² Q|Q|.

    factor 1: Borda–Carnot, used by Gould (1978, Circ Res 43:242) and Kirkeeide (1986, JACC 7:103); 1.52:
    Young & Tsai 1973
    (J Biomech 6:395).
    """
    return 0.5 * factor * density * (1.0 / area - 1.0 / behind) ** 2 * flow * abs(flow)


@jit
def young_tsai(
    length: float,
    area: float,
    normal: float,
    flow: float,
    density: float,
    viscosity: float,
    factor: float = 1.52,
) -> float:
    """Drop in Pa over a lesion: Kv μ U/D₀ + Kt (ρ/2) (A₀/As − 1)² U|U|, U = Q/A₀.

    Young & Tsai 1973 (J Biomech 6:395); Seeley & Young 1976.

    Kv = 32 (La/D₀) (A₀/As)², La = 0.83 L + 1.64 Ds; areas in m², length in m.
    """
    wide, narrow = math.sqrt(4.0 * normal / math.pi), math.sqrt(4.0 * area / math.pi)
    kv = 32.0 * (0.83 * length + 1.64 * narrow) / wide * (normal / area) ** 2
    return kv * viscosity * flow / (normal * wide) + expansion(area, normal, flow, density, factor)


@jit
def core_integrals(alpha: float) -> tuple[float, float]:
    """The two integrals from α to 1 of Huo et al. 2012 (J R Soc Interface 9:1325): entrance length, diffusive loss.

    By Simpson's rule in ln x. At α = 0.05: 0.142453 and 0.187127.
    """
    steps = 48
    span = -math.log(alpha)
    entrance = diffusive = 0.0
    for k in range(steps + 1):
        x = alpha * math.exp(span * k / steps)
        weight = 1.0 if k in (0, steps) else (4.0 if k % 2 else 2.0)
        top = 1.0 + 4.0 * x + 9.0 * x**2 + 4.0 * x**3
        bottom = (3.0 + 2.0 * x) * (3.0 + 2.0 * x + x**2) ** 2
        entrance += weight * (1.0 - x) * (6.0 + x) * top / (5.0 * bottom)
        diffusive += weight * top / bottom
    return entrance * span / (3.0 * steps), diffusive * span / (3.0 * steps)


@jit
def inviscid_core(length: float, flow: float, density: float, viscosity: float) -> float:
    """Share α of inviscid core at the end of a lesion of ``length`` m; 0 where the flow is developed (α < 0.05)."""
    wanted = math.pi * viscosity * length / (density * abs(flow))
    if core_integrals(ALPHA_LEAST)[0] <= wanted:
        return 0.0
    low, high = ALPHA_LEAST, 1.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        if core_integrals(middle)[0] > wanted:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@jit
def huo_kassab(length: float, area: float, behind: float, flow: float, density: float, viscosity: float) -> float:
    """Drop in Pa over a lesion: diffusive and expansion loss in the form that is continuous in α.

    Huo et al. 2012 (J R Soc Interface 9:1325).

    α → 1 gives Borda–Carnot, α → 0 the expansion of a parabolic profile, ρQ² (1/As − 1/Ad)(1/As − 1/(3Ad)).
    """
    if flow == 0.0:
        return 0.0
    alpha = inviscid_core(length, flow, density, viscosity)
    squared = density * flow * abs(flow)
    entrance, diffusive = core_integrals(max(alpha, ALPHA_LEAST))
    drop = squared / (2.0 * area**2) * 19.2 * diffusive
    if alpha == 0.0:
        rest = length - density * abs(flow) / (math.pi * viscosity) * entrance
        drop += 8.0 * math.pi * viscosity * flow / area**2 * rest
    jump = 1.0 / area - 1.0 / behind
    parabolic = 2.0 * jump * (1.0 / area - 1.0 / (3.0 * behind))
    return drop + 0.5 * squared * (jump**2 + (parabolic - jump**2) * (1.0 - alpha) ** 2)
