"""Borders along a vessel: the cheapest line of all, between samples, and only where a border may be."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import erf

from precise_cal.qfr.contour.absorbance import BORDER, open_field
from precise_cal.qfr.contour.blur_table import BLURS_MM, DIAMETERS_MM, TRACED_MM
from precise_cal.qfr.contour.borders import _traced, borders, cheapest
from precise_cal.qfr.contour.path import minimal_path
from precise_cal.qfr.dicom.reader import read_cine
from qfr_lab.simulator.dicom_file import XaTags, write_xa

if TYPE_CHECKING:
    from pathlib import Path


def test_the_cheapest_line_is_that_of_all_lines() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        cost, bend, reach = random.exponential(1.0, (4, 5)), 0.2, 2
        found = cheapest(cost, bend, reach)

        def spent(line: tuple[int, ...], cost: np.ndarray = cost, bend: float = bend) -> float:
            return float(sum(cost[place, one] for place, one in enumerate(line)) + bend * np.sum(np.diff(line) ** 2))

        possible = [one for one in product(range(5), repeat=4) if np.abs(np.diff(one)).max() <= reach]
        assert spent(tuple(found.tolist())) == pytest.approx(min(map(spent, possible)))
        assert np.abs(np.diff(found)).max() <= reach


@pytest.mark.parametrize(("least", "expected"), [(7.3, 7.3), (6.6, 6.6), (-2.0, 0.0), (30.0, 19.0)])
def test_a_border_lies_between_samples_and_not_beyond_the_last(least: float, expected: float) -> None:
    cost = np.tile((np.arange(20.0) - least) ** 2, (6, 1))
    np.testing.assert_allclose(_traced(cost), expected)


def vessel(left: float, right: float) -> np.ndarray:
    """Thirty lines across a vessel with soft borders at these samples of 61."""
    x = np.arange(61.0)
    return np.tile(0.5 * (erf((x - left) / 3.0) - erf((x - right) / 3.0)), (30, 1))


def test_both_borders_are_found_alike() -> None:
    found = borders(vessel(18.4, 44.7), 0.05)
    mirrored = borders(vessel(18.4, 44.7)[:, ::-1], 0.05)
    np.testing.assert_allclose(found[0], 60.0 - mirrored[1])
    np.testing.assert_allclose(0.5 * (found[0] + found[1]), 0.5 * (18.4 + 44.7), atol=0.2)
    assert abs(found[0][15] - 18.4) < 3.5


def test_no_border_is_seen_beyond_the_limit_or_where_it_is_left_out() -> None:
    two = vessel(24.0, 36.0) + 3.0 * vessel(8.0, 52.0)
    assert borders(two, 0.05)[0][15] < 12.0
    left, right = borders(two, 0.05, limit=np.full(30, 12.0))
    assert (left >= 18.0).all()
    assert (right <= 42.0).all()
    left_out = np.zeros(two.shape, bool)
    left_out[:, 3:14] = True
    left, right = borders(two, 0.05, left_out=left_out)
    assert not ((left > 3.5) & (left < 13.5)).any()
    assert (right > 48.0).all()


def test_the_table_of_blur_rises_in_every_direction() -> None:
    """What is traced grows with the diameter, and of a small vessel with the blur; a wide one is traced as it is."""
    table = np.array(TRACED_MM)
    assert table.shape == (len(BLURS_MM), len(DIAMETERS_MM))
    for rising in (BLURS_MM, DIAMETERS_MM, *TRACED_MM, table[:, 0]):
        assert (np.diff(rising) > 0).all()
    assert (np.abs(table[:, -1] - DIAMETERS_MM[-1]) < 0.1).all()
    assert (np.abs(np.diff(table, 2, axis=1)) < 1.0).all()


@pytest.mark.parametrize(("faint", "straight"), [(0.5, True), (0.38, False)])
def test_a_faint_way_costs_as_its_vesselness_to_the_power_of_one_and_a_half(faint: float, straight: bool) -> None:
    """Eleven pixels of a half cost 31, of 0.38 they cost 47; the bright way around takes 45."""
    speed = np.zeros((20, 13))
    speed[1, 1:12] = faint
    speed[1:18, [0, 12]] = speed[18, 1:12] = 1.0
    path = minimal_path(speed, np.array([[0.0, 1.0], [12.0, 1.0]]))
    assert (path[:, 1].max() < 2) == straight


def test_the_edge_of_a_picture_is_no_part_of_the_field(tmp_path: Path) -> None:
    bright = np.full((1, 64, 80), 900, np.uint16)
    bright[0, 30:33, 40:43] = 0
    write_xa(tmp_path / "bright.dcm", bright, XaTags())
    field = open_field(read_cine(tmp_path / "bright.dcm"))
    rows, columns = np.flatnonzero(field.any(axis=1)), np.flatnonzero(field.any(axis=0))
    assert (rows[[0, -1]].tolist(), columns[[0, -1]].tolist()) == (
        [BORDER + 1, 62 - BORDER],
        [BORDER + 1, 78 - BORDER],
    )
