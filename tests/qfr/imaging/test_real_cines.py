"""Real cine runs of a right and a left coronary artery. Skipped where the data is absent."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from precise_cal.qfr.angio import run_study
from precise_cal.qfr.contour.absorbance import open_field
from precise_cal.qfr.dicom.reader import read_cine, read_header
from precise_cal.qfr.phase import candidates
from precise_cal.qfr.study import read_study

SHARED = Path(os.environ.get("PRECISE_SHARED", Path(__file__).parents[4] / "shared")) / "data"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not (SHARED / "xa-cine").is_dir(), reason=f"no cine runs in {SHARED}"),
]
RCA = SHARED / "xa-cine" / "rca-96frames.dcm"


def frames_by(**left_out: object) -> list[int]:
    """Candidates of the right coronary artery, best first, without some of what the file tells."""
    cine = read_cine(RCA)
    cine = replace(cine, acquisition=replace(cine.acquisition, **left_out))  # type: ignore[arg-type]
    return [one.frame for one in candidates(cine, open_field(cine))]


@pytest.mark.parametrize("left_out", [{}, {"r_waves": ()}], ids=["marks", "ecg"])
def test_end_diastole_of_the_right_coronary_artery(left_out: dict[str, object]) -> None:
    frames = frames_by(**left_out)
    waves = read_header(RCA).r_waves
    assert len(frames) == len(waves) == 3
    for wave in waves:
        assert any(0 <= wave - frame <= 2 for frame in frames)


def test_motion_alone_ranks_the_three_ends_of_diastole_first() -> None:
    """The atrium moves this artery before the R wave: rests end up to six frames (0.2 s) earlier."""
    first = sorted(frames_by(r_waves=(), ecg=None)[:3])
    assert all(-1 <= wave - frame <= 6 for wave, frame in zip(read_header(RCA).r_waves, first, strict=True))


def test_contrast_of_the_right_coronary_artery_runs_at_a_plausible_speed(tmp_path: Path) -> None:
    view = {
        "file": str(RCA), "frame": None, "proximal": [190, 138], "through": [[110, 215]], "distal": [222, 348],
        "catheter": {"outer_diameter_mm": 2.0, "from": [258, 30], "to": [243, 95]},
    }  # fmt: skip
    (tmp_path / "s.json").write_text(json.dumps({"vessel": "RCA", "views": [view], "flow": {"method": "contrast"}}))
    result = run_study(read_study(tmp_path / "s.json"))
    front = result.fronts[0]
    assert front is not None
    assert 0.1 < front.velocity_m_s < 0.4
    assert result.views[0].calibration.source == "catheter"
