"""Contours against vessels whose lumen is known, through the simulator's whole chain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import fftconvolve

from precise_cal.qfr.contour.along import Lines, Stiffness, fit_along
from precise_cal.qfr.contour.blur import corrected
from precise_cal.qfr.contour.blur_table import BLURS_MM, DIAMETERS_MM, TRACED_MM
from precise_cal.qfr.contour.path import minimal_path, snapped
from precise_cal.qfr.contour.profile import FWHM, Optics, evaluate
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.simulator.gantry import Gantry
from precise_cal.qfr.simulator.runs import Run, film
from precise_cal.qfr.simulator.vessels import Lesion, Tube, epicardial_line, tapered_radius
from precise_cal.qfr.simulator.xrays import Beam

PIXEL = 0.308 * 750 / 1050
SIZE = 256


def seen(
    diameter: float,
    lesions: tuple[Lesion, ...] = (),
    beam: Beam | None = None,
    jitter: float = 0,
    seed: int = 0,
    blur_mm: float | None = None,
) -> tuple[Contour, np.ndarray, np.ndarray]:
    line = epicardial_line(30.0, 0.012, 1.0)
    arc = np.linspace(0.0, 30.0, len(line))
    tube = Tube(line, tapered_radius(arc, diameter, diameter * 0.9, lesions))
    gantry = Gantry(0.0, 0.0, size=SIZE)
    frame = film(Run((tube,), gantry, beam or Beam(), fine=3, seed=3))[0]
    shadow = gantry.shadow(tube.points)
    stops = shadow[[8, -9]] + np.random.default_rng(seed).uniform(-jitter, jitter, (2, 2))
    mask = np.zeros(frame.shape, bool)
    mask[6:-6, 6:-6] = True
    linear = beam is None or beam.relationship == "LIN"
    picture = -np.log(np.maximum(frame.astype(float), 1.0)) if linear else 1.0 - frame / float(frame.max())
    found: Contour = outline(picture, mask, stops, PIXEL, densitometry=linear, blur_mm=blur_mm)
    nearest = np.argmin(np.linalg.norm(found.midline[:, None] - shadow[None], axis=2), axis=1)
    return found, 2.0 * tube.radii[nearest], np.linalg.norm(found.midline - shadow[nearest], axis=1)


@pytest.mark.parametrize("diameter", [1.2, 2.0, 3.0, 4.5])
def test_plain_vessels(diameter: float) -> None:
    found, truth, away = seen(diameter)
    error = found.diameter_mm - truth
    assert abs(error.mean()) < 0.05
    assert error.std() < 0.12
    assert np.percentile(away, 95) < 1.5
    assert found.contrast_to_noise.min() > 1


@pytest.mark.parametrize("stenosis", [0.4, 0.6, 0.75])
def test_minimal_lumen_diameter(stenosis: float) -> None:
    found, truth, _ = seen(3.0, (Lesion(15.0, 9.0, stenosis),))
    assert found.diameter_mm.min() == pytest.approx(truth.min(), abs=0.1)


def test_clicks_do_not_move_the_minimum() -> None:
    minima = [seen(2.8, (Lesion(15.0, 9.0, 0.6),), jitter=5.0, seed=seed)[0].diameter_mm.min() for seed in range(4)]
    assert np.std(minima) < 0.05


@pytest.mark.parametrize("relationship", ["LIN", "DISP"])
def test_a_subtotal_lesion_is_not_bridged(relationship: str) -> None:
    found, truth, _ = seen(3.2, (Lesion(15.0, 6.0, 0.85, 0.0),), Beam(relationship=relationship))
    assert found.diameter_mm[np.argmin(truth)] < 1.0


def test_a_vessel_that_is_narrow_all_along_takes_the_blur_it_is_given() -> None:
    alone, known = (seen(0.6, beam=Beam(blur_mm=0.8, contrast=1.0), blur_mm=blur)[0] for blur in (None, 0.8))
    assert known.blur_mm == pytest.approx(0.8, abs=0.1)
    assert abs(known.diameter_mm.mean() - 0.57) < 0.15
    assert known.unresolved.mean() > 0.9
    assert alone.blur_mm < known.blur_mm


def test_what_lies_below_the_blur_is_flagged() -> None:
    found, truth, _ = seen(2.5, (Lesion(15.0, 9.0, 0.85),), Beam(blur_mm=0.7))
    assert found.unresolved[np.argmin(truth)]
    assert not found.unresolved[truth > 2].any()


def test_blur_is_estimated_from_the_vessel() -> None:
    assert [seen(2.8, beam=Beam(blur_mm=blur))[0].blur_mm for blur in (0.35, 0.7)] == pytest.approx(
        [0.35, 0.7], abs=0.1
    )


def beer_lambert(x: np.ndarray, center: float, radius: float, k: float, optics: Optics) -> np.ndarray:
    """The profile by plain integration: light behind a chord, blurred, with scatter, then its logarithm."""
    fine = np.linspace(-6, 6, 12001)
    chord = 2 * np.sqrt(np.maximum(radius**2 - (fine - center) ** 2, 0))
    kernel = np.exp(-0.5 * (fine * FWHM / optics.blur_mm) ** 2)
    dark = fftconvolve(1 - np.exp(-k * chord / (1 - optics.scatter)), kernel / kernel.sum(), "same")
    return -np.log(1 - (1 - optics.scatter) * np.interp(x, fine, dark))


@pytest.mark.parametrize("optics", [Optics(0.3, 0.1), Optics(0.8, 0.6)])
@pytest.mark.parametrize(("radius", "k"), [(0.25, 0.1), (0.8, 0.3), (2.5, 0.2)])
def test_the_model_is_blurred_light_with_its_slopes(radius: float, k: float, optics: Optics) -> None:
    x = np.linspace(-3.5, 3.5, 29)
    p = np.array([[0.1, radius, k, 0.5, 0.02]])
    seen = beer_lambert(x, 0.1, radius, k, optics) + 0.5 + 0.02 * x
    gradient, normal, misfit = evaluate(seen[None] + 0.01, x, p, optics)
    assert misfit[0] == pytest.approx(len(x) * 0.01**2, rel=0.1)
    for index in range(5):
        step = 1e-5 * np.eye(5)[index]
        rise = evaluate(seen[None] + 0.01, x, p + step, optics)[2] - evaluate(seen[None] + 0.01, x, p - step, optics)[2]
        assert rise[0] / 2e-5 == pytest.approx(-2 * gradient[0, index], rel=1e-3, abs=1e-6)
        assert normal[0, index, index] > 0


def test_narrow_parts_take_their_attenuation_from_the_wide_ones() -> None:
    x, radii, optics = np.linspace(-3, 3, 121), np.full(80, 1.4), Optics(0.5, 0.3)
    radii[30:50] = 1.4 - 1.1 * np.hanning(20)
    noise = np.random.default_rng(1).normal(0, 0.01, (80, 121))
    profiles = np.array([beer_lambert(x, 0.1, radius, 0.15, optics) for radius in radii]) + noise
    start = np.tile([0.0, 1.0, 0.1, 0.0, 0.0], (80, 1))
    found, _, _ = fit_along(Lines(profiles, x, 0.22, 0.01), start, optics, Stiffness())
    np.testing.assert_allclose(found[:, 1], radii, atol=0.05)
    np.testing.assert_allclose(found[:, 0], 0.1, atol=0.05)
    np.testing.assert_allclose(found[:, 2], 0.15, rtol=0.05)


def test_the_table_is_inverted_exactly_at_its_nodes() -> None:
    for blur, row in zip(BLURS_MM, TRACED_MM, strict=True):
        np.testing.assert_allclose(corrected(np.array(row), blur), DIAMETERS_MM, atol=1e-9)


def test_paths_follow_the_ridge_through_their_stops() -> None:
    speed = np.zeros((40, 40))
    speed[20, 5:35] = 1.0
    speed[5:21, 34] = 1.0
    stops = snapped(speed, np.array([[6.0, 22.0], [33.0, 7.0]]), 5.0)
    path = minimal_path(speed, stops)
    assert speed[path[:, 1].astype(int), path[:, 0].astype(int)].mean() > 0.95
    np.testing.assert_array_equal(path[[0, -1]], stops)
    with pytest.raises(QfrError, match="one pixel"):
        minimal_path(speed, stops[[0, 0]])


@pytest.mark.parametrize("point", [[-3.0, 100.0], [100.0, 400.0], [2.0, 2.0]])
def test_points_outside_the_picture(point: list[float]) -> None:
    mask = np.zeros((256, 256), bool)
    mask[6:-6, 6:-6] = True
    with pytest.raises(QfrError, match="outside the open field"):
        outline(np.zeros((256, 256)), mask, np.array([[100.0, 100.0], point]), PIXEL, densitometry=True)
