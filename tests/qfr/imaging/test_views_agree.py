"""Two views of one vessel: the same place is narrow in both, and both are calibrated alike."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from precise_cal.qfr.angio.analyzability import judge_geometry
from precise_cal.qfr.angio.limits import Thresholds

if TYPE_CHECKING:
    from precise_cal.qfr.stereo.lumen3d import Reconstruction

ARC = np.arange(0.0, 40.0, 0.25)


def widths(at_mm: float, scale: float = 1.0) -> np.ndarray:
    """A vessel of 3 mm with a lesion of 1.2 mm at a place."""
    return scale * (3.0 - 1.8 * np.exp(-(((ARC - at_mm) / 3.0) ** 2)))


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        (widths(20.0), widths(20.0), []),
        (widths(20.0), widths(21.0), []),
        (widths(18.0), widths(24.0), ["LESIONS_DO_NOT_MATCH"]),
        (widths(20.0), widths(20.0, 1.08), []),
        (widths(20.0), widths(20.0, 1.15), ["CALIBRATIONS_DIFFER"]),
        (widths(20.0), np.where(ARC > 36.0, 5.0, widths(20.0)), []),
    ],
    ids=["alike", "near", "elsewhere", "nearly", "not calibrated alike", "a bulge at one end"],
)
def test_views_that_do_not_agree_are_refused(first: np.ndarray, second: np.ndarray, codes: list[str]) -> None:
    both = np.array([first, second])
    found = SimpleNamespace(
        angle_deg=50.0, residual_mm=0.2, matched=(1.0, 1.0), widths_mm=both, diameter_mm=np.sqrt(first * second)
    )
    assert [one.code for one in judge_geometry(cast("Reconstruction", found), Thresholds())] == codes
