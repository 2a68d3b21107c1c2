"""Frames beside the analyzed one are laid on it where they show the same vessel, and make its lumen surer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from precise_cal.qfr.contour.neighbors import laid_on
from precise_cal.qfr.contour.segment import outline
from qfr_lab.simulator.flat import COLUMN, MM, ROW

MASK = np.zeros(ROW.shape, bool)
MASK[5:-5, 5:-5] = True
LINE = np.stack([np.full(201, 70.0), np.arange(20.0, 221.0)], axis=1)
LEAST = 1.0


def shown(seed: int, column: float = 0.0, row: float = 0.0, filled: float = 1.0, noise: float = 0.06) -> np.ndarray:
    """A vessel of 3 mm with a lesion about row 120, displaced by so many pixels and more below, as a heart bends it."""
    rows = ROW - row
    columns = COLUMN - 70.0 - column * (0.5 + rows / 240.0)
    away = np.minimum(abs(rows - 120.0) * MM / 5.0, 1.0)
    radius = 0.5 * (3.0 - (3.0 - LEAST) * (1.0 - away**2) ** 2)
    vessel = 0.4 * filled * np.sqrt(np.maximum(radius**2 - (columns * MM) ** 2, 0.0))
    return np.asarray(gaussian_filter(vessel, 1.1) + np.random.default_rng(seed).normal(0, noise, ROW.shape))


@pytest.mark.parametrize(("column", "row"), [(0.0, 0.0), (2.6, -1.5), (-4.4, 0.0)])
def test_where_the_vessel_lies_in_a_neighbor_is_told_to_a_fraction_of_a_pixel(column: float, row: float) -> None:
    (laid,) = laid_on(shown(0), [shown(1, column, row)], LINE, 0.5 * 3.0 / MM, MM)
    across = column * (0.5 + (laid.places[:, 1] - row) / 240.0)
    assert abs(laid.moved[:, 0] - across)[20:-20].max() < 0.6
    assert laid.moved[80:120, 1].mean() == pytest.approx(row, abs=0.6)


@pytest.mark.parametrize(
    "other", [shown(1, column=60.0), shown(1, filled=0.5), shown(1, filled=0.0)], ids=["gone", "half filled", "empty"]
)
def test_a_frame_that_does_not_show_the_vessel_filled_alike_is_left_out(other: np.ndarray) -> None:
    assert laid_on(shown(0), [other], LINE, 0.5 * 3.0 / MM, MM) == ()


def test_what_is_excluded_does_not_move_a_neighbor() -> None:
    picture, excluded = shown(0), np.zeros(ROW.shape, bool)
    picture[90:110, 74:82] += 2.0
    excluded[88:112, 73:84] = True
    (laid,) = laid_on(picture, [shown(1)], LINE, 0.5 * 3.0 / MM, MM, excluded)
    assert abs(laid.moved[10:-10, 0]).max() < 0.6


def test_neighbors_make_the_least_diameter_surer() -> None:
    stops = np.array([[70.0, 20.0], [70.0, 220.0]])
    errors = np.array(
        [
            [
                outline(shown(seed), MASK, stops, MM, densitometry=True, neighbors=others).diameter_mm.min() - LEAST
                for others in ([], [shown(seed + 50, 2.6, -1.5), shown(seed + 80, -2.2, 1.0)])
            ]
            for seed in range(6)
        ]
    )
    alone, together = np.sqrt((errors**2).mean(axis=0))
    assert together < 0.8 * alone
    assert together < 0.1
