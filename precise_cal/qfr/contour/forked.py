"""A part of a picture in which branches leave a vessel: both drawn (``drawing.py``), and fitted to it together.

Penalized least squares, with the penalties of the fit along the vessel: what a branch hides is told by the border away
from it, by what its own lumen does not explain, and by how smoothly vessels run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.ndimage import gaussian_filter1d

from precise_cal.qfr.contour.belief import Stiffness
from precise_cal.qfr.contour.drawing import BRANCH, Canvas, Tubes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.contour.leaving import Leaving
    from precise_cal.qfr.contour.profile import Optics

STEP_MM, KNOT_MM = 0.12, 1.0
"""Raster of the drawing, and distance of the knots of center and radius (own)."""
LONG_MM, ACROSS_MM = 6.0, 4.0
"""Part of the picture that is fitted, from the throat along the vessel and across it (own)."""
MARGIN_MM, OUT_MM = 0.8, 3.5
"""Background on either side of vessel and branches that counts, and how far out a branch does (own)."""
USUAL_MM, THIN_MM, PLAIN = 0.8, 0.6, 0.3
"""Radius that a branch is expected to have; where one is begun that stands out by less than ``PLAIN`` (own)."""
RADIUS, DENSE, BEND, PLACE_MM, TURN = 0.5, 0.4, 0.03, 1.5, 0.4
"""Standard deviations: of the logarithm of a branch's radius and of its attenuation over that of the vessel, of its
bend in 1/mm, of where its line was seen to leave, and of its angle in radians (own)."""
END_MM: Final = 0.1
"""Standard deviation of center and radius at both ends of the part, as outlined before (own)."""
CORRELATED: Final = 2.0
"""Samples are one pixel apart and their noise is correlated: each counts as if it had so many times the noise (own)."""
OUTLIER: Final = 3.0
"""A residual of so many times the usual one counts half (own)."""
STEPS, TRIALS, ENOUGH = 20, 6, 1e-3
"""Levenberg–Marquardt steps, how often each is shortened, and the share of the objective below which a gain is none."""
SLIGHT: Final = 1e-3
"""Step of the numerical derivatives."""
MOST: Final = 0.3
"""Farthest that attenuation and branches change in one step."""
ILL: Final = 1.75
"""Where residuals are so many times the noise (root mean square) something else lies there, and the fit tells nothing:
on 22 throats of the second simulator they were 1.0 to 1.7 times it, beside rings and other vessels 1.8 to 3.2 (own)."""
SMALLEST_MM, LARGEST_MM = 0.06, 4.0
"""Radii that are tried."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture, turned so that the vessel runs along its first axis.

    Attributes:
        origin: (2,) its middle in pixels.
        along: (2,) unit vector of the first axis.
        u: (n,) places along in mm.
        v: (m,) places across in mm, to the right of it.
        absorbance: (n, m); NaN where a sample does not count.
        sparse: Every so many samples lie one pixel apart.
    """

    origin: Array
    along: Array
    u: Array
    v: Array
    absorbance: Array
    sparse: int


@dataclass(frozen=True, slots=True)
class Throat:
    """What was fitted, (n,) along a part in mm: place, center across, diameter, and its standard deviation."""

    u: Array
    center: Array
    diameter: Array
    spread: Array


def fitted(part: Part, places: Array, radius: Array, leaving: Sequence[Leaving], optics: Optics) -> Throat | None:
    """Fits vessel and branches to a part; None where none leaves in it, and where they do not explain it.

    Args:
        part: Of the picture.
        places: (n, 2) of the midline in it, in mm.
        radius: (n,) of the vessel as outlined before, in mm.
        leaving: Branches that were seen to leave.
        optics: Blur and scatter.
    """
    problem = _problem(part, places, radius, leaving, optics)
    if problem.start.size == 2 * problem.knots + 1:
        return None
    x, matrix = _descended(problem)
    left = problem.residual(x, np.ones(len(problem.seen)))
    if np.sqrt(np.mean(left**2)) > ILL * problem.noise:
        return None
    knots = slice(problem.knots, 2 * problem.knots)
    variance = np.linalg.inv(matrix)[knots, knots]
    spread = np.sqrt(np.einsum("ij,jk,ik->i", problem.basis, variance, problem.basis))
    return Throat(part.u, problem.basis @ x[: problem.knots], 2.0 * problem.basis @ x[knots], 2.0 * spread)


def _descended(problem: _Problem) -> tuple[Array, Array]:
    """Parameters (p,) of the best fit, and the normal matrix (p, p)."""
    x, weights, damping = problem.start, np.ones(len(problem.seen)), 1e-2
    residual, matrix = problem.residual(x, weights), np.eye(len(x))
    for _ in range(STEPS):
        usual = max(1.4826 * float(np.median(np.abs(residual))), problem.noise)
        weights = 1.0 / np.sqrt(1.0 + (residual / (OUTLIER * usual)) ** 2)
        residual = problem.residual(x, weights)
        before = now = problem.objective(x, residual, weights)
        matrix, descent = problem.normal(x, residual, weights)
        for _ in range(TRIALS):
            step = np.asarray(np.linalg.solve(matrix + damping * np.diag(np.diag(matrix)), descent), np.float64)
            trial = problem.moved(x, step)
            left = problem.residual(trial, weights)
            now = problem.objective(trial, left, weights)
            if now < before:
                x, residual, damping = trial, left, max(0.3 * damping, 1e-6)
                break
            damping *= 6.0
        if before - now < ENOUGH * before:
            break
    return x, matrix


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is fitted to what: centers and radii at the knots, the logarithm of the attenuation, and the branches.

    Attributes:
        canvas: Where is drawn.
        basis: (n, k) splines at the places along the canvas.
        used: Samples that count.
        seen: (s,) what they show.
        background: (s, 8) shapes of a smooth background.
        noise: Standard deviation of a sample.
        start: (p,) where to start.
        prior: (q, p) what is expected of the parameters, in standard deviations, and (q,) how much.
    """

    canvas: Canvas
    basis: Array
    used: NDArray[np.bool_]
    seen: Array
    background: Array
    noise: float
    start: Array
    prior: tuple[Array, Array]

    @property
    def knots(self) -> int:
        return int(self.basis.shape[1])

    def drawn(self, several: list[Array]) -> Array:
        """(t, s) absorbance at the samples for parameters (p,) each."""
        k, u = self.knots, self.canvas.along
        tubes = [
            Tubes(u[0], u[1] - u[0], self.basis @ x[:k], np.maximum(self.basis @ x[k : 2 * k], 0.5 * SMALLEST_MM),
                  float(np.exp(x[2 * k])), x[2 * k + 1 :].reshape(-1, BRANCH))
            for x in several
        ]  # fmt: skip
        return np.asarray(self.canvas.drawn(tubes)[:, self.used])

    def residual(self, x: Array, weights: Array) -> Array:
        """(s,) what neither vessel and branches nor the background that fits best explain."""
        left = self.seen - self.drawn([x])[0]
        shapes = self.background * weights[:, None]
        return np.asarray(left - self.background @ np.linalg.lstsq(shapes, left * weights, rcond=None)[0])

    def objective(self, x: Array, residual: Array, weights: Array) -> float:
        rows, expected = self.prior
        noise = CORRELATED * self.noise
        return float(np.sum((weights * residual / noise) ** 2) + np.sum((rows @ x - expected) ** 2))

    def normal(self, x: Array, residual: Array, weights: Array) -> tuple[Array, Array]:
        """Normal equations (p, p) and what goes downwards (p,), the background fitted at any place."""
        moved = x + SLIGHT * np.eye(len(x))
        drawn = self.drawn([x, *moved])
        slopes = (drawn[1:] - drawn[0]).T / SLIGHT * weights[:, None]
        flat = np.linalg.qr(self.background * weights[:, None])[0]
        slopes -= flat @ (flat.T @ slopes)
        rows, expected = self.prior
        noise = CORRELATED * self.noise
        descent = slopes.T @ (weights * residual) / noise**2 - rows.T @ (rows @ x - expected)
        return slopes.T @ slopes / noise**2 + rows.T @ rows, descent

    def moved(self, x: Array, step: Array) -> Array:
        """Parameters after a step, within what is tried."""
        k = 2 * self.knots
        moved = x + np.concatenate([step[:k], np.clip(step[k:], -MOST, MOST)])
        moved[self.knots : k] = np.clip(moved[self.knots : k], SMALLEST_MM, LARGEST_MM)
        return np.asarray(moved)


def _problem(part: Part, places: Array, radius: Array, leaving: Sequence[Leaving], optics: Optics) -> _Problem:
    u, v, count = part.u, part.v, max(round((part.u[-1] - part.u[0]) / KNOT_MM) + 1, 5)
    knots = np.linspace(u[0], u[-1], count)
    center, half = (np.interp(u, places[:, 0], each) for each in (places[:, 1], radius))
    away = np.abs(v - center[:, None])
    body = (away < half[:, None] + MARGIN_MM) & np.isfinite(part.absorbance)
    floor = float(np.percentile(part.absorbance[body], 5))
    core = np.nanmax(np.where(away < half[:, None], part.absorbance, np.nan), axis=1)
    dense = 1.1 * max(float(np.nanpercentile((core - floor) / (2.0 * half), 30)), 0.02)
    branches = _begun(part, places, leaving, dense)
    used = (body | _on_branches(part, center, branches)) & np.isfinite(part.absorbance)
    sparse = np.zeros(used.shape, bool)
    sparse[:: part.sparse, :: part.sparse] = True
    along, across = np.broadcast_arrays(u[:, None] / LONG_MM, v[None] / ACROSS_MM)
    x, y = along[used & sparse], across[used & sparse]
    background = np.stack([np.ones_like(x), x, x**2, x**3, y, x * y, y**2, x**2 * y], axis=1)
    start = np.concatenate([np.interp(knots, u, center), np.interp(knots, u, half), [np.log(dense)], branches.ravel()])
    noise = _noise(part.absorbance[:: part.sparse, :: part.sparse], body[:: part.sparse, :: part.sparse])
    basis = make_interp_spline(knots, np.eye(count), k=3)(u)
    seen = part.absorbance[used & sparse]
    prior = _expected(start, count, knots[1] - knots[0])
    return _Problem(Canvas(u, v, optics), basis, used & sparse, seen, background, noise, start, prior)


def _noise(lines: Array, body: NDArray[np.bool_]) -> float:
    """Standard deviation of a sample, from what changes from line to line but not along the vessel."""
    changes = np.diff(lines - gaussian_filter1d(lines, 2.0, axis=0), axis=0)
    return 1.05 * float(np.nanmedian(np.abs(changes[body[1:] & body[:-1]]))) + 1e-9


def _begun(part: Part, places: Array, leaving: Sequence[Leaving], dense: float) -> Array:
    """(k, 5) branches to start from, of those that leave within the part."""
    slope = np.arctan2(*np.gradient(places, axis=0).T[::-1])
    found = [
        (places[one.station, 0], slope[one.station] + one.turn, np.log(USUAL_MM + 0.2 if one.rise > PLAIN else THIN_MM),
         np.log(dense), 0.0)
        for one in leaving
        if part.u[0] + 0.5 < places[one.station, 0] < part.u[-1] - 0.5
    ]  # fmt: skip
    return np.array(found).reshape(-1, BRANCH)


def _on_branches(part: Part, center: Array, branches: Array) -> NDArray[np.bool_]:
    """(n, m) samples on branches and beside them."""
    on = np.zeros(part.absorbance.shape, bool)
    for place, angle, *_ in branches:
        x, y = part.u[:, None] - place, part.v[None] - np.interp(place, part.u, center)
        out, aside = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        on |= (out > 0.0) & (out < OUT_MM) & (np.abs(aside) < 1.0 + MARGIN_MM)
    return on


def _expected(start: Array, knots: int, step: float) -> tuple[Array, Array]:
    """Rows (q, p) and values (q,): bends of center and radius, both at the ends, and what branches are like."""
    one, stiffness = np.eye(len(start)), Stiffness()
    bends = np.diff(np.eye(knots), 2, axis=0)
    rows, values = [], []
    for density, first in ((stiffness.center, 0), (stiffness.radius, knots)):
        rows += list(bends @ one[first : first + knots] / np.sqrt(density * step**3))
        values += [0.0] * len(bends)
        for end in (first, first + knots - 1):
            rows.append(one[end] / END_MM)
            values.append(start[end] / END_MM)
    for first in range(2 * knots + 1, len(start), BRANCH):
        wanted = (start[first], start[first + 1], np.log(USUAL_MM), 0.0, 0.0)
        for number, (value, spread) in enumerate(zip(wanted, (PLACE_MM, TURN, RADIUS, DENSE, BEND), strict=True)):
            row = one[first + number] - one[2 * knots] * (number == 3)
            rows.append(row / spread)
            values.append(value / spread)
    return np.array(rows), np.array(values)
