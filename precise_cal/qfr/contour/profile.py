"""A model of the profile across a vessel: light absorbed along a circle's chord, blurred, with scatter, as a logarithm.

Isoplanatic parallel-beam model. The primary light behind the chord T = 2 sqrt(r² − (x − c)²) is exp(−k T / (1 − S)),
folded with a Gaussian G of standard deviation s; a share S of all light is scatter, so that the absorbance is
−ln((1 − S) G * exp(−k T / (1 − S)) + S) + b0 + b1 x, and k T where the vessel is thin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

FWHM = 2.3548
"""Full width at half maximum of a Gaussian in standard deviations."""
NODES = 48
_ANGLES = (np.arange(1, NODES + 1)) * np.pi / (NODES + 1)
COSINES, SINES = np.cos(_ANGLES), np.sin(_ANGLES)
WEIGHTS = np.pi / (NODES + 1) * np.sin(_ANGLES) ** 2
"""Gauss–Chebyshev quadrature of the second kind: integrates sqrt(1 − t²) f(t) over −1 to 1."""
PARAMETERS = 5
"""Of a line: center and radius in mm, attenuation k in 1/mm, b0, b1 in 1/mm."""
SLOPES = PARAMETERS + 2
"""And blur in mm and scatter, which all lines share."""


@dataclass(frozen=True, slots=True)
class Optics:
    """What the imaging chain does to a vessel.

    Attributes:
        blur_mm: Full width at half maximum of the Gaussian blur.
        scatter: S, the share of scatter in the light; hardening of the beam has the same effect and is in it.
    """

    blur_mm: float
    scatter: float


def evaluate(profiles: Array, x: Array, p: Array, optics: Optics) -> tuple[Array, Array, Array]:
    """Least squares of the model against profiles, to first order in its parameters.

    Args:
        profiles: (n, m) absorbance; NaN where a sample does not count.
        x: (m,) positions in mm.
        p: (n, 5) center, radius, k, b0, b1.
        optics: Blur and scatter.

    Returns:
        Jᵀr (n, 7), JᵀJ (n, 7, 7), and the sum of squared residuals (n,); the last two columns are blur and scatter.
    """
    gradient, normal = np.empty((len(p), SLOPES)), np.empty((len(p), SLOPES, SLOPES))
    misfit = np.empty(len(p))
    sigma, scatter = optics.blur_mm / FWHM, optics.scatter
    _evaluate(profiles, x, p, sigma, scatter, COSINES, SINES, WEIGHTS, gradient, normal, misfit)
    return gradient, normal, misfit


@jit
def _evaluate(
    profiles: Array, x: Array, p: Array, sigma: float, scatter: float, cosines: Array, sines: Array, weights: Array,
    gradient: Array, normal: Array, misfit: Array,
) -> None:  # fmt: skip
    slope, nodes = np.empty(7), np.empty((len(cosines), 4))
    for line in range(len(p)):
        gradient[line] = 0.0
        normal[line] = 0.0
        misfit[line] = 0.0
        _absorb(p[line], scatter, sines, weights, nodes)
        for i in range(len(x)):
            if math.isnan(profiles[line, i]):
                continue
            residual = profiles[line, i] - _value(x[i], p[line], sigma, cosines, nodes, slope)
            misfit[line] += residual * residual
            for a in range(7):
                gradient[line, a] += slope[a] * residual
                for b in range(a + 1):
                    normal[line, a, b] += slope[a] * slope[b]
        for a in range(7):
            for b in range(a):
                normal[line, b, a] = normal[line, a, b]


@jit
def _absorb(p: Array, scatter: float, sines: Array, weights: Array, nodes: Array) -> None:
    """Weighted absorbed light (1 − S) (1 − exp(−v)) at each node of the chord, and its slopes by r, k and S.

    The weights hold one sine of the substitution and the chord's own, which has to be taken out: the light is not
    proportional to the chord.
    """
    radius, k = p[1], p[2]
    for j in range(len(sines)):
        length = 2.0 * radius * sines[j]
        through = math.exp(-k * length / (1.0 - scatter))
        measure = radius * weights[j] / sines[j]
        absorbed = (1.0 - scatter) * (1.0 - through)
        nodes[j, 0] = measure * absorbed
        nodes[j, 1] = measure * (absorbed / radius + through * k * 2.0 * sines[j])
        nodes[j, 2] = measure * through * length
        nodes[j, 3] = -measure * (1.0 - through - through * k * length / (1.0 - scatter))


@jit
def _value(x: float, p: Array, sigma: float, cosines: Array, nodes: Array, slope: Array) -> float:
    """The model at one position; its derivatives go into ``slope``."""
    norm = 1.0 / (sigma * math.sqrt(2.0 * math.pi))
    value, by_center, by_radius, by_k, by_sigma, by_scatter = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(len(cosines)):
        away = (x - p[0] - p[1] * cosines[j]) / sigma
        if abs(away) > 5.0:
            continue
        part = norm * math.exp(-0.5 * away * away)
        value += part * nodes[j, 0]
        by_center += part * nodes[j, 0] * away / sigma
        by_radius += part * (nodes[j, 0] * away / sigma * cosines[j] + nodes[j, 1])
        by_k += part * nodes[j, 2]
        by_sigma += part * nodes[j, 0] * (away * away - 1.0) / sigma
        by_scatter += part * nodes[j, 3]
    left = 1.0 - value
    slope[0], slope[1], slope[2] = by_center / left, by_radius / left, by_k / left
    slope[3], slope[4] = 1.0, x
    slope[5], slope[6] = by_sigma / left / FWHM, by_scatter / left
    return float(-math.log(left) + p[3] + p[4] * x)
