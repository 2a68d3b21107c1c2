"""The rule for the distal point, smooth lesions, cross-sections that are no circles, bends."""

import itertools
import math

import numpy as np
import pytest

from precise_cal.qfr.angio.section import left_open
from precise_cal.qfr.lumen.analysis import analyze
from precise_cal.qfr.lumen.bends import bend_bound, curvature, friction_factor
from precise_cal.qfr.lumen.flow import given_flow, hyperemic_error, hyperemic_velocity
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.lumen.models import Fluid
from precise_cal.qfr.lumen.uncertainty import Left, with_interval

S = np.arange(0.0, 80.01, 0.1)


def cosine(length, at=25.0):
    return 0.5 * (1.0 + np.cos(2.0 * np.pi * (S - at) / length)) * (np.abs(S - at) < length / 2.0)


@pytest.mark.parametrize("given", [False, True], ids=["fitted", "given"])
@pytest.mark.parametrize(
    ("proximal", "distal", "depth", "length"), [(3.3, 2.4, 0.55, 10.0), (3.0, 3.0, 0.6, 8.0), (3.2, 2.2, 0.6, 12.0)]
)
def test_qfr_hardly_depends_on_where_the_distal_point_lies(proximal, distal, depth, length, given):
    reference = proximal + (distal - proximal) * S / 80.0
    lumen = reference * (1.0 - depth * cosine(length))
    ratios, static = [], []
    for behind in (10.0, 15.0, 20.0, 30.0):
        kept = behind + 25.0 + length / 2.0 >= S
        found = analyze(Lumen(S[kept], lumen[kept], reference[kept] if given else None))
        ratios.append(found.qfr)
        static.append(found.qfr_along[-1])
    assert max(ratios) - min(ratios) <= 0.02
    assert max(static) - min(static) > 0.02, "the case has to be one in which the wall pressure goes on recovering"


SMOOTH = tuple(itertools.product((2.25, 3.0, 4.0), (0.3, 0.4, 0.5, 0.6, 0.7), (3.0, 6.0, 15.0), (0.2, 0.35, 0.45)))
"""Diameter and length in mm, depth, velocity in m/s of 135 lesions."""


@pytest.mark.parametrize(
    "cases", [SMOOTH[::4], pytest.param(SMOOTH, marks=pytest.mark.slow)], ids=["a quarter of them", "all 135"]
)
def test_smooth_lesions_converge_with_their_second_order_terms(cases):
    for diameter, depth, length, velocity in cases:
        found = analyze(
            Lumen(S, diameter * (1.0 - depth * cosine(length)), np.full(S.size, diameter)), given_flow(velocity)
        )
        said = {one.code for one in (*found.reasons, *found.notices)}
        assert not said & {"NOT_CONVERGED", "SECOND_ORDER_FAILED"}, (diameter, depth, length, velocity)


def test_what_was_solved_in_part_is_said_and_widens_the_interval():
    lumen = Lumen(S, 4.0 * (1.0 - 0.75 * cosine(4.0)), np.full(S.size, 4.0))
    found = with_interval(analyze(lumen, given_flow(0.2)), samples=60)
    assert "SECOND_ORDER_EXTRAPOLATED" in {one.code for one in found.notices}
    assert dict(found.interval.shares)["numerics"] > 0.0


def test_widths_of_an_ellipse_leave_its_area_open_and_hold_it():
    """1.71 by 1.16 mm, seen from near its narrow sides by views 35 degrees apart."""
    axes = np.array([1.71, 1.16])

    def width(angle):
        return float(np.hypot(axes[0] * np.cos(angle), axes[1] * np.sin(angle)))

    views = np.deg2rad([90.0 - 17.5, 90.0 + 17.5])
    widths = np.array([[width(view)] for view in views])
    true = math.sqrt(axes.prod()) / math.sqrt(widths.prod())
    assert true > 1.1
    open_ = left_open(widths, np.deg2rad([35.0]))[0]
    assert open_[1] < 1.0 < true < open_[-2]
    across = left_open(widths, np.deg2rad([90.0]))[0]
    assert across[-2] - across[1] < 0.5 * (open_[-2] - open_[1])
    alone = left_open(widths[:1], None)[0]
    assert alone[1] < 0.9
    assert alone[-2] > 1.1


def test_an_open_shape_widens_the_interval_both_ways():
    found = analyze(Lumen(S, 3.0 * (1.0 - 0.5 * cosine(10.0)), np.full(S.size, 3.0)))
    shape = np.ones((S.size, 41))
    shape[np.abs(S - 25.0) < 3.0] = np.linspace(0.85, 1.2, 41)
    closed = with_interval(found, samples=100).interval
    wide = with_interval(found, samples=100, left=Left(shape)).interval
    assert wide.low < closed.low - 0.01
    assert wide.high > closed.high + 0.002
    assert dict(wide.shares)["shape"] > 0.1


def test_bends_cost_what_ito_says_and_only_lower_the_interval():
    angle = np.linspace(0.0, 4.0, S.size)
    circle = np.column_stack([20.0 * np.cos(angle), 20.0 * np.sin(angle)])
    assert np.median(curvature(circle, 20.0 * angle)) == pytest.approx(1.0 / 20.0, rel=0.02)
    assert friction_factor(np.array([5.0, 14.0, 100.0])) == pytest.approx([1.0, 1.0, 1.54], abs=0.03)
    flow, lumen = np.full(S.size, 2.5e-6), 3.0 * (1.0 - 0.5 * cosine(10.0))
    bound = bend_bound(circle, 20.0 * angle, lumen, np.full(S.size, 3.0), flow, Fluid())
    assert bound > 10.0
    straight = np.column_stack([S, 0.0 * S])
    assert bend_bound(straight, S, lumen, np.full(S.size, 3.0), flow, Fluid()) == 0.0
    found = analyze(Lumen(S, lumen, np.full(S.size, 3.0)))
    without, bent = (with_interval(found, samples=100, left=Left(None, pascal)).interval for pascal in (0.0, 600.0))
    assert bent.low < without.low
    assert bent.high <= without.high


def test_a_front_that_is_not_known_well_widens_the_interval():
    found = analyze(Lumen(S, 3.0 * (1.0 - 0.5 * cosine(10.0)), np.full(S.size, 3.0)))
    usual, unsure = (with_interval(found, samples=100, left=Left(None, 0.0, flow)).interval for flow in (0.05, 0.4))
    assert usual == with_interval(found, samples=100).interval
    assert unsure.low < usual.low - 0.02
    assert hyperemic_error(0.2, 0.1) == pytest.approx(0.2 * 0.1 * (1.55 - 2 * 0.93 * 0.2) / hyperemic_velocity(0.2))
