"""Another vessel beside the one that is analyzed, or over it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from precise_cal.qfr.analyzability import Thresholds, judge_lesions, tell_branches
from precise_cal.qfr.beside import beside
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.lesions import Lesion

FACTOR = 0.2
ROW, COLUMN = np.mgrid[0:240, 0:160].astype(float)
MASK = np.zeros(ROW.shape, bool)
MASK[5:-5, 5:-5] = True
STOPS = np.array([[70.0, 15.0], [70.0, 225.0]])


def tube(
    at: tuple[float, float], angle_deg: float, radius: float, *, both: bool = True, density: float = 0.2
) -> np.ndarray:
    """Absorption of a straight tube through a place [column, row], at an angle to the columns; or half of it."""
    along, across = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    away = ((COLUMN - at[0]) * along - (ROW - at[1]) * across) * FACTOR
    ahead = (COLUMN - at[0]) * across + (ROW - at[1]) * along > 0
    return density * 2.0 * np.sqrt(np.maximum(radius**2 - away**2, 0.0)) * (ahead | both)


def film(*others: np.ndarray, joined: np.ndarray | float = 0.0, dense: tuple[float, float] | None = None) -> np.ndarray:
    """A straight vessel of 3 mm down column 70 with a branch of the same lumen, and vessels before or behind it.

    In the ``dense`` rows it absorbs twice as much.
    """
    vessel = np.maximum(tube((70.0, 0.0), 0.0, 1.5), joined)
    if dense is not None:
        vessel = vessel * (1.0 + (abs(ROW - np.mean(dense)) < 0.5 * np.ptp(dense)))
    return gaussian_filter(vessel + sum(others), 1.1) + np.random.default_rng(0).normal(0, 0.03, vessel.shape)


def outlined(picture: np.ndarray, excluded: np.ndarray | None = None) -> Contour:
    return outline(picture, MASK, STOPS, FACTOR, densitometry=True, excluded=excluded)


def covered_rows(picture: np.ndarray) -> np.ndarray:
    contour = outlined(picture)
    return contour.midline[beside(picture, contour, FACTOR).covered, 1]


def test_only_the_stretch_behind_the_take_off_is_touched() -> None:
    for branches in ((), (tube((70.0, 120.0), 53.0, 0.8, both=False),)):
        picture = film(*branches)
        contour = outlined(picture)
        found = beside(picture, contour, FACTOR)
        rows = contour.midline[found.touched, 1]
        assert found.touched.any() == bool(branches)
        assert not found.covered.any()
        if branches:
            assert rows.min() > 112.0
            assert rows.max() < 142.0


@pytest.mark.parametrize("angle", [22.0, 40.0, 60.0, 90.0, 120.0, 150.0])
@pytest.mark.parametrize("radius", [0.8, 1.3])
def test_a_second_ridge_that_runs_through_both_flanks_covers(angle: float, radius: float) -> None:
    rows = covered_rows(film(tube((70.0, 120.0), angle, radius)))
    assert rows.min() < 124.0
    assert rows.max() > 116.0
    reach = 14.0 + (1.5 + radius) / np.tan(np.deg2rad(min(angle, 180.0 - angle))) / FACTOR + radius / FACTOR
    assert abs(rows - 120.0).max() < reach


def bends(*places: tuple[float, float], radius: float = 0.7) -> list[np.ndarray]:
    return [tube((70.0, row), angle, radius, both=False) for row, angle in places]


@pytest.mark.parametrize(
    "others",
    [
        bends((80.0, 50.0), (95.0, -50.0)),
        bends((80.0, 60.0), (88.0, -60.0), (110.0, 40.0), (122.0, -45.0)),
        bends((100.0, 35.0), (100.0, -35.0)),
    ],
    ids=["two", "four", "a fork"],
)
def test_branches_on_alternating_sides_cover_nothing(others: list[np.ndarray]) -> None:
    assert len(covered_rows(film(*others))) == 0


def test_a_dense_stretch_is_covered_only_where_another_vessel_comes_and_goes() -> None:
    turned = film(dense=(90.0, 135.0))
    assert len(covered_rows(turned)) == 0
    comes, goes = tube((70.0, 92.0), 140.0, 1.2, both=False), tube((70.0, 133.0), 40.0, 1.2, both=False)
    assert len(covered_rows(film(comes, goes, dense=(90.0, 135.0)))) > 30


LESION = Lesion(20, 40, 60)


@pytest.mark.parametrize(
    ("places", "codes"),
    [
        (range(0), []),
        (range(20, 28), []),
        (range(20, 32), ["OVERLAP_AT_LESION"]),
        (range(44, 46), ["OVERLAP_AT_LESION"]),
        (range(62, 80), []),
    ],
    ids=["none", "a fifth", "more", "near the throat", "beyond"],
)
def test_a_lesion_is_refused_where_its_least_diameter_or_much_of_it_is_covered(places: range, codes: list[str]) -> None:
    covered = np.zeros((2, 200), bool)
    covered[0, list(places)] = True
    assert judge_lesions((LESION,), None, covered, Thresholds()) == []
    covered[1] = covered[0]
    assert [one.code for one in judge_lesions((LESION,), None, covered, Thresholds())] == codes


def test_what_a_person_leaves_out_counts_for_no_border() -> None:
    """A branch that leaves at 20 degrees, and a patch over all of the vessel."""
    picture = film(joined=tube((70.0, 90.0), 20.0, 1.0, both=False))
    right = outlined(picture, (COLUMN > 77.5) & (ROW > 80.0))
    assert abs(right.diameter_mm - 3.0).max() < 0.3
    patch = (ROW > 110.0) & (ROW < 125.0)
    through = outlined(film() + 3.0 * patch, patch)
    assert abs(through.diameter_mm - 3.0).max() < 0.3


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
    vessel = 0.4 * np.sqrt(np.maximum(lesion**2 - ((COLUMN - 70.0) * FACTOR) ** 2, 0.0))
    noise = np.random.default_rng(0).normal(0, 0.03, ROW.shape)
    branch = tube((70.0, 28.0), 60.0, 0.8, both=False)
    contour = outlined(gaussian_filter(np.maximum(vessel, branch), 1.1) + noise)
    rows = contour.midline[:, 1]
    assert abs(contour.diameter_mm[rows < 45.0] - 3.0).max() < 0.5
    assert contour.diameter_mm.min() == pytest.approx(1.8, abs=0.15)


def test_a_lesion_is_told_only_where_every_view_shows_it() -> None:
    touched = np.zeros((2, 40), bool)
    touched[:, 12:15] = [[True], [False]]
    assert tell_branches((Lesion(10, 14, 20),), touched) == []
    touched[1, 18:21] = True
    assert [one.code for one in tell_branches((Lesion(10, 14, 20), Lesion(25, 27, 30)), touched)] == [
        "BRANCH_AT_LESION"
    ]
