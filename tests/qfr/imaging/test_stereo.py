"""Two simulated views of one vessel, and the four real views of a phantom."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.dicom.acquisition import Angles
from precise_cal.qfr.stereo import curve3d, match
from precise_cal.qfr.stereo.geometry import CArm, triangulate
from precise_cal.qfr.stereo.lumen3d import reconstruct
from precise_cal.qfr.stereo.match import matched
from qfr_lab.simulator.gantry import Gantry
from qfr_lab.simulator.runs import Run, film
from qfr_lab.simulator.vessels import Lesion, Tube, epicardial_line, tapered_radius

FACTOR = 0.22


def tube(seed: int) -> Tube:
    random = np.random.default_rng(seed)
    line = epicardial_line(random.uniform(40, 60), random.uniform(0.005, 0.02), random.uniform(2, 8))
    arc = np.arange(len(line)) * 0.25
    lesion = Lesion(0.5 * arc[-1], 10.0, random.uniform(0.3, 0.6))
    return Tube(line + random.uniform(-15, 15, 3), tapered_radius(arc, 3.2, 2.5, (lesion,)))


def views(seed: int, angle_error: float) -> tuple[list[Gantry], tuple[CArm, CArm]]:
    random = np.random.default_rng(seed)
    shift = random.uniform(-2.8, 2.8, 3)
    gantries = [Gantry(-30.0, 10.0), Gantry(25.0, -15.0, shift_mm=tuple(shift))]
    arms = [
        CArm(Angles(*(np.array([g.primary_deg, g.secondary_deg]) + random.uniform(-angle_error, angle_error, 2))),
             g.source_mm, g.detector_mm, (g.pixel_mm, g.pixel_mm), (255.5, 255.5))
        for g in gantries
    ]  # fmt: skip
    return gantries, (arms[0], arms[1])


def traced(vessel: Tube, gantry: Gantry, seed: int) -> Contour:
    frame = film(Run((vessel,), gantry, seed=seed))[0]
    shadow = gantry.shadow(vessel.points)
    stops = shadow[[8, -9]] + np.random.default_rng(seed).uniform(-3, 3, (2, 2))
    mask = np.zeros(frame.shape, bool)
    mask[6:-6, 6:-6] = True
    return outline(-np.log(np.maximum(frame.astype(float), 1.0)), mask, stops, FACTOR, densitometry=True)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_lumen_in_space_with_angle_errors_and_a_moved_table(seed: int) -> None:
    vessel = tube(seed)
    gantries, arms = views(seed, 1.0)
    contours = (traced(vessel, gantries[0], seed), traced(vessel, gantries[1], seed + 50))
    anchors = tuple(gantry.shadow(vessel.points[[24]]) + 1.0 for gantry in gantries)
    found = reconstruct(arms, contours, anchors, (FACTOR, FACTOR))
    shadow = gantries[0].shadow(vessel.points)
    place = [int(np.argmin(np.linalg.norm(shadow - pixel, axis=1))) for pixel in arms[0].project(found.points)]
    assert found.arc_mm[-1] == pytest.approx(vessel.arc_mm[place[-1]] - vessel.arc_mm[place[0]], abs=1.0)
    error = found.diameter_mm - 2.0 * vessel.radii[place]
    assert abs(error.mean()) < 0.05
    assert error.std() < 0.12
    assert found.residual_mm < 0.3
    assert max(found.foreshortening) < 0.3


def test_the_seen_part_of_the_offset_is_found() -> None:
    vessel = tube(7)
    gantries, arms = views(7, 0.0)
    lines = [gantry.shadow(vessel.points[::2]) for gantry in gantries]
    found = matched(*arms, lines[0], lines[1], (lines[0][:1], lines[1][:1]))
    assert found.residual_mm < 0.05
    np.testing.assert_allclose(found.second, found.first, atol=3.0)


def test_ends_need_not_correspond() -> None:
    vessel = tube(3)
    gantries, arms = views(3, 0.0)
    lines = [gantry.shadow(vessel.points[::2]) for gantry in gantries]
    found = matched(*arms, lines[0][6:], lines[1][:-8], (lines[0][20:21], lines[1][20:21]))
    np.testing.assert_allclose(np.median(found.second - found.first), 6.0, atol=3.0)


def seen_on_edge(arms: tuple[CArm, CArm]) -> np.ndarray:
    """A straight vessel in the plane of both sources: whatever is matched, no ray misses another."""
    along = arms[0].source - arms[1].source
    return np.linspace(-20.0, 20.0, 81)[:, None] * along / np.linalg.norm(along)


def test_landmarks_beside_the_vessel_tell_the_offset_and_bind_no_point_of_it() -> None:
    gantries, arms = views(7, 0.0)
    lines = [gantry.shadow(seen_on_edge(arms)) for gantry in gantries]
    beside = np.array([[25.0, 10.0, 15.0], [-30.0, 5.0, 10.0], [20.0, -25.0, -20.0], [-25.0, 20.0, -25.0]])
    landmarks = tuple(gantry.shadow(beside) for gantry in gantries)

    def miss_mm(anchors: tuple[np.ndarray, ...]) -> float:
        found = matched(*arms, *lines, anchors)
        np.testing.assert_allclose(found.second, found.first, atol=1.0)
        return float(np.abs(triangulate(*arms, *landmarks, found.offset_mm)[1]).max())

    assert miss_mm(landmarks) < 0.08 < 0.11 < miss_mm((np.zeros((0, 2)), np.zeros((0, 2))))


@pytest.mark.parametrize(
    ("at_a", "at_b", "aside_mm", "partner"),
    [(40, 46, 0.0, 46), (40, 46, 3.5, 40), (0, 6, 0.0, 0), (80, 74, 0.0, 80), (40, 0, 0.0, 40), (40, 80, 0.0, 40)],
    ids=["on both", "beside one", "at an end of A", "at the other", "at an end of B", "at its other"],
)
def test_a_landmark_on_the_vessel_leads_the_match(at_a: int, at_b: int, aside_mm: float, partner: int) -> None:
    """A click 3 mm off along the vessel is believed, unless it stands beside the vessel or at an end of a line."""
    _, arms = views(7, 0.0)
    lines = [arm.project(seen_on_edge(arms)) for arm in arms]
    column, row = (lines[1][80] - lines[1][0]) / np.linalg.norm(lines[1][80] - lines[1][0])
    aside = aside_mm / arms[1].mm_per_pixel * np.array([row, -column])
    found = matched(*arms, *lines, (lines[0][[at_a]], lines[1][[at_b]] + aside))
    pairs = dict(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert pairs[at_a] == pytest.approx(partner, abs=1.0)


def cheapest(cost: np.ndarray, skip: float, uneven: float) -> float:
    """The cheapest monotone trail by trying all: it begins at a first point of either line and ends at a last one."""
    n, m = cost.shape
    ratio = (n - 1) / (m - 1)
    steps = ((1, 1, 0.0), (1, 0, uneven * min(1.0, 1.0 / ratio)), (0, 1, uneven * min(1.0, ratio)))

    def onward(i: int, j: int) -> float:
        ends = [skip * (n - 1 - i + m - 1 - j)] if i == n - 1 or j == m - 1 else []
        ways = [spent + onward(i + di, j + dj) for di, dj, spent in steps if i + di < n and j + dj < m]
        return float(cost[i, j]) + min(ends + ways)

    return min(skip * (i + j) + onward(i, j) for i in range(n) for j in range(m) if i * j == 0)


@pytest.mark.parametrize("shape", [(4, 4), (3, 6), (6, 3)])
def test_no_trail_is_cheaper_than_the_one_that_is_found(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(shape[0])
    (n, m), skip, uneven = shape, 0.3, 0.2
    for _ in range(20):
        cost = random.exponential(0.4, shape)
        trail = match._warp(cost, skip, uneven)
        steps, ratio = np.diff(trail, axis=0), (n - 1) / (m - 1)
        assert ((steps >= 0) & (steps <= 1)).all()
        assert (steps.sum(axis=1) > 0).all()
        alone = ((steps == [1, 0]).all(axis=1).sum(), (steps == [0, 1]).all(axis=1).sum())
        spent = cost[trail[:, 0], trail[:, 1]].sum() + skip * (trail[0].sum() + (n - 1 + m - 1) - trail[-1].sum())
        spent += uneven * (alone[0] * min(1.0, 1.0 / ratio) + alone[1] * min(1.0, ratio))
        assert spent == pytest.approx(cheapest(cost, skip, uneven))


def test_the_miss_of_a_shadow_is_a_distance_in_space_with_its_slope() -> None:
    """Points moved by 0.3 mm across the view miss their line by as much, whatever the magnification."""
    arm = views(7, 0.0)[1][0]
    points = np.linspace(-20.0, 20.0, 41)[:, None] * arm.frame[1] + 30.0 * arm.frame[2]
    line = arm.project(points)
    missed, slope = curve3d._shadow_miss(arm, line, points + 0.3 * arm.frame[0])
    np.testing.assert_allclose(np.abs(missed[1:-1]), 0.3, rtol=1e-3)
    np.testing.assert_allclose(slope[1:-1] @ arm.frame[0], missed[1:-1] / 0.3, rtol=1e-3)
    np.testing.assert_allclose(slope @ arm.frame[1], 0.0, atol=1e-3)
    assert missed[[0, -1]].tolist() == [0.0, 0.0], "beyond its ends a line says nothing"
