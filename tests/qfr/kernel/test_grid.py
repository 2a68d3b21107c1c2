"""Loops of the kernel in place of NumPy's functions: the same bits."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.core.grid import are_positive, interpolate_linearly, median


@pytest.mark.parametrize("count", [2, 3, 80, 81])
def test_linear_interpolation_and_median_are_those_of_numpy(count: int) -> None:
    chance = np.random.default_rng(count)
    for _ in range(50):
        x, y = np.sort(chance.normal(size=count)), chance.normal(size=count)
        at = np.sort(np.concatenate([chance.normal(size=200), x, [x[0] - 1.0, x[-1] + 1.0]]))
        assert np.array_equal(interpolate_linearly(x, y, at), np.interp(at, x, y))
        rounded = np.round(chance.normal(size=count), int(chance.integers(0, 3)))
        before = rounded.copy()
        assert median(rounded) == np.median(rounded)
        assert np.array_equal(rounded, before)


def test_what_is_not_above_0_is_told_from_what_is() -> None:
    assert are_positive(np.array([1e-300, 2.0]))
    assert not any(are_positive(np.array([1.0, one, 2.0])) for one in (0.0, -1.0, np.nan))
