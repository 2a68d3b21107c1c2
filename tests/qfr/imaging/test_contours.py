"""Contours against vessels whose lumen is known, through the simulator's whole chain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import fftconvolve

from precise_cal.qfr.angio.analyzability import judge_contours
from precise_cal.qfr.angio.limits import Thresholds
from precise_cal.qfr.contour.along import Lines, fit_along
from precise_cal.qfr.contour.belief import ABSORPTION, Belief, Stiffness
from precise_cal.qfr.contour.blur import corrected
from precise_cal.qfr.contour.blur_table import BLURS_MM, DIAMETERS_MM, TRACED_MM
from precise_cal.qfr.contour.branches import without_branches
from precise_cal.qfr.contour.path import minimal_path, snapped
from precise_cal.qfr.contour.profile import FWHM, PARAMETERS, Optics, evaluate
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.contour.start import Scanned, started
from precise_cal.qfr.errors import QfrError
from qfr_lab.simulator.gantry import Gantry
from qfr_lab.simulator.runs import Run, film
from qfr_lab.simulator.vessels import Lesion, Tube, epicardial_line, tapered_radius
from qfr_lab.simulator.xrays import Beam

PIXEL = 0.308 * 750 / 1050
SIZE = 256


def seen(
    diameter: float,
    lesions: tuple[Lesion, ...] = (),
    beam: Beam | None = None,
    jitter: float = 0,
    seed: int = 0,
    blur: Belief | None = None,
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
    found: Contour = outline(picture, mask, stops, PIXEL, densitometry=linear, blur=blur)
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


@pytest.mark.parametrize("blur", [0.4, 0.8])
def test_a_vessel_that_is_narrow_all_along_is_known_better_where_its_blur_is(blur: float) -> None:
    alone, known = (
        seen(0.6, beam=Beam(blur_mm=blur, contrast=1.0), blur=told)[0] for told in (None, Belief(blur, 0.03))
    )
    assert known.blur.mean == pytest.approx(blur, abs=0.1)
    assert np.median(known.spread_mm) < np.median(alone.spread_mm)
    for found in (alone, known):
        assert abs(found.diameter_mm.mean() - 0.57) < 2.0 * np.median(found.spread_mm)


def test_what_the_picture_leaves_open_is_flagged() -> None:
    assert seen(0.6, beam=Beam(blur_mm=0.8, contrast=0.4, quanta=1000.0))[0].unresolved.all()
    assert seen(2.5, (Lesion(15.0, 9.0, 0.6),))[0].unresolved.mean() < 0.1


def test_a_vessel_that_is_narrow_everywhere_is_resolved_only_where_its_blur_is_told() -> None:
    beam = Beam(blur_mm=0.3, contrast=1.0, quanta=8000.0)
    alone = seen(0.7, beam=beam)[0]
    assert alone.narrow
    assert alone.unresolved.all()
    assert [reason.code for reason in judge_contours((alone,), Thresholds())] == ["DIAMETER_UNDEFINED"]
    assert not seen(0.7, beam=beam, blur=Belief(0.3, 0.02))[0].unresolved.all()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_the_spread_tells_the_error(seed: int) -> None:
    diameters, surprise = (0.6, 1.0, 1.6, 2.6), []
    for diameter in diameters:
        found, truth, _ = seen(diameter, beam=Beam(quanta=2000.0), jitter=2.0, seed=seed)
        surprise.append(np.mean(((found.diameter_mm - truth) / found.spread_mm) ** 2))
    assert 0.2 < np.sqrt(np.mean(surprise)) < 1.5


def test_blur_is_estimated_from_the_vessel() -> None:
    for blur in (0.35, 0.7):
        found = seen(2.8, beam=Beam(blur_mm=blur))[0].blur
        assert found.mean == pytest.approx(blur, abs=0.1)
        assert 0.0 < found.spread < 0.1


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
    for index in range(PARAMETERS):
        step = 1e-5 * np.eye(PARAMETERS)[index]
        rise = evaluate(seen[None] + 0.01, x, p + step, optics)[2] - evaluate(seen[None] + 0.01, x, p - step, optics)[2]
        assert rise[0] / 2e-5 == pytest.approx(-2 * gradient[0, index], rel=1e-3, abs=1e-6)
        assert normal[0, index, index] > 0
    for index, (blur, share) in enumerate(((1e-5, 0.0), (0.0, 1e-5)), PARAMETERS):
        ahead, behind = (
            evaluate(seen[None] + 0.01, x, p, Optics(optics.blur_mm + sign * blur, optics.scatter + sign * share))[2]
            for sign in (1, -1)
        )
        assert (ahead - behind)[0] / 2e-5 == pytest.approx(-2 * gradient[0, index], rel=1e-3, abs=1e-6)


def test_narrow_parts_take_their_attenuation_from_the_wide_ones() -> None:
    x, radii, optics = np.linspace(-3, 3, 121), np.full(80, 1.4), Optics(0.5, 0.3)
    radii[30:50] = 1.4 - 1.1 * np.hanning(20)
    noise = np.random.default_rng(1).normal(0, 0.01, (80, 121))
    profiles = np.array([beer_lambert(x, 0.1, radius, 0.15, optics) for radius in radii]) + noise
    start = np.tile([0.0, 1.0, 0.1, 0.0, 0.0], (80, 1))
    found = fit_along(Lines(profiles, x, 0.22, 0.01), start, optics, Stiffness()).parameters
    np.testing.assert_allclose(found[:, 1], radii, atol=0.05)
    np.testing.assert_allclose(found[:, 0], 0.1, atol=0.05)
    np.testing.assert_allclose(found[:, 2], 0.15, rtol=0.05)


def test_free_optics_are_found_with_the_vessel_and_are_as_sure_as_noise_lets_them() -> None:
    x, radii, optics = np.linspace(-2.5, 2.5, 101), np.linspace(1.2, 0.8, 40), Optics(0.6, 0.3)
    noise = np.random.default_rng(2).normal(0, 0.01, (40, 101))
    lines = Lines(np.array([beer_lambert(x, 0.0, radius, 0.15, optics) for radius in radii]) + noise, x, 0.22, 0.01)
    start = np.tile([0.0, 0.8, 0.1, 0.0, 0.0], (40, 1))
    found = fit_along(lines, start, Optics(0.4, 1 / 3), Stiffness(), expected=ABSORPTION, free=True)
    covariance = found.optics_covariance()
    assert abs(found.optics.blur_mm - 0.6) < 3 * np.sqrt(covariance[0, 0]) < 0.15
    assert np.all(np.abs(found.parameters[:, 1] - radii) < 4 * found.radius_spread(covariance))
    assert np.all(found.radius_spread(covariance) > found.radius_spread(np.zeros((2, 2))))


@pytest.mark.parametrize(("place", "width", "traced_mm"), [(0.0, 1.5, 1.5), (1.0, 0.8, 1.5), (1.0, 1.5, 2.5)])
def test_a_bone_traced_in_place_of_a_narrow_vessel_is_left(place: float, width: float, traced_mm: float) -> None:
    x, line, optics = np.linspace(-4, 4, 161), np.arange(80)[:, None], Optics(0.5, 0.3)
    bone = 0.1 * np.clip(1.6 - np.abs(x - place - 0.05 * (line - 70)) / width, 0, 1) * np.clip((line - 50) / 10, 0, 1)
    profiles = beer_lambert(x, 0.0, 0.3, 0.15, optics) + bone + np.random.default_rng(3).normal(0, 0.005, bone.shape)
    traced = np.tile([0.0, 0.3, 0.1, 0.0, 0.0], (80, 1))
    traced[60:, 1] = np.linspace(0.4, traced_mm, 20)
    errors = []
    for start in (traced, started(Scanned(profiles, x, 0.22), traced, 0.02, optics, ABSORPTION)):
        lines = Scanned(profiles, x, 0.22).windowed(start, 0.02)
        fit = fit_along(lines, start, optics, Stiffness(), expected=ABSORPTION)
        errors.append(np.abs(fit.parameters[:, 1] - 0.3).max())
    assert errors[0] > 1.0
    assert errors[1] < 0.25


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_branch_at_a_narrow_place_is_not_taken_for_background(side: float) -> None:
    x, line, optics = np.linspace(-3, 3, 121), np.arange(100), Optics(0.5, 0.3)
    radii = 1.5 - 0.8 * np.exp(-(((line - 50) / 12.0) ** 2))
    clean = np.array([beer_lambert(x, 0.0, radius, 0.15, optics) for radius in radii])
    branch = np.array(
        [beer_lambert(x, side * (1.2 + 0.12 * abs(k - 50)), 0.8, 0.15, optics) if k >= 45 else 0.0 * x for k in line]
    )
    profiles = clean + branch + np.random.default_rng(4).normal(0, 0.005, clean.shape)
    start = np.stack([0.0 * radii, radii, 0.15 + 0.0 * radii, 0.0 * radii, 0.0 * radii], axis=1)
    lines = Scanned(profiles, x, 0.22).windowed(start, 0.02)
    first = fit_along(lines, start, optics, Stiffness())
    kept = without_branches(lines, profiles, first.parameters, 1.2)
    again = fit_along(kept, first.parameters, optics, Stiffness())
    errors = [np.abs(fit.parameters[46:60, 1] - radii[46:60]).max() for fit in (first, again)]
    assert errors[0] > 0.15
    assert errors[1] < 0.1
    assert np.array_equal(kept.profiles[:20], lines.profiles[:20], equal_nan=True)


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


def test_a_step_costs_its_length() -> None:
    """Of two ways the shorter one is taken: fourteen steps, two of them aslant, not twelve that all are."""
    speed = np.zeros((16, 13))
    around, aslant = np.zeros_like(speed, bool), np.zeros_like(speed, bool)
    around[5, 1:12] = around[6, [0, 12]] = around[7, [0, 12]] = True
    index = np.arange(7)
    aslant[7 + index, index] = aslant[13 - index, 6 + index] = True
    speed[around | aslant] = 1.0
    path = minimal_path(speed, np.array([[0.0, 7.0], [12.0, 7.0]])).astype(int)
    assert around[path[:, 1], path[:, 0]].all()
    assert len(path) == 15
    straight = minimal_path(np.ones((9, 30)), np.array([[2.0, 4.0], [27.0, 4.0]]))
    np.testing.assert_array_equal(straight, [[column, 4.0] for column in range(2, 28)])


@pytest.mark.parametrize("point", [[-3.0, 100.0], [100.0, 400.0], [2.0, 2.0]])
def test_points_outside_the_picture(point: list[float]) -> None:
    mask = np.zeros((256, 256), bool)
    mask[6:-6, 6:-6] = True
    with pytest.raises(QfrError, match="outside the open field"):
        outline(np.zeros((256, 256)), mask, np.array([[100.0, 100.0], point]), PIXEL, densitometry=True)
