"""Whole studies: simulated files in, a result or reasons out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest

from precise_cal.qfr.angio import flow as angio_flow
from precise_cal.qfr.angio.analysis import AngioResult, run_study
from precise_cal.qfr.angio.analyzability import judge_contours, judge_geometry, judge_vessel
from precise_cal.qfr.angio.at_lesions import judge_lesions
from precise_cal.qfr.angio.flow import judged, velocity_error
from precise_cal.qfr.angio.limits import Thresholds
from precise_cal.qfr.angio.of_fronts import judge_frame_rate, judge_fronts
from precise_cal.qfr.dicom.calibration import calibrate
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.front.fit import Front
from precise_cal.qfr.lumen.analysis import Settings, analyze
from precise_cal.qfr.lumen.flow import Flow, hyperemic_velocity
from precise_cal.qfr.lumen.lesions import Lesion
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.pages.angio import as_html
from precise_cal.qfr.study.study import Study, read_study
from qfr_lab.simulator.studies import Plan, make_study, truth_of
from qfr_lab.simulator.turned import Turned

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.qfr.angio.memory import Memory


def test_a_vessel_is_followed_by_the_times_and_r_waves_of_its_run(
    result: AngioResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = result.views[0]
    found = view.cine.acquisition
    asked: list[Any] = []

    def followed(*given: Any) -> np.ndarray:
        asked.extend(given)
        return np.zeros((found.frames, len(view.found.midline), 2))

    monkeypatch.setattr(angio_flow, "displacements", followed)
    monkeypatch.setattr(angio_flow, "beats", lambda _: (3,))
    for marked, waves in (((2, 9), (2, 9)), ((), (3,))):  # those of the ECG where none are marked
        asked.clear()
        acquired = replace(found, r_waves=marked)
        angio_flow._contrast(replace(view, cine=replace(view.cine, acquisition=acquired)))
        assert asked[1].tolist() == list(found.times_s or ())
        assert asked[2:4] == [waves, view.index]


@pytest.fixture(scope="module")
def made(films: Path) -> Path:
    return films / "STUDY.json"


def changed(path: Path, target: Path, edit: Any) -> Path:
    """The study with its first view alone, whose file is edited."""
    ds = pydicom.dcmread(path.parent / "view-a.dcm")
    edit(ds)
    ds.save_as(target / "view-a.dcm")
    data = json.loads(path.read_text())
    (target / "STUDY.json").write_text(json.dumps(data | {"views": data["views"][:1]}))
    return target / "STUDY.json"


def test_lumen_flow_and_qfr_against_the_truth(plan: Plan, result: AngioResult) -> None:
    truth, found = truth_of(plan), result.analysis
    settings = Settings(aortic_pressure_mmhg=95.0)
    flow = Flow("contrast", hyperemic_velocity(truth.velocity_m_s))
    expected = analyze(Lumen(truth.arc_mm, truth.diameter_mm), flow, settings)
    assert found.qfr is not None
    assert expected.qfr is not None
    assert found.qfr == pytest.approx(expected.qfr, abs=0.04)
    assert found.lumen.length_mm == pytest.approx(truth.arc_mm[-1], abs=1.5)
    assert found.lumen.diameter_mm.min() == pytest.approx(truth.diameter_mm.min(), abs=0.12)
    speeds = [front.velocity_m_s for front in result.fronts if front]
    assert len(speeds) == 2
    assert np.mean(speeds) == pytest.approx(truth.velocity_m_s, rel=0.1)


def test_the_result_has_the_contract_s_form(result: AngioResult) -> None:
    data = result.as_data()
    json.dumps(data, allow_nan=False)
    assert data["analyzable"] is True
    assert data["flow"]["method"] == "contrast"
    assert data["flow"]["frame_rate_hz"] == pytest.approx(15.0, abs=0.01)
    assert [view["calibration"] for view in data["views"]] == ["isocenter"] * 2
    assert set(data["reconstruction"]) >= {"angle_between_views_deg", "residual_mm", "foreshortening_percent"}
    assert {limit["status"] for limit in data["thresholds"]} == {"published", "own"}


def test_the_page_shows_both_views_and_the_lumen(result: AngioResult) -> None:
    page = as_html(result)
    assert page.count("data:image/png;base64,") == 2
    assert page.count("arrival, ms") == 2
    assert "nan" not in re.sub(r"base64,[^\"]*", "", page).lower()
    assert "Vessel in space" in page
    assert (
        page.count('<svg xmlns="http://www.w3.org/2000/svg" role="img"')
        == page.count("<svg")
        == page.count("<title>") - 1
    )
    assert page.count("<table>") == page.count("<thead>") == page.count("<caption>") > 3
    assert re.findall(r"<th(?! scope=)[ >]", page) == []
    assert page.count("<main>") == page.count("<h1>") == 1
    assert re.search(r"<strong>QFR \d\.\d\d</strong>", page)
    assert "mm[Hg]" in page
    assert "residual QFR" in page
    assert "assumed and not measured" not in page


def test_the_page_says_who_and_when_and_only_what_is_true_of_the_run(
    made: Path, memory: Memory, result: AngioResult
) -> None:
    data = json.loads(made.read_text()) | {
        "flow": {"method": "fixed"},
        "operator": "A <b> Reader",
        "participant": "P-1",
    }
    data["views"][0]["run"] = "LCA 3"
    study = Study.model_validate(data).within(made.parent)
    page = as_html(run_study(study, memory=memory))
    for text in ("P-1", "A &lt;b&gt; Reader", "A: LCA 3", "which is assumed and not measured"):
        assert text in page
    assert "Operator" not in as_html(result)
    assert "arrival, ms" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_slow_runs_are_refused_and_the_front_is_not_timed(made: Path, tmp_path: Path) -> None:
    study = changed(made, tmp_path, lambda ds: setattr(ds, "FrameTime", "133.333"))
    data = run_study(read_study(study)).as_data()
    assert {reason["code"] for reason in data["reasons"]} == {"FRAME_RATE_TOO_LOW"}
    assert data["qfr"] is None
    assert data["flow"]["velocity_m_s"] is None
    assert data["pressure_drop_Pa"] is None


def test_without_a_front_there_is_no_number(made: Path, tmp_path: Path) -> None:
    def still(ds: pydicom.Dataset) -> None:
        size = len(ds.PixelData) // ds.NumberOfFrames
        ds.PixelData = ds.PixelData[-2 * size : -size] * int(ds.NumberOfFrames)

    result = run_study(read_study(changed(made, tmp_path, still)))
    assert {reason.code for reason in result.analysis.reasons} == {"NO_CONTRAST_FRONT"}
    assert "Not analyzable" in as_html(result)


def test_one_view_a_given_flow_and_a_frame_of_the_program_s_choice(made: Path, tmp_path: Path) -> None:
    data = json.loads(made.read_text())
    data["views"], data["flow"] = data["views"][:1], {"method": "given", "velocity": "0.3"}
    data["views"][0].update(frame=None, file=str(made.parent / "view-a.dcm"))
    (tmp_path / "one.json").write_text(json.dumps(data))
    result = run_study(read_study(tmp_path / "one.json"))
    assert result.reconstruction is None
    codes = {notice.code for notice in result.analysis.notices}
    assert codes >= {"SINGLE_VIEW", "FRAME_CHOSEN"}
    assert result.as_data()["views"][0]["frame_source"] == "motion"


def turned_study(made: Path, target: Path, turned: Turned, *, told: bool) -> Path:
    """The study with its second view stored turned, and whether its file says so."""
    size = pydicom.dcmread(made.parent / "view-b.dcm", stop_before_pixels=True).Rows
    data = json.loads(made.read_text())
    data["flow"] = {"method": "fixed"}
    for name in ("view-a.dcm", "view-b.dcm"):
        ds = pydicom.dcmread(made.parent / name)
        if name == "view-b.dcm":
            ds.PixelData = turned.pictures(ds.pixel_array).tobytes()
            if told:
                ds.FieldOfViewRotation = str(turned.rotation_deg)
                ds.FieldOfViewHorizontalFlip = "YES" if turned.flip else "NO"
        ds.save_as(target / name)
    for key in ("proximal", "distal", "anchor"):
        data["views"][1][key] = turned.points(np.array([data["views"][1][key]]), size)[0].tolist()
    data["views"][1]["through"] = turned.points(np.array(data["views"][1]["through"]), size).tolist()
    (target / "STUDY.json").write_text(json.dumps(data))
    return target / "STUDY.json"


def test_the_simulator_turns_pictures_and_clicks(tmp_path: Path) -> None:
    plan = Plan(size=64, velocity_m_s=0.6, branch=False, seed=1)
    studies = []
    for name, turned in (("upright", (None, None)), ("turned", (None, Turned(270, True)))):
        (tmp_path / name).mkdir()
        studies.append(make_study(tmp_path / name, replace(plan, turned=turned))[0])
    upright, turned_b = (pydicom.dcmread(study.parent / "view-b.dcm") for study in studies)
    np.testing.assert_array_equal(turned_b.pixel_array, Turned(270, True).pictures(upright.pixel_array))
    assert (turned_b.FieldOfViewRotation, turned_b.FieldOfViewHorizontalFlip) == (270, "YES")
    clicks = [json.loads(study.read_text())["views"][1]["distal"] for study in studies]
    np.testing.assert_allclose(clicks[1], Turned(270, True).points(np.array([clicks[0]]), 64)[0], atol=0.11)


def test_a_view_that_is_stored_turned_gives_the_same_lumen(made: Path, result: AngioResult, tmp_path: Path) -> None:
    found = run_study(read_study(turned_study(made, tmp_path, Turned(90, flip=True), told=True)))
    space, upright = found.reconstruction, result.reconstruction
    assert space is not None
    assert upright is not None
    assert space.arc_mm[-1] == pytest.approx(upright.arc_mm[-1], abs=0.3)
    away = np.linalg.norm(space.points[:, None] - upright.points[None], axis=2).min(axis=1)
    assert away.max() < 0.3
    assert found.analysis.lumen.diameter_mm.min() == pytest.approx(result.analysis.lumen.diameter_mm.min(), abs=0.05)
    assert "PICTURE_TURNED" in {notice.code for notice in found.analysis.notices}


def test_a_turn_that_the_file_does_not_tell_does_not_go_unseen(made: Path, tmp_path: Path) -> None:
    found = run_study(read_study(turned_study(made, tmp_path, Turned(90), told=False)))
    assert found.analysis.qfr is None
    assert {reason.code for reason in found.analysis.reasons} & {"VIEWS_DO_NOT_FIT", "VIEWS_SHOW_DIFFERENT_PARTS"}


def with_view(study: Study, index: int, **changes: Any) -> Study:
    """The study with one view changed."""
    views = list(study.views)
    views[index] = views[index].model_copy(update=changes)
    return study.model_copy(update={"views": tuple(views)})


def test_what_is_no_frame_and_no_place_is_told_with_its_view(made: Path, memory: Memory, result: AngioResult) -> None:
    study = read_study(made)
    late = with_view(study, 0, frame=999)
    with pytest.raises(QfrError, match=r"view A .*frame 999"):
        run_study(late, memory=memory)
    off = with_view(study, 1, proximal=(0.0, 0.0), through=(), distal=(5.0, 5.0))
    with pytest.raises(QfrError, match=r"view B .*outside the open field"):
        run_study(off, memory=memory)


GOOD: dict[str, Any] = {
    "vessel": "LAD",
    "views": [{"file": "a.dcm", "frame": 1, "proximal": [1, 2], "distal": [3, 4]}],
    "flow": {"method": "fixed"},
}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("vessel", 3, "/vessel"),
        ("views", [], "/views"),
        ("extra", 1, "/extra: unknown"),
        ("flow", {"method": "guess"}, "/flow/method"),
        ("flow", {"method": "given"}, "/flow/velocity"),
        ("flow", {"method": "fixed", "velocity": 1}, "/flow/velocity"),
        ("aortic_pressure", {"value": "95"}, "/aortic_pressure/unit"),
        ("aortic_pressure", {"value": "x", "unit": "kPa"}, "/aortic_pressure/value"),
        ("views", [{**GOOD["views"][0], "frame": True}], "/views/0/frame"),
        ("views", [{**GOOD["views"][0], "proximal": [1]}], "/views/0/proximal"),
        ("views", [{"file": "a.dcm"}], "/views/0/proximal: nothing found, a point"),
        ("views", [{**GOOD["views"][0], "through": [[1, None]]}], "/views/0/through/0/1"),
        ("views", [{**GOOD["views"][0], "flip": 1}], "/views/0/flip"),
        ("views", [{**GOOD["views"][0], "anchor": [1, 2]}, GOOD["views"][0]], "anchors"),
    ],
)
def test_a_wrong_study_names_the_place(tmp_path: Path, path: str, value: object, said: str) -> None:
    file = tmp_path / "s.json"
    file.write_text(json.dumps({**GOOD, path: value}))
    with pytest.raises(QfrError, match=r"s\.json") as caught:
        read_study(file)
    assert said in str(caught.value)


def test_units_and_several_anchors(tmp_path: Path) -> None:
    data = {**GOOD, "aortic_pressure": {"value": "12.666", "unit": "kPa"}}
    data["views"] = [{**GOOD["views"][0], "anchor": [[1, 2], [3, 4]]}]
    (tmp_path / "s.json").write_text(json.dumps(data))
    study = read_study(tmp_path / "s.json")
    assert study.aortic_pressure_mmhg == pytest.approx(95.0, abs=0.01)
    assert study.views[0].anchor == ((1.0, 2.0), (3.0, 4.0))


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_no_study_at_all(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(QfrError, match=r"s\.json"):
        read_study(tmp_path / "s.json")


def test_rules_of_geometry_and_contours(result: AngioResult) -> None:
    limits, space = Thresholds(), result.reconstruction
    assert space is not None
    assert judge_geometry(space, limits) == []
    bad = replace(
        space,
        angle_deg=24.9,
        residual_mm=1.01,
        matched=(1.0, 0.84),
        widths_mm=space.widths_mm * np.array([[1.0], [1.12]]),
    )
    assert {reason.code for reason in judge_geometry(bad, limits)} == {
        "ANGLE_TOO_SMALL", "VIEWS_DO_NOT_FIT", "VIEWS_SHOW_DIFFERENT_PARTS", "CALIBRATIONS_DIFFER",
    }  # fmt: skip
    contour = result.views[0].contour
    assert judge_contours((contour,), limits) == []
    poor = replace(contour, contrast_to_noise=contour.contrast_to_noise * 0.01, doubtful=~contour.doubtful)
    assert {reason.code for reason in judge_contours((poor,), limits)} == {"LOW_CONTRAST", "DIAMETER_UNDEFINED"}


def test_rules_at_the_lesion() -> None:
    limits, clear = Thresholds(), np.zeros((2, 40), bool)
    lesion = Lesion(10, 15, 20)
    short = np.full((2, 40), 0.25)
    assert judge_lesions((lesion,), np.zeros((2, 40)), clear, limits) == []
    assert [one.code for one in judge_lesions((lesion,), short, clear, limits)] == ["FORESHORTENED"]
    assert judge_lesions((lesion,), short * [[1], [0.5]], clear, limits) == []
    over = clear.copy()
    over[:, 12:16] = True
    assert [one.code for one in judge_lesions((lesion,), None, over, limits)] == ["OVERLAP_AT_LESION"]
    long = Lesion(10, 15, 36)
    over[:, 22:32] = True  # more than 20 % of the vessel, all of it told by the lesion
    assert [one.code for one in judge_lesions((long,), None, over, limits)] == ["OVERLAP_AT_LESION"]
    over[:, 20:36] = True
    assert [one.code for one in judge_lesions((lesion,), None, over, limits)] == ["OVERLAP", "OVERLAP_AT_LESION"]
    assert [one.code for one in judge_lesions((), None, over, limits)] == ["OVERLAP"]


@pytest.mark.parametrize(
    ("rates", "codes"),
    [((15.0, 12.5), []), ((15.0, 12.4), ["FRAME_RATE_TOO_LOW"]), ((None, 15.0), ["FRAME_RATE_UNKNOWN"])],
)
def test_rules_of_time(rates: tuple[float | None, ...], codes: list[str]) -> None:
    assert [one.code for one in judge_frame_rate(rates, Thresholds())] == codes


def front(frames: float = 4.0, error: float = 5.0, velocity: float = 0.2) -> Front:
    nothing = np.zeros(2)
    return Front(nothing, nothing, nothing, frames, velocity, error, 1.0)


@pytest.mark.parametrize(
    ("fronts", "reasons", "notices"),
    [
        ((front(), front()), [], []),
        ((front(), None), [], ["NO_CONTRAST_FRONT"]),
        ((None, None), ["NO_CONTRAST_FRONT"] * 2, []),
        ((front(frames=0.9),), ["FRONT_TOO_FAST"], []),
        ((front(error=15.1), front(error=15.0)), [], []),
        ((front(error=25.0),), ["FRONT_UNCERTAIN"], []),
        ((front(error=25.0), front(error=25.0)), [], []),  # together they are known better
        ((front(velocity=0.049), front()), ["SLOW_FLOW"], []),
        ((front(velocity=0.2), front(velocity=0.28)), [], ["FLOW_VIEWS_DIFFER"]),
        ((front(velocity=0.2), front(velocity=0.26)), [], []),
        ((front(velocity=0.2, error=12.0), front(velocity=0.28, error=12.0)), [], []),  # their errors explain it
    ],
)
def test_rules_of_fronts(fronts: tuple[Front | None, ...], reasons: list[str], notices: list[str]) -> None:
    against, told = judge_fronts(fronts, Thresholds())
    assert [one.code for one in against] == reasons
    assert [one.code for one in told] == notices


def test_views_that_time_the_front_too_differently_give_the_fixed_flow(result: AngioResult) -> None:
    first = next(one for one in result.fronts if one is not None)
    fronts = (
        replace(first, error_percent=5.0),
        replace(first, velocity_m_s=2.0 * first.velocity_m_s, error_percent=5.0),
    )
    found = judged(result.views, result.analysis.lumen, fronts, Thresholds(), {})
    assert found.flow is not None
    assert found.flow.method == "fixed"
    assert [notice.code for notice in found.notices] == ["FLOW_VIEWS_DIFFER"]
    assert velocity_error(result.study, found.flow, fronts, Thresholds()) > 0.2


def test_rules_of_the_vessel() -> None:
    assert [one.code for one in judge_vessel("GRAFT")] == ["GRAFT"]
    assert judge_vessel("LAD") == []
    at_start = judge_lesions((Lesion(0, 5, 9),), None, np.zeros((1, 40), bool), Thresholds())
    assert [one.code for one in at_start] == ["LESION_AT_PROXIMAL_END"]


def test_calibrations_are_both_reported(result: AngioResult) -> None:
    found = result.views[0].cine.acquisition
    both = calibrate(found, 2.0, 2.0 / 0.25)
    assert both.source == "catheter"
    assert both.isocenter == pytest.approx(0.22)
    assert both.disagree
    assert not calibrate(found, 2.0, 2.0 / 0.23).disagree
    with pytest.raises(QfrError, match="catheter"):
        calibrate(found, 9.0, 40.0)
