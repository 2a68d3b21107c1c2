"""Where large branches leave, and what a person leaves out: the vessel that runs on keeps its width."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from precise_cal.qfr.contour.bifurcation import _bulges
from precise_cal.qfr.contour.pinned import pinned
from precise_cal.qfr.contour.segment import Contour, outline
from qfr_lab.simulator.flat import COLUMN, MM, ROW, film, tube

MASK = np.zeros(ROW.shape, bool)
MASK[5:-5, 5:-5] = True
STOPS = np.array([[70.0, 15.0], [70.0, 225.0]])


def outlined(picture: np.ndarray, excluded: np.ndarray | None = None) -> Contour:
    return outline(picture, MASK, STOPS, MM, densitometry=True, excluded=excluded)


@pytest.mark.parametrize(
    ("row", "angle", "radius"),
    [
        (90.0, 15.0, 1.0),
        (90.0, 20.0, 1.5),
        (90.0, -30.0, 1.5),
        (90.0, 45.0, 1.5),
        (90.0, 60.0, 1.3),
        (35.0, 150.0, 1.4),
        (215.0, 30.0, 1.4),
    ],
    ids=["narrow", "as wide", "to the left", "half across", "across", "at the first click", "at the last click"],
)
def test_a_parent_is_not_as_wide_as_its_daughters_together(row: float, angle: float, radius: float) -> None:
    contour = outlined(film(joined=tube((70.0, row), angle, radius, both=False)))
    assert abs(contour.diameter_mm - 3.0).max() < 0.4
    assert abs(contour.midline[:, 0] - 70.0).max() < 3.0


def test_a_vessel_that_is_wider_before_its_lesion_has_no_mouth_there() -> None:
    lesion = 1.5 - 0.6 * np.exp(-(((ROW - 60.0) / 12.0) ** 2))
    vessel = 0.4 * np.sqrt(np.maximum(lesion**2 - ((COLUMN - 70.0) * MM) ** 2, 0.0))
    noise = np.random.default_rng(0).normal(0, 0.03, ROW.shape)
    branch = tube((70.0, 28.0), 60.0, 0.8, both=False)
    contour = outlined(gaussian_filter(np.maximum(vessel, branch), 1.1) + noise)
    rows = contour.midline[:, 1]
    assert abs(contour.diameter_mm[rows < 45.0] - 3.0).max() < 0.5
    assert contour.diameter_mm.min() == pytest.approx(1.8, abs=0.15)


def test_what_a_person_leaves_out_counts_for_no_border() -> None:
    """A branch that leaves at 20 degrees, and a patch over all of the vessel."""
    picture = film(joined=tube((70.0, 90.0), 20.0, 1.0, both=False))
    right = outlined(picture, (COLUMN > 77.5) & (ROW > 80.0))
    assert abs(right.diameter_mm - 3.0).max() < 0.3
    patch = (ROW > 110.0) & (ROW < 125.0)
    through = outlined(film() + 3.0 * patch, patch)
    assert abs(through.diameter_mm - 3.0).max() < 0.3


@pytest.mark.parametrize(
    ("radius_mm", "more_mm", "seen"), [(0.8, 0.1, False), (0.8, 0.2, True), (2.0, 0.2, False), (2.0, 0.3, True)]
)
def test_a_bulge_is_wider_by_a_share_and_by_a_tenth_of_a_millimeter(
    radius_mm: float, more_mm: float, seen: bool
) -> None:
    usual = np.full(200, radius_mm / MM)
    radius = usual + np.where(abs(np.arange(200) - 100) < 10, more_mm / MM, 0.0)
    assert bool(list(_bulges(radius, usual, 57, MM))) == seen


def test_pins_are_fitted_without_what_is_excluded() -> None:
    plain, block = film(), np.zeros(ROW.shape, bool)
    block[110:131, 77:83] = True
    contour, pins = outlined(plain), {"right": ((64.0, 120.0),)}
    expected, touched, left_out = (
        pinned(picture, contour, pins, MM, densitometry=True, excluded=excluded).contour.left[98:113, 0]
        for picture, excluded in ((plain, None), (plain + 0.5 * block, None), (plain + 0.5 * block, block))
    )
    assert abs(touched - expected).max() > 0.7
    assert abs(left_out - expected).max() < 0.5
