"""Lines of which no sample counts, as under what a person left out, leave a diameter open and end nothing."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.contour.along import Lines, fit_along
from precise_cal.qfr.contour.belief import LOOSE, Stiffness
from precise_cal.qfr.contour.profile import Optics


@pytest.mark.parametrize("stiffness", [Stiffness(), LOOSE])
@pytest.mark.parametrize("lost", [slice(0, 60), slice(50, 110), slice(100, 160), slice(None)])
def test_lines_without_samples_have_a_wide_spread(lost: slice, stiffness: Stiffness) -> None:
    x = np.arange(-3.0, 3.001, 0.1)
    profile = 0.3 * 2.0 * np.sqrt(np.maximum(1.5**2 - x**2, 0.0))
    profiles = np.tile(profile, (160, 1)) + np.random.default_rng(0).normal(0, 0.02, (160, len(x)))
    profiles[lost] = np.nan
    start = np.tile([0.0, 1.4, 0.3, 0.0, 0.0], (160, 1))
    fit = fit_along(Lines(profiles, x, 0.2, 0.05), start, Optics(0.3, 0.2), stiffness)
    spread = fit.radius_spread(np.zeros((2, 2)))
    assert np.isfinite(spread).all()
    assert spread[lost].max() > 0.1
    if lost != slice(None):
        assert spread.min() < 0.05
