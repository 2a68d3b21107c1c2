"""Closed formulas against numbers that others published or computed."""

import math

import numpy as np
import pytest

from precise_cal.qfr.core import closed

RHO, MU, FLOW = 1060.0, 0.0035, 2.474004215e-6


def area(diameter_mm):
    return math.pi / 4 * (1e-3 * diameter_mm) ** 2


def test_svonedsolver_tube_with_stenosis():
    """SimVascular svOneDSolver, test tube_stenosis_r (CGS units)."""
    assert closed.young_tsai(10.0, 5.0, 10.0, 100.0, 1.06, 0.04) == pytest.approx(130.5759137, rel=1e-9)


@pytest.mark.parametrize(
    ("stenosis", "pascal"),
    [(30, 395.232939), (40, 829.522008), (50, 1927.235333), (60, 5173.095375), (70, 17577.449786)],
)
def test_young_tsai_through_svzerodsolver(stenosis, pascal):
    narrow = area(3.0 * (1 - stenosis / 100))
    assert closed.young_tsai(0.015, narrow, area(3.0), FLOW, RHO, MU) == pytest.approx(pascal, rel=1e-7)


def test_poiseuille_in_tube_and_cone():
    tube = closed.poiseuille(np.array([0.0, 0.05]), np.full(2, 1.5e-3), np.full(2, FLOW), MU)
    assert tube[-1] == pytest.approx(217.7778, rel=1e-6)
    cone = closed.poiseuille(np.array([0.0, 0.06]), np.array([2e-3, 1e-3]), np.full(2, 2e-6), MU)
    assert cone[-1] == pytest.approx(311.943688, rel=1e-8)


def test_borda_carnot():
    assert closed.expansion(area(1.5), area(3.0), FLOW, RHO, 1.0) == pytest.approx(584.325, rel=1e-6)


@pytest.mark.parametrize(
    ("alpha", "entrance", "diffusive"),
    [
        (0.05, 0.142453, 0.187127),
        (0.1, 0.108978, 0.157407),
        (0.2, 0.073076, 0.123207),
        (0.5, 0.022560, 0.062984),
        (0.8, 0.003081, 0.021815),
    ],
)
def test_huo_integrals(alpha, entrance, diffusive):
    assert closed.core_integrals(alpha) == pytest.approx((entrance, diffusive), abs=1.5e-6)


def test_huo_limits_are_borda_carnot_and_the_parabolic_expansion():
    short = closed.huo_kassab(1e-9, area(1.5), area(3.0), FLOW, RHO, MU)
    assert short == pytest.approx(584.325, rel=0.02)
    long = closed.huo_kassab(1.0, area(1.5), area(3.0), FLOW, RHO, MU)
    entrance, diffusive = closed.core_integrals(0.05)
    rest = 1.0 - RHO * FLOW / (math.pi * MU) * entrance
    viscous = 8 * math.pi * MU * FLOW / area(1.5) ** 2 * rest + RHO * FLOW**2 / (2 * area(1.5) ** 2) * 19.2 * diffusive
    assert long - viscous == pytest.approx(1428.350, rel=1e-5)


def test_drop_turns_with_the_flow():
    for formula in (closed.young_tsai, closed.huo_kassab):
        forth, back = (formula(0.01, area(1.5), area(3.0), sign * FLOW, RHO, MU) for sign in (1, -1))
        assert back == -forth
