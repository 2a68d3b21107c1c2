"""Another vessel beside the one that is analyzed, or over it."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.angio.at_lesions import judge_lesions, tell_branches
from precise_cal.qfr.angio.limits import Thresholds
from precise_cal.qfr.contour.beside import beside
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.lumen.lesions import Lesion
from qfr_lab.simulator.flat import MM, ROW, film, tube

MASK = np.zeros(ROW.shape, bool)
MASK[5:-5, 5:-5] = True
STOPS = np.array([[70.0, 15.0], [70.0, 225.0]])


def outlined(picture: np.ndarray) -> Contour:
    return outline(picture, MASK, STOPS, MM, densitometry=True)


def covered_rows(picture: np.ndarray) -> np.ndarray:
    contour = outlined(picture)
    return contour.midline[beside(picture, contour, MM).covered, 1]


def test_only_the_stretch_behind_the_take_off_is_touched() -> None:
    for branches in ((), (tube((70.0, 120.0), 53.0, 0.8, both=False),)):
        picture = film(*branches)
        contour = outlined(picture)
        found = beside(picture, contour, MM)
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
    reach = 14.0 + (1.5 + radius) / np.tan(np.deg2rad(min(angle, 180.0 - angle))) / MM + radius / MM
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


def test_a_lesion_is_told_only_where_every_view_shows_it() -> None:
    touched = np.zeros((2, 40), bool)
    touched[:, 12:15] = [[True], [False]]
    assert tell_branches((Lesion(10, 14, 20),), touched) == []
    touched[1, 18:21] = True
    assert [one.code for one in tell_branches((Lesion(10, 14, 20), Lesion(25, 27, 30)), touched)] == [
        "BRANCH_AT_LESION"
    ]
