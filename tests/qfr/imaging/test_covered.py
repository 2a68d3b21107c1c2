"""A branch that leaves within a lesion lies over it; one that leaves elsewhere, or is narrow, does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from precise_cal.qfr.angio.analyzability import judge_branches
from precise_cal.qfr.contour.pinned import pinned
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.lumen.lesions import Lesion
from precise_cal.qfr.study.answers import BY_EYE
from qfr_lab.simulator.flat import COLUMN, MM, ROW, tube

MASK = np.zeros(ROW.shape, bool)
MASK[5:-5, 5:-5] = True


def drawn(branch: np.ndarray | float = 0.0, least: float = 1.0) -> np.ndarray:
    """A vessel of 3 mm with a lesion of 10 mm about row 120, and a branch."""
    away = np.minimum(abs(ROW - 120.0) * MM / 5.0, 1.0)
    radius = 0.5 * (3.0 - (3.0 - least) * (1.0 - away**2) ** 2)
    vessel = 0.4 * np.sqrt(np.maximum(radius**2 - ((COLUMN - 70.0) * MM) ** 2, 0.0))
    noise = np.random.default_rng(0).normal(0, 0.02, ROW.shape)
    return np.asarray(gaussian_filter(np.maximum(vessel, branch), 1.1) + noise)


def ball(row: float, radius: float) -> np.ndarray:
    """The mouth of a branch: it begins on the axis."""
    return np.asarray(0.4 * np.sqrt(np.maximum(radius**2 - ((COLUMN - 70) ** 2 + (ROW - row) ** 2) * MM**2, 0.0)))


def outlined(picture: np.ndarray) -> Contour:
    return outline(picture, MASK, np.array([[70.0, 20.0], [70.0, 220.0]]), MM, densitometry=True)


WIDE = np.maximum(tube((70.0, 120.0), 50.0, 1.0, both=False), ball(120.0, 1.0))
ELSEWHERE = np.maximum(tube((70.0, 170.0), 50.0, 1.0, both=False), ball(170.0, 1.0))
NARROW = np.maximum(tube((70.0, 120.0), 50.0, 0.35, both=False), ball(120.0, 0.35))


def test_a_wide_branch_within_a_lesion_covers_it() -> None:
    contour = outlined(drawn(WIDE))
    assert contour.diameter_mm.min() > 1.3
    rows = contour.midline[contour.covered, 1]
    assert rows.min() < 120.0 < rows.max()
    assert rows.max() - rows.min() < 45.0
    (reason,) = judge_branches((Lesion(60, 100, 140),), contour.covered[None])
    assert reason.code == "BRANCH_IN_LESION"
    assert reason.code in BY_EYE
    assert judge_branches((Lesion(150, 160, 170),), contour.covered[None]) == []


@pytest.mark.parametrize(
    "picture",
    [drawn(), drawn(ELSEWHERE), drawn(NARROW), drawn(WIDE, 3.0)],
    ids=["none", "elsewhere", "narrow", "healthy"],
)
def test_nothing_covers_other_vessels(picture: np.ndarray) -> None:
    assert not outlined(picture).covered.any()


def test_borders_that_a_person_sets_count() -> None:
    picture = drawn(WIDE)
    found = outlined(picture)
    low, high = np.flatnonzero(found.covered)[[0, -1]]
    rows = found.midline[[low, (low + high) // 2, high], 1]
    pins = {side: tuple((70.0 + sign * 3.5, float(row)) for row in rows) for side, sign in (("left", 1), ("right", -1))}
    contour = pinned(picture, found, pins, MM, densitometry=True).contour
    assert not contour.covered.any()
