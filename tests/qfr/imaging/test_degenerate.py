"""Two views that look from one direction give no curve in space, and say so."""

from __future__ import annotations

import numpy as np
import pytest

from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.stereo.curve3d import _interpolated


@pytest.mark.parametrize("points", [np.zeros((5, 3)), np.full((5, 3), np.nan), np.full((5, 3), np.inf)])
def test_points_that_are_no_curve_are_refused(points: np.ndarray) -> None:
    with pytest.raises(QfrError, match="look from the same direction"), np.errstate(invalid="ignore"):
        _interpolated(points)
