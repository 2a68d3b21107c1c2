"""Agreement of two readers: against the papers' own numbers."""

import numpy as np
import pytest

from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.session.agreement import agreement, as_svg, icc, sides


def test_icc_of_shrout_and_fleiss() -> None:
    """Their table 2: six targets, four judges; ICC(2,1) = 0.29."""
    readings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    found = icc(readings)
    assert found.value == pytest.approx(0.2898, abs=1e-4)
    assert (found.low, found.high) == (pytest.approx(0.0188, abs=2e-4), pytest.approx(0.7611, abs=2e-4))


def test_bland_altman_limits() -> None:
    first = np.array([0.80, 0.70, 0.95, 0.88, 0.76])
    second = first - np.array([0.01, -0.02, 0.0, 0.03, 0.01])
    found = agreement(first, second)
    assert found.bias.value == pytest.approx(0.006)
    spread = np.std([0.01, -0.02, 0.0, 0.03, 0.01], ddof=1)
    assert found.upper.value == pytest.approx(0.006 + 1.96 * spread)
    assert found.bias.high - found.bias.value == pytest.approx(2.7764 * spread / np.sqrt(5), rel=1e-4)
    assert found.upper.high - found.upper.value == pytest.approx(2.7764 * spread * np.sqrt(3 / 5), rel=1e-4)
    assert found.icc.low < found.icc.value < found.icc.high < 1.0
    assert agreement(first, first).icc.value == pytest.approx(1.0)
    assert sides(first, second, 0.80) == {"both_above": 2, "first_only": 0, "second_only": 0, "none_above": 3}
    plot = as_svg(found, "QFR")
    assert plot.count('class="point"') == 5
    assert "<title>" in plot
    with pytest.raises(QfrError, match="2 pairs"):
        agreement(first[:2], second[:2])
