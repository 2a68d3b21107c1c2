"""Another vessel beside the one that is analyzed."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.analyzability import tell_branches
from precise_cal.qfr.beside import beside
from precise_cal.qfr.contour.segment import outline
from precise_cal.qfr.lesions import Lesion

FACTOR = 0.2


def picture(branch: bool, crossing: bool = False) -> np.ndarray:
    """A straight vessel of 3 mm down column 60, and one that leaves it at row 100, or crosses it there."""
    row, column = np.mgrid[0:200, 0:140].astype(float)
    away = np.abs(column - 60.0) * FACTOR
    seen = 0.2 * np.sqrt(np.maximum(1.5**2 - away**2, 0.0))
    if branch:
        from_branch = np.abs((column - 60.0) * 0.8 - (row - 100.0) * 0.6) * FACTOR
        seen += 0.2 * np.sqrt(np.maximum(0.8**2 - from_branch**2, 0.0)) * (((row > 100.0) & (column > 60.0)) | crossing)
    return seen + np.random.default_rng(0).normal(0, 0.005, seen.shape)


def test_only_the_stretch_behind_the_take_off_is_told() -> None:
    mask = np.zeros((200, 140), bool)
    mask[5:-5, 5:-5] = True
    for branch in (False, True):
        seen = picture(branch)
        contour = outline(seen, mask, np.array([[60.0, 15.0], [60.0, 185.0]]), FACTOR, densitometry=True)
        found = beside(seen, contour, FACTOR)
        rows = contour.midline[found.touched, 1]
        assert found.touched.any() == branch
        assert not found.crossed.any()
        if branch:
            assert rows.min() > 98.0
            assert rows.max() < 122.0


def test_a_vessel_that_crosses_is_no_branch() -> None:
    mask = np.zeros((200, 140), bool)
    mask[5:-5, 5:-5] = True
    seen = picture(True, crossing=True)
    contour = outline(seen, mask, np.array([[60.0, 15.0], [60.0, 185.0]]), FACTOR, densitometry=True)
    rows = contour.midline[beside(seen, contour, FACTOR).crossed, 1]
    assert rows.min() == pytest.approx(100.0, abs=20.0)
    assert rows.max() == pytest.approx(100.0, abs=20.0)


def test_a_lesion_is_told_only_where_every_view_shows_it() -> None:
    touched = np.zeros((2, 40), bool)
    touched[:, 12:15] = [[True], [False]]
    assert tell_branches((Lesion(10, 14, 20),), touched) == []
    touched[1, 18:21] = True
    assert [one.code for one in tell_branches((Lesion(10, 14, 20), Lesion(25, 27, 30)), touched)] == [
        "BRANCH_AT_LESION"
    ]
