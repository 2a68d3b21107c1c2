"""Pressure across the stream: its mean over each section, and the equation that carries it along the vessel."""

import numpy as np
import pytest

from precise_cal.qfr.core.elliptic import J11, axial_weights, spread, transverse_pressure
from precise_cal.qfr.core.grid import radial_nodes, radial_weights

X = 1e-3 * np.cumsum(np.random.default_rng(1).uniform(0.2, 0.4, 9))
RADIUS = 1.5e-3 - 0.4e-3 * np.exp(-(((X - X[4]) / 5e-4) ** 2))


def test_the_pressure_across_a_section_has_no_mean_over_it() -> None:
    """So that the marched pressure stays the section's mean; by the trapezoid rule in s, which is area."""
    random, s = np.random.default_rng(2), radial_nodes(12)
    u, g, stretch = (random.normal(0.3, 0.1, (len(X), len(s))) for _ in range(3))
    p = np.empty_like(u)
    slope = np.gradient(RADIUS, X)
    transverse_pressure(3.3e-6, RADIUS, slope, s, radial_weights(s), axial_weights(X), u, g, stretch, p)
    assert np.ptp(p, axis=1).min() > 1e-3
    np.testing.assert_allclose(np.trapezoid(p, s, axis=1), 0.0, atol=1e-12 * np.abs(p).max())


def test_a_turning_stream_is_pressed_outward() -> None:
    """Where nothing but the stream's own turn counts: dp/ds = −g²/2 for a g that is the same everywhere."""
    s = radial_nodes(48)
    u, g, stretch = np.zeros((9, len(s))), np.full((9, len(s)), 0.3), np.zeros((9, len(s)))
    p = np.empty_like(u)
    transverse_pressure(0.0, RADIUS, 0.0 * X, s, radial_weights(s), axial_weights(X), u, g, stretch, p)
    np.testing.assert_allclose(p, np.tile(-0.5 * 0.09 * (s - 0.5), (9, 1)), atol=1e-4)


@pytest.mark.parametrize("bump", [0, 4, 8])
def test_it_decays_along_the_vessel_and_keeps_its_sum(bump: int) -> None:
    """p̃ − d/dx(ℓ² dp̃/dx) = p with zero slope at both ends: nothing is lost, and the equation holds at each station."""
    p = np.zeros((9, 2))
    p[bump] = 1.0, -2.0
    local, work = p.copy(), np.zeros((2, 9))
    spread(X, RADIUS, p, work)
    width = 0.5 * (np.append(X[1:], X[-1]) - np.append(X[0], X[:-1]))
    np.testing.assert_allclose(width @ p, width @ local)
    between = (0.5 * (RADIUS[:-1] + RADIUS[1:]) / J11) ** 2 / np.diff(X)
    flux = between[:, None] * np.diff(p, axis=0)
    zero = np.zeros((1, 2))
    np.testing.assert_allclose(
        width[:, None] * p - np.diff(np.concatenate([zero, flux, zero]), axis=0), width[:, None] * local, atol=1e-12
    )
    assert np.argmax(p[:, 0]) == bump
