"""The projection model against the standard's words, a second implementation and itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from precise_cal.qfr.dicom.acquisition import Angles, Turn
from precise_cal.qfr.stereo.geometry import CArm, angle_between, epipolar_gap, triangulate
from qfr_lab.simulator.gantry import Gantry
from qfr_lab.simulator.turned import Turned

ANGLE = st.floats(-90, 90), st.floats(-45, 45)


def view(primary: float, secondary: float) -> CArm:
    return CArm(Angles(primary, secondary), 750.0, 1050.0, (0.308, 0.308), (255.5, 255.5))


CLOUD = np.random.default_rng(5).uniform(-50, 50, (30, 3))


@given(*ANGLE)
@settings(max_examples=60, deadline=None)
def test_agrees_with_the_simulated_gantry(primary: float, secondary: float) -> None:
    np.testing.assert_allclose(
        view(primary, secondary).project(CLOUD), Gantry(primary, secondary).shadow(CLOUD), atol=1e-8
    )


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pictures_are_projected_as_they_are_stored(rotation: int, flip: bool) -> None:
    arm = replace(view(30.0, -20.0), turn=Turn(rotation, flip))
    stored = Turned(rotation, flip).points(Gantry(30.0, -20.0).shadow(CLOUD), 512)
    np.testing.assert_allclose(arm.project(CLOUD), stored, atol=1e-8)
    away = arm.directions(stored)
    to_point = (CLOUD - arm.source) / np.linalg.norm(CLOUD - arm.source, axis=1, keepdims=True)
    np.testing.assert_allclose(away, to_point, atol=1e-9)


def test_rows_and_columns_have_their_own_center_and_spacing() -> None:
    """A picture that is no square: a ray through the shadow of a point goes through the point."""
    arm = CArm(Angles(0.0, 0.0), 700.0, 1000.0, (0.2, 0.4), (300.0, 200.0))
    np.testing.assert_allclose(arm.project(np.array([[14.0, 0.0, -7.0]])), [[350.0, 250.0]])
    arm = replace(arm, angles=Angles(30.0, -20.0))
    to_point = (CLOUD - arm.source) / np.linalg.norm(CLOUD - arm.source, axis=1, keepdims=True)
    np.testing.assert_allclose(arm.directions(arm.project(CLOUD)), to_point, atol=1e-9)
    assert arm.mm_per_pixel == pytest.approx(0.3 * 0.7)
    np.testing.assert_allclose(arm.magnification(np.zeros((1, 3))), 1 / 0.7)


def test_points_turn_with_the_picture() -> None:
    frames = np.random.default_rng(0).integers(0, 99, (2, 7, 7))
    for turned in (Turned(90), Turned(180, True), Turned(270, True), Turned(0, True)):
        column, row = np.rint(turned.points(np.array([[5.0, 1.0]]), 7)[0]).astype(int)
        np.testing.assert_array_equal(turned.pictures(frames)[:, row, column], frames[:, 1, 5])


@pytest.mark.parametrize(
    ("angles", "point", "side"),
    [
        ((0, 0), (10, 0, 0), (1, 0)),  # the patient's left is at the right of the picture
        ((0, 0), (0, 0, 10), (0, -1)),  # the head is up
        ((90, 0), (0, 10, 0), (1, 0)),  # from the left: the spine at the right
        ((-90, 0), (0, 10, 0), (-1, 0)),
    ],
)
def test_orientation_of_the_standard(
    angles: tuple[float, float], point: tuple[float, ...], side: tuple[int, int]
) -> None:
    moved = view(*angles).project(np.array([point], float))[0] - 255.5
    np.testing.assert_array_equal(np.sign(np.round(moved, 6)), side)


def test_lao_looks_from_the_left_and_cranial_from_above() -> None:
    assert view(30, 0).frame[2][0] > 0
    assert view(0, 30).frame[2][2] > 0


@given(*ANGLE)
@settings(max_examples=40, deadline=None)
def test_two_views_give_the_points_back(primary: float, secondary: float) -> None:
    first, second = view(primary, secondary), view(primary - 40, secondary)
    shift = np.array([3.0, -2.0, 1.0])
    a, b = first.project(CLOUD), second.project(CLOUD + shift)
    points, gaps = triangulate(first, second, a, b, shift)
    np.testing.assert_allclose(points, CLOUD, atol=1e-5)
    np.testing.assert_allclose(gaps, 0, atol=1e-5)
    np.testing.assert_allclose(np.diag(epipolar_gap(first, second, a, b, shift)), 0, atol=1e-5)


def test_angles_between_views() -> None:
    assert angle_between(view(30, 0), view(-20, 0)) == pytest.approx(50)
    assert angle_between(view(0, 25), view(0, -25)) == pytest.approx(50)


def test_magnification_grows_towards_the_source() -> None:
    arm = view(0, 0)
    near, far = arm.magnification(np.array([[0, 50, 0], [0, -50, 0.0]]))
    assert near > 1.4 > far
    assert arm.mm_per_pixel == pytest.approx(0.308 * 750 / 1050)
