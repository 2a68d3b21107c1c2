"""Real cine runs of a right and a left coronary artery. Skipped where the data is absent."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from precise_cal.qfr.angio.analysis import AngioResult, run_study
from precise_cal.qfr.angio.flow import flow_of
from precise_cal.qfr.angio.memory import Memory
from precise_cal.qfr.contour.absorbance import open_field
from precise_cal.qfr.dicom.reader import read_cine, read_header
from precise_cal.qfr.frames.phase import candidates, rests
from precise_cal.qfr.study.parts import FlowSpec
from precise_cal.qfr.study.study import Study, read_study
from qfr_lab.jpeg_runs import save_jpeg_run

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


def test_motion_alone_tells_the_three_ends_of_diastole() -> None:
    """The atrium moves this artery before the R wave: rests end up to six frames (0.2 s) earlier."""
    cine = read_cine(RCA)
    ranked = sorted(rests(cine, open_field(cine)), key=lambda rest: -rest[1])
    first = [frame for frame, _ in ranked[:3]]
    for wave in read_header(RCA).r_waves:
        assert any(-1 <= wave - frame <= 6 for frame in first)


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> AngioResult:
    """One view, from 25 mm below the ostium to the crux: the contour was looked at."""
    view = {
        "file": str(RCA), "frame": 75, "proximal": [150, 148], "through": [[110, 215]], "distal": [222, 348],
        "catheter": {"outer_diameter_mm": 2.0, "from": [258, 30], "to": [243, 95]},
    }  # fmt: skip
    path = tmp_path_factory.mktemp("right") / "s.json"
    path.write_text(json.dumps({"vessel": "RCA", "views": [view], "flow": {"method": "contrast"}}))
    return run_study(read_study(path))


def test_the_right_coronary_artery_without_a_severe_lesion_has_a_high_qfr(right: AngioResult) -> None:
    assert right.analysis.reasons == ()
    assert right.analysis.qfr is not None
    assert 0.9 < right.analysis.qfr <= 1.0
    assert {"SINGLE_VIEW", "ANGLE_SIGN"} <= {notice.code for notice in right.analysis.notices}
    assert right.views[0].calibration.source == "catheter"


def test_contrast_of_the_right_coronary_artery_runs_at_a_plausible_speed(right: AngioResult) -> None:
    front = right.fronts[0]
    assert front is not None
    assert 0.1 < front.velocity_m_s < 0.5
    assert front.error_percent < 15.0


LCA = SHARED / "xa-cine" / "lca-two-views-jpg"
LESION = ((170.0, 80.0), (211.0, 146.0))
"""The subtotal lesion of the left anterior descending artery, by eye, [column, row] in each view."""
LEFT_VIEWS = [
    {"frame": 17, "proximal": [115, 81], "through": [[150, 79], [170, 80], [200, 78]], "distal": [278, 62]},
    {"frame": 19, "proximal": [213, 195], "through": [[214, 170], [211, 146], [210, 125]], "distal": [200, 80]},
]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> AngioResult:
    """Two views, around the lesion; both contours were looked at."""
    folder = tmp_path_factory.mktemp("left")
    for projection in (0, 1):
        save_jpeg_run(LCA / f"proj{projection}", folder / f"{projection}.dcm")
    views = [{"file": f"{k}.dcm", **view} for k, view in enumerate(LEFT_VIEWS)]
    (folder / "s.json").write_text(json.dumps({"vessel": "LAD", "views": views, "flow": {"method": "fixed"}}))
    return run_study(read_study(folder / "s.json"))


def test_the_left_coronary_artery_is_rebuilt_from_two_views_around_its_lesion(left: AngioResult) -> None:
    assert [view.cine.pixels.shape for view in left.views] == [(37, 512, 512), (40, 512, 512)]
    narrowest = []
    for view, lesion in zip(left.views, LESION, strict=True):
        contour = view.contour
        at = int(contour.diameter_mm.argmin())
        assert np.linalg.norm(contour.midline[at] - lesion) < 8.0
        narrowest.append(contour.diameter_mm[at])
    assert max(narrowest) < 1.2
    assert abs(narrowest[0] - narrowest[1]) < 0.3
    space = left.reconstruction
    assert space is not None
    assert space.residual_mm < 0.5
    severe = {"NON_PHYSICAL_RATIO", "OCCLUSIVE_LUMEN", "STENOSIS_TOO_SEVERE"}
    if left.analysis.qfr is None:
        assert {reason.code for reason in left.analysis.reasons} & severe
    else:
        assert left.analysis.qfr < 0.8
    assert "SIEMENS_DISTANCE" in {notice.code for notice in left.analysis.notices}


FRAME_30 = {
    "file": str(SHARED / "xa-cine" / "lca-75frames.dcm"), "frame": 30,
    "proximal": [350, 118], "through": [[400, 155], [440, 200]], "distal": [476, 345],
    "catheter": {"outer_diameter_mm": 2.0, "from": [60, 42], "to": [110, 80]},
}  # fmt: skip
"""The left anterior descending artery of the third film, beyond its first large branch; a filled 6 F catheter."""


@pytest.mark.slow
def test_an_answer_and_three_pins_give_the_diseased_left_anterior_descending_artery_a_number() -> None:
    """The neck at 53 mm was looked at: another branch runs beside it, and no program tells its borders there."""
    study = {"vessel": "LAD", "views": [FRAME_30], "flow": {"method": "fixed"}}
    refused = run_study(Study.model_validate(study))
    codes = {reason.code for reason in refused.analysis.reasons}
    assert codes == {"OVERLAP_AT_LESION", "DIAMETER_UNDEFINED"}
    pins = {"left": [[468.0, 287.0], [466.6, 293.2]], "right": [[462.3, 293.5]]}
    answers = {"OVERLAP_AT_LESION": {"answer": "accept", "by": "A. Reader"}}
    corrected = study | {"views": [FRAME_30 | {"borders": pins}], "answers": answers}
    result = run_study(Study.model_validate(corrected)).with_interval(200)
    assert result.analysis.reasons == ()
    assert result.analysis.qfr is not None
    interval = result.analysis.interval
    assert interval is not None
    assert interval.low < 0.8 < result.analysis.qfr < interval.high
    contour = result.views[0].contour
    throat = int(contour.diameter_mm.argmin())
    assert np.linalg.norm(contour.midline[throat] - (464.5, 293.3)) < 6.0
    assert result.views[0].calibration.mm_per_pixel == pytest.approx(0.248, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("moved", [(0.0, 0.0), (2.5, -2.5), (-3.0, 2.0)])
def test_the_left_anterior_descending_artery_has_a_contrast_flow_wherever_it_is_clicked(
    moved: tuple[float, float],
) -> None:
    """The heart bends it in systole, just when the contrast comes: about 0.19 m/s by eye."""
    clicks = {
        "proximal": [350.0 + moved[0], 118.0 + moved[1]],
        "through": [[400.0 - moved[0], 155.0], [440.0, 200.0 + moved[1]]],
        "distal": [476.0 + moved[1], 345.0 - moved[0]],
    }
    pins = {"left": [[468.0, 287.0], [466.6, 293.2]], "right": [[462.3, 293.5]]}
    answers = {code: {"answer": "accept"} for code in ("OVERLAP_AT_LESION", "FRONT_UNCERTAIN")}
    views = [FRAME_30 | clicks | {"borders": pins}]
    study = {"vessel": "LAD", "views": views, "flow": {"method": "contrast"}, "answers": answers}
    result = run_study(Study.model_validate(study))
    front = result.fronts[0]
    assert front is not None
    assert abs(front.velocity_m_s - 0.19) < 2.0 * 0.01 * front.error_percent * front.velocity_m_s
    assert result.analysis.reasons == ()
    assert result.analysis.qfr == pytest.approx(0.958, abs=0.015)


def test_the_left_coronary_artery_has_no_frame_times_so_no_contrast_flow(left: AngioResult) -> None:
    assert left.reconstruction is not None
    study = left.study.model_copy(update={"flow": FlowSpec(method="contrast")})
    stations = left.reconstruction.station
    found = flow_of(study, left.views, left.analysis.lumen, stations, left.limits, Memory(), lambda _: None)
    assert found.flow is None
    assert [reason.code for reason in found.reasons] == ["FRAME_RATE_UNKNOWN", "FRAME_RATE_UNKNOWN"]
