"""A model of the profile across a vessel, fitted: a circle's chord, blurred, on a sloping background.

Isoplanatic parallel-beam model: absorption k · 2 sqrt(r² − (x − x0)²) folded with a Gaussian of standard deviation s,
plus b0 + b1 x. Where the vessel is not wider than the blur, r and k cannot be told apart from the shape; k is then
held near the value of the wider parts of the same vessel (a densitometric constraint).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from precise_cal.qfr.core.accelerate import jit

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

NODES = 32
_ANGLES = (np.arange(1, NODES + 1)) * np.pi / (NODES + 1)
COSINES = np.cos(_ANGLES)
WEIGHTS = np.pi / (NODES + 1) * np.sin(_ANGLES) ** 2
"""Gauss–Chebyshev quadrature of the second kind: integrates sqrt(1 − t²) f(t) over −1 to 1."""
STEPS = 25
"""Gauss–Newton steps at most."""


def fit_profiles(profiles: Array, x: Array, start: Array, sigma: float, prior: Array, stiffness: float) -> Array:
    """Least-squares fit of the model to each profile.

    Args:
        profiles: (n, m) absorbance; NaN where a sample does not count.
        x: (m,) positions in mm.
        start: (n, 2) center and radius in mm to start from.
        sigma: Standard deviation of the blur in mm.
        prior: (n,) expected attenuation k in 1/mm; used with ``stiffness`` above 0.
        stiffness: Weight of the prior, in units of the residual at one sample for a relative error of 1 in k.

    Returns:
        (n, 4): center in mm, radius in mm, attenuation k in 1/mm, root mean square residual.
    """
    arguments = (np.ascontiguousarray(profiles), x, start, sigma, prior, stiffness, COSINES, WEIGHTS)
    return np.asarray(_fit(*arguments))


@jit
def _fit(
    profiles: Array,
    x: Array,
    start: Array,
    sigma: float,
    prior: Array,
    stiffness: float,
    cosines: Array,
    weights: Array,
) -> Array:
    count, samples = profiles.shape
    result = np.empty((count, 4))
    jacobian = np.zeros((samples + 1, 5))
    for line in range(count):
        p = np.zeros(5)
        p[0], p[1], p[2] = start[line, 0], start[line, 1], prior[line]
        p[3] = np.nanmin(profiles[line])
        damping, last = 1e-3, np.inf
        residual = np.zeros(samples + 1)
        _model(profiles[line], x, p, sigma, prior[line], stiffness, cosines, weights, residual, jacobian)
        last = np.sum(residual**2)
        for _ in range(STEPS):
            normal = jacobian.T @ jacobian
            for k in range(5):
                normal[k, k] *= 1.0 + damping
                normal[k, k] += 1e-12
            move = np.linalg.solve(normal, jacobian.T @ residual)
            trial = p + move
            trial[1] = min(max(trial[1], 0.5 * p[1], 0.08), 4.0)
            trial[2] = max(trial[2], 0.2 * p[2])
            _model(profiles[line], x, trial, sigma, prior[line], stiffness, cosines, weights, residual, jacobian)
            now = np.sum(residual**2)
            if now < last:
                gain = last - now
                p, last, damping = trial, now, max(damping * 0.3, 1e-7)
                if gain < 1e-7 * last:
                    break
            else:
                damping *= 8.0
                _model(profiles[line], x, p, sigma, prior[line], stiffness, cosines, weights, residual, jacobian)
                if damping > 1e6:
                    break
        result[line, 0], result[line, 1], result[line, 2] = p[0], p[1], p[2]
        result[line, 3] = math.sqrt(last / samples)
    return result


@jit
def _model(
    profile: Array,
    x: Array,
    p: Array,
    sigma: float,
    prior: float,
    stiffness: float,
    cosines: Array,
    weights: Array,
    residual: Array,
    jacobian: Array,
) -> None:
    """Residuals (data minus model) and the Jacobian of the model in center, radius, k, b0 and b1."""
    samples = len(x)
    radius = p[1]
    norm = 1.0 / (sigma * math.sqrt(2.0 * math.pi))
    for i in range(samples):
        jacobian[i, :] = 0.0
        residual[i] = 0.0
        if math.isnan(profile[i]):
            continue
        value, by_center, by_radius = 0.0, 0.0, 0.0
        for j in range(len(cosines)):
            away = (x[i] - p[0] - radius * cosines[j]) / sigma
            if abs(away) > 5.0:
                continue
            part = weights[j] * norm * math.exp(-0.5 * away * away)
            value += part
            by_center += part * away / sigma
            by_radius += part * away / sigma * cosines[j]
        shape = 2.0 * radius * radius * value
        residual[i] = profile[i] - (p[2] * shape + p[3] + p[4] * x[i])
        jacobian[i, 0] = p[2] * 2.0 * radius * radius * by_center
        jacobian[i, 1] = p[2] * (4.0 * radius * value + 2.0 * radius * radius * by_radius)
        jacobian[i, 2] = shape
        jacobian[i, 3] = 1.0
        jacobian[i, 4] = x[i]
    residual[samples] = stiffness * (prior - p[2]) / prior
    jacobian[samples, :] = 0.0
    jacobian[samples, 2] = stiffness / prior
