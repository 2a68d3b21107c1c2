"""Clicks at the ends of a vessel: beside it they make no hook, and the last stations are outlined like the others."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.angio.notices import moved_clicks
from precise_cal.qfr.contour.ends import with_ends
from precise_cal.qfr.contour.segment import Contour, outline
from precise_cal.qfr.study.parts import ViewSpec
from qfr_lab.simulator.flat import COLUMN, MM, ROW, film, tube

MASK = np.zeros(ROW.shape, bool)
MASK[5:-5, 5:-5] = True


def outlined(first: tuple[float, float], last: tuple[float, float], picture: np.ndarray) -> Contour:
    return outline(picture, MASK, np.array([first, last]), MM, densitometry=True)


@pytest.mark.parametrize("aside", [-12.0, -8.0, 8.0, 12.0], ids=lambda aside: f"{aside * MM:+.1f} mm")
@pytest.mark.parametrize("speck", [0.0, 0.35], ids=["on nothing", "on a speck"])
def test_a_click_beside_the_vessel_makes_no_hook(aside: float, speck: float) -> None:
    """The speck is such as noise has: there the snap to the best ridge nearby finds no vessel."""
    places = ((70.0 + aside, 40.0), (70.0 + aside, 190.0))
    spots = sum(speck * np.exp(-0.5 * ((COLUMN - x) ** 2 + (ROW - y) ** 2) / 3.0**2) for x, y in places)
    contour = outlined(*places, film(spots))
    assert abs(contour.diameter_mm - 3.0).max() < 0.4
    assert abs(contour.midline[:, 0] - 70.0).max() < 2.5
    assert contour.arc_mm[-1] == pytest.approx(30.0, abs=1.5)


def test_the_last_stations_are_known_as_well_as_the_others_where_the_vessel_runs_on() -> None:
    contour = outlined((70.0, 40.0), (70.0, 190.0), film())
    assert contour.spread_mm[[0, -1]].max() < 1.5 * np.median(contour.spread_mm)
    assert contour.arc_mm[0] == 0.0
    assert contour.midline[[0, -1], 1] == pytest.approx([40.0, 190.0], abs=2.0)


def test_a_vessel_that_ends_is_not_outlined_beyond_its_end() -> None:
    ending = tube((70.0, 190.0), 180.0, 1.5, both=False) + np.random.default_rng(0).normal(0, 0.03, ROW.shape)
    contour = outlined((70.0, 40.0), (70.0, 183.0), ending)
    assert contour.midline[-1, 1] < 188.0
    assert abs(contour.diameter_mm - 3.0).max() < 0.5


def test_a_bend_before_the_last_click_is_no_hook() -> None:
    """The vessel runs on in its direction, or ends there; in neither case a straight one runs on from before it."""
    speed = np.full((60, 60), 0.05)
    speed[28:33, 3:44] = speed[31:55, 40:45] = 0.9
    way = np.array([[x, 30.0] for x in range(5, 42)] + [[42.0, y] for y in range(31, 44)])
    assert with_ends(speed, way, 0.3).ends[1].tolist() == [42.0, 43.0]
    speed[45:] = 0.05
    assert with_ends(speed, way, 0.3).ends[1].tolist() == [42.0, 43.0]


def test_a_click_on_a_branch_stays_on_it() -> None:
    picture = film(joined=tube((70.0, 170.0), 45.0, 1.0, both=False))
    contour = outlined((70.0, 40.0), (95.0, 195.0), picture)
    assert np.linalg.norm(contour.midline[-1] - [95.0, 195.0]) < 3.0


def test_a_click_far_from_the_vessel_is_told() -> None:
    contour = outlined((70.0, 40.0), (70.0, 190.0), film())
    spec = ViewSpec.model_validate({"file": "x", "frame": 0, "proximal": [70, 40], "distal": [85, 190]})
    (notice,) = moved_clicks(spec, "A", contour, MM)
    assert notice.code == "CLICK_MOVED"
    assert "the distal click lies 3.0 mm" in notice.text
