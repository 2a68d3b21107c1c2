"""The profile model fitted to a whole vessel at once, as neighboring lines see almost the same vessel.

Penalized least squares: to the misfit of all lines, in units of the noise, come the squared second differences of
each parameter along the vessel. Where the picture tells much, the penalty is nothing beside it; where it tells little,
the vessel is as smooth as vessels are. So narrow parts take their attenuation from the wide parts beside them, and
noise is averaged no further than it has to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solveh_banded

from precise_cal.qfr.contour.profile import PARAMETERS, evaluate

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.profile import Optics

STEPS, TRIALS = 30, 8
"""Levenberg–Marquardt steps, and how often each is shortened, at most."""
ENOUGH = 1e-6
"""A gain below this share of the objective ends the search."""
SECOND = (1.0, -2.0, 1.0)
SMALLEST_MM, LARGEST_MM = 0.06, 4.0
"""Radii that are tried."""


@dataclass(frozen=True, slots=True)
class Stiffness:
    """Spectral densities of second derivatives along the vessel: what a parameter is expected to do.

    A density Q stands for a second derivative of standard deviation sqrt(Q / l) over a length l.

    Attributes:
        center: In 1/mm; 0.1 lets a center line bend by 0.3/mm over 1 mm.
        radius: In 1/mm; 0.01 lets a radius bend by 0.1/mm over 1 mm, as at the shoulders of a lesion (own).
        attenuation: In 1/mm³, relative to the attenuation squared; 1e-5 lets it drift by a fifth over 25 mm (own).
        background: In 1/mm³, relative to the contrast of the vessel squared; 1 is almost free (own).
    """

    center: float = 0.1
    radius: float = 0.01
    attenuation: float = 1e-5
    background: float = 1.0


@dataclass(frozen=True, slots=True)
class Lines:
    """Profiles across a vessel.

    Attributes:
        profiles: (n, m) absorbance; NaN where a sample does not count.
        x: (m,) positions in mm.
        step_mm: Distance between lines.
        noise: Standard deviation of a sample, enlarged so that correlated samples count as few.
    """

    profiles: Array
    x: Array
    step_mm: float
    noise: float


def fit_along(
    lines: Lines, start: Array, optics: Optics, stiffness: Stiffness, trust: Array | None = None
) -> tuple[Array, float, Array]:
    """Fits the model along a vessel.

    Args:
        lines: Profiles.
        start: (n, 5) parameters to start from: center and radius in mm, attenuation in 1/mm, background and slope.
        optics: Blur and scatter.
        stiffness: What the parameters are expected to do along the vessel.
        trust: (n,) weights of the lines, 0 to 1; all 1 where not given.

    Returns:
        Parameters (n, 5), the objective, and the sum of squared residuals of each line (n,).
    """
    weights = (np.ones(len(start)) if trust is None else trust) / lines.noise**2
    penalty = _penalties(lines, start, stiffness)
    stiff = _stiff_band(len(start), penalty)
    here = start
    state = _objective(lines, here, optics, weights, penalty)
    damping = 1e-3
    for _ in range(STEPS):
        band, before = _band(stiff, state[2], weights), state[0]
        here, state, damping = _step(lines, here, state, optics, weights, penalty, band, damping)
        if before - state[0] <= ENOUGH * before:
            break
    return here, state[0], state[3]


State = tuple[float, "Array", "Array", "Array"]
"""Objective, descent direction (n, 5), JᵀJ (n, 5, 5), squared residuals (n,)."""


def _objective(lines: Lines, p: Array, optics: Optics, weights: Array, penalty: Array) -> State:
    gradient, normal, misfit = evaluate(lines.profiles, lines.x, p, optics)
    bent = p[:-2] - 2.0 * p[1:-1] + p[2:]
    descent = weights[:, None] * gradient
    for shift, factor in enumerate(SECOND):
        descent[shift : len(p) - 2 + shift] -= factor * penalty * bent
    return float(weights @ misfit + np.sum(penalty * bent**2)), descent, normal, misfit


def _step(
    lines: Lines, here: Array, state: State, optics: Optics, weights: Array, penalty: Array, band: Array, damping: float
) -> tuple[Array, State, float]:
    """One damped step downwards; the old place where none is found."""
    diagonal = band[0].copy()
    for _ in range(TRIALS):
        band[0] = diagonal * (1.0 + damping) + 1e-12
        move = solveh_banded(band, state[1].ravel(), lower=True).reshape(here.shape)
        trial = here + move
        trial[:, 1] = np.clip(trial[:, 1], np.maximum(0.5 * here[:, 1], SMALLEST_MM), LARGEST_MM)
        trial[:, 2] = np.maximum(trial[:, 2], 0.2 * here[:, 2])
        now = _objective(lines, trial, optics, weights, penalty)
        if now[0] < state[0]:
            return trial, now, max(0.2 * damping, 1e-7)
        damping *= 8.0
    return here, state, damping


def _penalties(lines: Lines, start: Array, stiffness: Stiffness) -> Array:
    """Weights (5,) of squared second differences: 1 / (Q h³) for a density Q and a step h."""
    k = float(np.median(start[:, 2]))
    contrast = 2.0 * k * float(np.median(start[:, 1]))
    background = stiffness.background * contrast**2
    density = np.array(
        [stiffness.center, stiffness.radius, stiffness.attenuation * k**2, background, background]
    )  # fmt: skip
    return np.asarray(1.0 / (density * lines.step_mm**3))


def _stiff_band(count: int, penalty: Array) -> Array:
    """The penalties' part of the normal matrix, in the lower banded form of LAPACK, (15, 5 n)."""
    band = np.zeros((3 * PARAMETERS, PARAMETERS * count))
    columns = np.arange(PARAMETERS)
    for line in range(count - 2):
        for first in range(3):
            for second in range(first, 3):
                row = PARAMETERS * (second - first)
                band[row, PARAMETERS * (line + first) + columns] += penalty * SECOND[first] * SECOND[second]
    return band


def _band(stiff: Array, normal: Array, weights: Array) -> Array:
    band = stiff.copy()
    for row in range(PARAMETERS):
        for column in range(row + 1):
            band[row - column, column::PARAMETERS] += weights * normal[:, row, column]
    return band
