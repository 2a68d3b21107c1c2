"""The profile model fitted to a whole vessel at once, as neighboring lines see almost the same vessel.

Penalized least squares: to the misfit of all lines, in units of the noise, come the squared differences of each
parameter along the vessel. Where the picture tells much, the penalty is nothing beside it; where it tells little, the
vessel is as smooth as vessels are. So narrow parts take their attenuation from the wide parts beside them, and noise is
averaged no further than it has to be. Blur and scatter, which all lines share, are fitted with them where free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solveh_banded

from precise_cal.qfr.contour.belief import DATA_SHARE
from precise_cal.qfr.contour.profile import PARAMETERS, Optics, evaluate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.belief import Expected, Stiffness

STEPS, TRIALS = 40, 8
"""Levenberg–Marquardt steps, and how often each is shortened, at most."""
ENOUGH = 1e-6
"""A gain below this share of the objective ends the search."""
FIRST, SECOND = (-1.0, 1.0, 0.0), (1.0, -2.0, 1.0)
DIFFERENCES = np.array([SECOND, SECOND, FIRST, SECOND, SECOND]).T
"""The difference along the vessel that is penalized, of each parameter: a bend, for attenuation a change, (3, 5)."""
FIRM = 1e-7
"""Share by which the diagonal of the normal equations is raised where a spread is computed."""
SMALLEST_MM, LARGEST_MM = 0.06, 4.0
"""Radii that are tried."""
BLURS_MM, SCATTERS = (0.15, 1.2), (0.0, 0.85)
"""Blurs and shares of scatter that are tried."""


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


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model as it fits a vessel best.

    Attributes:
        parameters: (n, 5) center and radius in mm, attenuation in 1/mm, background and slope.
        optics: Blur and scatter.
        objective: Misfit, strain and surprise of all together.
        misfit: (n,) sum of squared residuals of each line.
        strain: (n,) penalty of each line for what the parameters do around it.
        normal: Normal equations at this place.
    """

    parameters: Array
    optics: Optics
    objective: float
    misfit: Array
    strain: Array
    normal: Normal

    def optics_covariance(self) -> Array:
        """Covariance (2, 2) of blur and scatter where they were free: the picture counts ``DATA_SHARE``."""
        through = solveh_banded(self.normal.firm(), self.normal.border, lower=True)
        return np.linalg.inv(self.normal.corner - self.normal.border.T @ through) / DATA_SHARE

    def radius_spread(self, optics: Array) -> Array:
        """Standard deviation (n,) of each radius in mm: what noise leaves open, and blur and scatter.

        Args:
            optics: (2, 2) covariance of blur and scatter.
        """
        count = len(self.parameters)
        radii = PARAMETERS * np.arange(count) + 1
        unit = np.zeros((PARAMETERS * count, count))
        unit[radii, np.arange(count)] = 1.0
        band = self.normal.firm()
        noise = solveh_banded(band, unit, lower=True)[radii, np.arange(count)]
        by_optics = solveh_banded(band, self.normal.border, lower=True)[radii]
        return np.asarray(np.sqrt(noise + np.einsum("ni,ij,nj->n", by_optics, optics, by_optics)))


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal equations of all lines, with penalties and expectations: an arrow of a band and two columns.

    Attributes:
        band: Of the lines, in the lower banded form of LAPACK, (15, 5 n).
        border: Between lines and optics, (5 n, 2).
        corner: Of blur and scatter, (2, 2).
        descent: Downwards for the lines, (5 n,).
        descent_optics: Downwards for blur and scatter, (2,).
    """

    band: Array
    border: Array
    corner: Array
    descent: Array
    descent_optics: Array

    def firm(self) -> Array:
        """The band, positive definite where lines without samples leave parameters open: their spread becomes wide."""
        band = self.band.copy()
        band[0] = band[0] * (1.0 + FIRM) + 1e-12
        return band

    def move(self, damping: float, *, free: bool) -> tuple[Array, Array]:
        """The damped step: of the lines (5 n,), of the optics (2,)."""
        band = self.band.copy()
        band[0] = band[0] * (1.0 + damping) + 1e-12
        if not free:
            return solveh_banded(band, self.descent, lower=True), np.zeros(2)
        through = solveh_banded(band, np.column_stack([self.descent, self.border]), lower=True)
        corner = self.corner + damping * np.diag(np.diag(self.corner)) - self.border.T @ through[:, 1:]
        optics = np.linalg.solve(corner, self.descent_optics - self.border.T @ through[:, 0])
        return through[:, 0] - through[:, 1:] @ optics, optics


@dataclass(frozen=True, slots=True)
class Held:
    """Places of borders that are known beside the picture, k of them.

    Attributes:
        line: (k,) number of the line.
        side: (k,) −1 for the left border, 1 for the right one.
        at_mm: (k,) position of the border on the line.
        spread_mm: (k,) standard deviation of that.
    """

    line: NDArray[np.int64]
    side: Array
    at_mm: Array
    spread_mm: Array

    def pull(self, p: Array, gradient: Array, normal: Array) -> float:
        """Misfit of parameters (n, 5); its part of the equations is added to those given."""
        weight = self.spread_mm**-2
        away = p[self.line, 0] + self.side * p[self.line, 1] - self.at_mm
        slopes = np.stack([np.ones_like(self.side), self.side], axis=1)
        np.add.at(gradient[:, :2], self.line, -(weight * away)[:, None] * slopes)
        np.add.at(normal[:, :2, :2], self.line, weight[:, None, None] * slopes[:, :, None] * slopes[:, None, :])
        return float(weight @ away**2)


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is fitted to what."""

    lines: Lines
    weights: Array
    penalty: Array
    expected: Expected | None
    free: bool
    held: Held | None = None

    def at(self, p: Array, optics: Optics) -> tuple[float, Array, Normal]:
        """Objective, squared residuals (n,) and normal equations."""
        gradient, normal, misfit = evaluate(self.lines.profiles, self.lines.x, p, optics)
        gradient, normal = self.weights[:, None] * gradient, self.weights[:, None, None] * normal
        apart = _apart(p)
        objective = float(self.weights @ misfit + np.sum(self.penalty * apart**2))
        for shift, factor in enumerate(DIFFERENCES):
            gradient[shift : len(p) - 2 + shift, :PARAMETERS] -= factor * self.penalty * apart
        objective += self._absorption(p, optics, gradient, normal)
        if self.held is not None:
            objective += self.held.pull(p, gradient, normal)
        corner, descent = normal[:, PARAMETERS:, PARAMETERS:].sum(axis=0), gradient[:, PARAMETERS:].sum(axis=0)
        objective += self._system(optics, descent, corner)
        border = normal[:, :PARAMETERS, PARAMETERS:].reshape(-1, 2)
        band = _band(_stiff_band(len(p), self.penalty), normal)
        return objective, misfit, Normal(band, border, corner, gradient[:, :PARAMETERS].ravel(), descent)

    def _absorption(self, p: Array, optics: Optics, gradient: Array, normal: Array) -> float:
        """Surprise at the attenuation, each line its share; its part of the equations is added to those given."""
        if self.expected is None or self.expected.attenuation is None:
            return 0.0
        belief, primary = self.expected.attenuation, 1.0 - optics.scatter
        weight = 1.0 / (DATA_SHARE * len(p) * belief.spread**2)
        away = np.log(p[:, 2] / primary) - belief.mean
        slopes = np.stack([1.0 / p[:, 2], np.full(len(p), 1.0 / primary)], axis=1)
        where = np.array([2, PARAMETERS + 1])
        gradient[:, where] -= weight * away[:, None] * slopes
        normal[:, where[:, None], where] += weight * slopes[:, :, None] * slopes[:, None, :]
        return float(weight * np.sum(away**2))

    def _system(self, optics: Optics, descent: Array, corner: Array) -> float:
        """Surprise at blur and scatter; its part of the equations is added to those given."""
        if self.expected is None or not self.free:
            return 0.0
        beliefs = (self.expected.blur, self.expected.scatter)
        weight = np.array([1.0 / (DATA_SHARE * one.spread**2) for one in beliefs])
        away = np.array([optics.blur_mm, optics.scatter]) - [one.mean for one in beliefs]
        descent -= weight * away
        corner += np.diag(weight)
        return float(weight @ away**2)


def fit_along(
    lines: Lines, start: Array, optics: Optics, stiffness: Stiffness, *,
    trust: Array | None = None, expected: Expected | None = None, free: bool = False, held: Held | None = None,
) -> Fitted:  # fmt: skip
    """Fits the model along a vessel.

    Args:
        lines: Profiles.
        start: (n, 5) parameters to start from: center and radius in mm, attenuation in 1/mm, background and slope.
        optics: Blur and scatter, or where to start with them.
        stiffness: What the parameters are expected to do along the vessel.
        trust: (n,) weights of the lines, 0 to 1; all 1 where not given.
        expected: What is expected of attenuation, blur and scatter; nothing where not given.
        free: Whether blur and scatter are fitted too.
        held: Places of borders that are known beside the picture.
    """
    weights = (np.ones(len(start)) if trust is None else trust) / lines.noise**2
    problem = _Problem(lines, weights, _penalties(lines, start, stiffness), expected, free, held)
    here, state, damping = start, problem.at(start, optics), 1e-3
    for _ in range(STEPS):
        before = state[0]
        here, optics, state, damping = _step(problem, here, optics, state, damping)
        if before - state[0] <= ENOUGH * before:
            break
    strain = np.zeros(len(here))
    strain[1:-1] = np.sum(problem.penalty * _apart(here) ** 2, axis=1)
    return Fitted(here, optics, state[0], state[1], strain, state[2])


State = tuple[float, "Array", Normal]


def _step(
    problem: _Problem, here: Array, optics: Optics, state: State, damping: float
) -> tuple[Array, Optics, State, float]:
    """One damped step downwards; the old place where none is found."""
    for _ in range(TRIALS):
        move, by_optics = state[2].move(damping, free=problem.free)
        trial = here + move.reshape(here.shape)
        trial[:, 1] = np.clip(trial[:, 1], np.maximum(0.5 * here[:, 1], SMALLEST_MM), LARGEST_MM)
        trial[:, 2] = np.maximum(trial[:, 2], 0.2 * here[:, 2])
        seen = Optics(
            float(np.clip(optics.blur_mm + by_optics[0], *BLURS_MM)),
            float(np.clip(optics.scatter + by_optics[1], *SCATTERS)),
        )
        now = problem.at(trial, seen)
        if now[0] < state[0]:
            return trial, seen, now, max(0.2 * damping, 1e-7)
        damping *= 8.0
    return here, optics, state, damping


def _apart(p: Array) -> Array:
    """Penalized differences (n - 2, 5) of parameters along the vessel."""
    return np.asarray(sum(factor * p[shift : len(p) - 2 + shift] for shift, factor in enumerate(DIFFERENCES)))


def _penalties(lines: Lines, start: Array, stiffness: Stiffness) -> Array:
    """Weights (5,) of squared differences: 1 / (Q h³) for a density Q of second, 1 / (Q h) of first, and a step h."""
    k = float(np.median(start[:, 2]))
    contrast = 2.0 * k * float(np.median(start[:, 1]))
    background = stiffness.background * contrast**2
    density = np.array(
        [stiffness.center, stiffness.radius, stiffness.attenuation * k**2, background, background]
    )  # fmt: skip
    steps = np.where(DIFFERENCES[2] == 0.0, lines.step_mm, lines.step_mm**3)
    return np.asarray(1.0 / (density * steps))


def _stiff_band(count: int, penalty: Array) -> Array:
    """The penalties' part of the normal matrix, in the lower banded form of LAPACK, (15, 5 n)."""
    band = np.zeros((3 * PARAMETERS, PARAMETERS * count))
    columns = np.arange(PARAMETERS)
    for first in range(3):
        for second in range(first, 3):
            rows = band[PARAMETERS * (second - first)].reshape(count, PARAMETERS)
            rows[first : count - 2 + first, columns] += penalty * DIFFERENCES[first] * DIFFERENCES[second]
    return band


def _band(stiff: Array, normal: Array) -> Array:
    for row in range(PARAMETERS):
        for column in range(row + 1):
            stiff[row - column, column::PARAMETERS] += normal[:, row, column]
    return stiff
