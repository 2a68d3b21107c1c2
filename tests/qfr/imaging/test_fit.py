"""The fit along a vessel: slopes of its objective, steps that solve its equations, damped until they help."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from precise_cal.qfr.contour import along
from precise_cal.qfr.contour.along import Held, Lines, Normal
from precise_cal.qfr.contour.belief import ABSORPTION, Stiffness
from precise_cal.qfr.contour.profile import PARAMETERS, Optics

COUNT = 12


@pytest.fixture(scope="module")
def start() -> np.ndarray:
    random = np.random.default_rng(5)
    return np.array([0.1, 1.0, 0.15, 0.3, 0.02]) * random.uniform(0.8, 1.2, (COUNT, PARAMETERS))


@pytest.fixture(scope="module")
def problem(start: np.ndarray) -> Any:
    """Noise for profiles: nothing is at its optimum; borders of two lines are known beside them."""
    random = np.random.default_rng(6)
    lines = Lines(random.normal(0.3, 0.1, (COUNT, 25)), np.linspace(-2.5, 2.5, 25), 0.25, 0.05)
    held = Held(np.array([3, 3, 8]), np.array([-1.0, 1.0, 1.0]), np.array([-0.7, 1.4, 1.0]), np.array([0.1, 0.2, 0.3]))
    weights = random.uniform(0.5, 1.0, COUNT) / 0.05**2
    penalty = along._penalties(lines, start, Stiffness())
    return along._Problem(lines, weights, penalty, ABSORPTION, True, held)


def test_it_descends_where_its_objective_does(problem: Any, start: np.ndarray) -> None:
    optics = Optics(0.6, 0.3)
    _, misfit, normal = problem.at(start, optics)
    assert misfit.shape == (COUNT,)
    slopes = np.empty(COUNT * PARAMETERS)
    for index in range(slopes.size):
        step = np.zeros(slopes.size)
        step[index] = 1e-6
        ahead, behind = (problem.at(start + sign * step.reshape(start.shape), optics)[0] for sign in (1, -1))
        slopes[index] = (ahead - behind) / 2e-6
    np.testing.assert_allclose(normal.descent, -0.5 * slopes, rtol=1e-3, atol=1e-3 * np.abs(slopes).max())
    ahead, behind = (problem.at(start, Optics(0.6 + sign * 1e-6, 0.3))[0] for sign in (1, -1))
    assert normal.descent_optics[0] == pytest.approx(-0.5 * (ahead - behind) / 2e-6, rel=1e-3)
    ahead, behind = (problem.at(start, Optics(0.6, 0.3 + sign * 1e-6))[0] for sign in (1, -1))
    assert normal.descent_optics[1] == pytest.approx(-0.5 * (ahead - behind) / 2e-6, rel=1e-3)


def dense(normal: Normal) -> np.ndarray:
    """The whole matrix: the band mirrored, border and corner."""
    size = normal.band.shape[1]
    matrix = np.zeros((size + 2, size + 2))
    for below, diagonal in enumerate(normal.band):
        for column in range(size - below):
            matrix[column + below, column] = matrix[column, column + below] = diagonal[column]
    matrix[:size, size:] = normal.border
    matrix[size:, :size] = normal.border.T
    matrix[size:, size:] = normal.corner
    return matrix


@pytest.mark.parametrize("damping", [0.0, 0.5, 30.0])
def test_a_step_solves_the_damped_equations(damping: float, problem: Any, start: np.ndarray) -> None:
    normal = problem.at(start, Optics(0.6, 0.3))[2]
    matrix = dense(normal)
    matrix += damping * np.diag(np.diag(matrix))
    expected = np.linalg.solve(matrix, np.concatenate([normal.descent, normal.descent_optics]))
    np.testing.assert_allclose(np.concatenate(normal.move(damping, free=True)), expected, rtol=1e-6, atol=1e-9)
    lines, optics = normal.move(damping, free=False)
    np.testing.assert_allclose(lines, np.linalg.solve(matrix[:-2, :-2], normal.descent), rtol=1e-6, atol=1e-9)
    assert optics.tolist() == [0.0, 0.0]


def test_the_penalties_are_the_squares_of_differences(start: np.ndarray) -> None:
    """Without data the matrix is that of the penalties: its form is their sum."""
    penalty = np.array([3.0, 5.0, 7.0, 11.0, 13.0])
    zeros = np.zeros((COUNT, PARAMETERS, PARAMETERS))
    band = along._band(along._stiff_band(COUNT, penalty), zeros)
    size = COUNT * PARAMETERS
    matrix = dense(Normal(band, np.zeros((size, 2)), np.eye(2), np.zeros(size), np.zeros(2)))[:-2, :-2]
    flat = start.ravel()
    bend, rise = (np.diff(start, order, axis=0) for order in (2, 1))
    apart = bend.copy()
    apart[:, 2] = rise[:-1, 2]
    assert flat @ matrix @ flat == pytest.approx(float(np.sum(penalty * apart**2)))


@dataclass
class Asked:
    """A problem that is better only after some trials, and normal equations that note how they were damped."""

    refused: int
    free: bool = True
    dampings: list[float] = field(default_factory=list)

    def at(self, p: np.ndarray, _optics: Optics) -> tuple[float, np.ndarray, Any]:
        return (2.0 if len(self.dampings) <= self.refused else 0.5), p, self

    def move(self, damping: float, *, free: bool) -> tuple[np.ndarray, np.ndarray]:
        assert free is self.free
        self.dampings.append(damping)
        return np.zeros(PARAMETERS), np.array([5.0, -5.0])


def test_steps_are_damped_until_they_help_and_freed_after_that() -> None:
    here = np.array([[0.0, 1.0, 0.1, 0.0, 0.0]])

    def stepped(refused: int, damping: float) -> tuple[list[float], Any]:
        asked = Asked(refused)
        return asked.dampings, along._step(asked, here, Optics(0.5, 0.3), (1.0, here, asked), damping)

    dampings, (_, optics, state, after) = stepped(0, 1e-3)
    assert (dampings, state[0], after) == ([1e-3], 0.5, pytest.approx(2e-4))
    assert (optics.blur_mm, optics.scatter) == (along.BLURS_MM[1], along.SCATTERS[0]), "kept within what is tried"
    dampings, (*_, after) = stepped(2, 1e-3)
    assert dampings == pytest.approx([1e-3, 8e-3, 64e-3])
    assert after == pytest.approx(0.2 * 64e-3)
    assert stepped(0, 1e-9)[1][-1] == 1e-7
    dampings, (place, optics, state, after) = stepped(99, 1e-3)
    assert len(dampings) == along.TRIALS
    assert place is here
    assert (optics, state[0], after) == (Optics(0.5, 0.3), 1.0, pytest.approx(1e-3 * 8.0**along.TRIALS))


def test_radii_and_attenuation_stay_what_they_can_be() -> None:
    """However far a step would lead: a radius no less than half, no more than 4 mm; attenuation a fifth at least."""
    here = np.array([[0.0, 1.0, 0.1, 0.0, 0.0], [0.0, 0.1, 0.1, 0.0, 0.0], [0.0, 3.9, 0.1, 0.0, 0.0]])

    @dataclass
    class Far(Asked):
        by: float = -9.0

        def move(self, damping: float, *, free: bool) -> tuple[np.ndarray, np.ndarray]:
            return np.full(here.size, self.by), np.zeros(2)

    down = along._step(Far(-1), here, Optics(0.5, 0.3), (1.0, here, Far(-1)), 1e-3)[0]
    np.testing.assert_allclose(down[:, 1], [0.5, along.SMALLEST_MM, 1.95])
    np.testing.assert_allclose(down[:, 2], 0.02)
    up = along._step(Far(-1, by=9.0), here, Optics(0.5, 0.3), (1.0, here, Far(-1, by=9.0)), 1e-3)[0]
    np.testing.assert_allclose(up[:, 1], along.LARGEST_MM)
