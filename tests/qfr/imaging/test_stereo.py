"""Two simulated views of one vessel, and the four real views of a phantom."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.dicom.acquisition import Angles
from precise_cal.qfr.stereo.geometry import CArm
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
