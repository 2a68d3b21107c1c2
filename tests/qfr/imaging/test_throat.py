"""A throat beside which branches leave is fitted together with them; nothing else is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from precise_cal.qfr.contour.drawing import BRANCH, Canvas, Tubes
from precise_cal.qfr.contour.leaving import Leaving, Vessel
from precise_cal.qfr.contour.profile import Optics, evaluate
from precise_cal.qfr.contour.throat import refitted
from qfr_lab.simulator.flat import COLUMN, MM, ROW, tube

if TYPE_CHECKING:
    from collections.abc import Callable

OPTICS = Optics(0.5, 1.0 / 3.0)
THROAT = 120.0


def drawn(branch: np.ndarray | float, least: float, noise: float = 0.02) -> np.ndarray:
    """A vessel of 3 mm down column 70 with a lesion of 10 mm about row 120, and a branch of the same lumen."""
    vessel = 0.4 * np.sqrt(np.maximum(true_radius(ROW, least) ** 2 - ((COLUMN - 70.0) * MM) ** 2, 0.0))
    rough = np.random.default_rng(0).normal(0, noise, ROW.shape)
    light = gaussian_filter(np.exp(-1.5 * np.maximum(vessel, branch)), 0.5 / 2.3548 / MM)
    return np.asarray(-np.log(light * 2.0 / 3.0 + 1.0 / 3.0) + rough)


def true_radius(rows: np.ndarray, least: float) -> np.ndarray:
    away = np.minimum(abs(rows - THROAT) * MM / 5.0, 1.0)
    return np.asarray(0.5 * (3.0 - (3.0 - least) * (1.0 - away**2) ** 2))


def leaves(at_mm: float, angle: float, radius: float) -> np.ndarray:
    """A branch that begins on the axis so far below the throat, with its round beginning."""
    row = THROAT + at_mm / MM
    ball = 0.4 * np.sqrt(np.maximum(radius**2 - ((COLUMN - 70.0) ** 2 + (ROW - row) ** 2) * MM**2, 0.0))
    return np.asarray(np.maximum(tube((70.0, row), angle, radius, both=False), ball))


def scanned(picture: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The picture along lines across a line that runs down."""

    def profiles(line: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        columns = line[:, :1] - offsets
        return np.asarray(map_coordinates(picture, [np.broadcast_to(line[:, 1:], columns.shape), columns], order=3))

    return profiles


def fit(picture: np.ndarray, least: float, leaving: tuple[Leaving, ...], wrong: float = 0.0) -> tuple[np.ndarray, ...]:
    """Rows and diameters of a vessel fitted anew, outlined before with a throat that is too wide by so much."""
    rows = np.arange(20.0, 221.0)
    bulge = wrong * np.exp(-(((rows - THROAT) * MM / 1.5) ** 2))
    radius = (true_radius(rows, least) + 0.5 * bulge) / MM
    vessel = Vessel(np.stack([np.full(len(rows), 70.0), rows], axis=1), radius, np.full(len(rows), 1.5 / MM), 1.2 / MM)
    found = refitted(vessel, 2.0 * MM * radius, leaving, np.zeros(len(rows), bool), MM, scanned(picture), OPTICS)
    if found is None:
        return rows, 2.0 * MM * radius
    return found.midline[:, 1], found.diameter_mm


@pytest.mark.parametrize("angle", [35.0, 60.0])
@pytest.mark.parametrize("at_mm", [-1.2, 0.0, 1.2])
@pytest.mark.parametrize("radius", [0.55, 1.0])
def test_a_branch_at_the_throat_is_no_part_of_it(angle: float, at_mm: float, radius: float) -> None:
    seen = Leaving(round(100 + at_mm / MM), -np.deg2rad(angle), 0.5)
    diameter = fit(drawn(leaves(at_mm, angle, radius), 1.1), 1.1, (seen,), wrong=0.4)[1]
    assert diameter.min() == pytest.approx(1.1, abs=0.12)


def test_what_no_branch_leaves_beside_is_as_it_was() -> None:
    picture = drawn(0.0, 1.1)
    far = Leaving(100 + 30, 1.0, 0.5)
    for leaving in ((), (far,)):
        assert fit(picture, 1.1, leaving, wrong=0.4)[1].min() == pytest.approx(1.5, abs=0.02)
    assert fit(drawn(leaves(0.0, 60.0, 1.0), 2.8), 2.8, (Leaving(100, -1.0, 0.5),))[1].min() == pytest.approx(2.8)


def test_what_is_narrowest_at_an_end_is_no_throat() -> None:
    rows = np.arange(20.0, 131.0)
    line = np.stack([np.full(len(rows), 70.0), rows], axis=1)
    radius = true_radius(rows, 1.1) / MM
    vessel = Vessel(line, radius, np.full(len(line), 1.5 / MM), 1.2 / MM)
    picture, none = drawn(leaves(0.0, 60.0, 1.0), 1.1), np.zeros(len(rows), bool)
    assert refitted(vessel, 2.0 * MM * radius, (Leaving(100, -1.0, 0.5),), none, MM, scanned(picture), OPTICS) is None


def test_a_vessel_that_runs_back_beside_itself_is_fitted_at_the_throat_alone() -> None:
    rows = np.arange(20.0, 221.0)
    down = np.stack([np.full(len(rows), 70.0), rows], axis=1)
    turn = np.linspace(np.pi, 0.0, 60)[1:-1]
    arc = np.stack([85.0 + 15.0 * np.cos(turn), 220.0 + 15.0 * np.sin(turn)], axis=1)
    line = np.concatenate([down, arc, down[::-1] + np.array([30.0, 0.0])])
    radius = np.concatenate([true_radius(rows, 1.1), np.full(len(line) - len(rows), 1.5)]) / MM
    vessel = Vessel(line, radius, np.full(len(line), 1.5 / MM), 1.2 / MM)
    picture = drawn(leaves(0.0, 60.0, 1.0), 1.1)
    found = refitted(
        vessel, 2.0 * MM * radius, (Leaving(100, -1.0, 0.5),), np.zeros(len(line), bool), MM, scanned(picture), OPTICS
    )
    assert found is not None
    assert found.fitted[100]
    assert not found.fitted[160:].any()
    assert np.array_equal(found.midline[160:], line[160:])


def test_what_vessel_and_branch_do_not_explain_is_not_fitted() -> None:
    picture = drawn(leaves(0.0, 60.0, 1.0), 1.1)
    ring = abs(np.hypot(COLUMN - 70.0, ROW - THROAT) * MM - 2.5) < 0.4
    found = fit(picture + 0.8 * ring, 1.1, (Leaving(100, -1.0, 0.5),), wrong=0.4)[1]
    assert found.min() == pytest.approx(1.5, abs=0.02)


def test_a_drawn_vessel_has_the_profile_of_the_model() -> None:
    along, across = np.arange(-4.0, 4.0, 0.1), np.arange(-4.0, 4.0, 0.1)
    tubes = Tubes(-4.0, 0.1, np.full(80, 0.3), np.full(80, 1.2), 0.15, np.empty((0, BRANCH)))
    profile = Canvas(along, across, OPTICS).drawn([tubes])[0, 40]
    misfit = evaluate(profile[None], across, np.array([[0.3, 1.2, 0.15, 0.0, 0.0]]), OPTICS)[2]
    assert float(np.sqrt(misfit[0] / len(across))) < 0.01
