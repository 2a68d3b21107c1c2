"""A person corrects a study: pins, reference, front, answers, frames; who did it; and the result reopened."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np
import pydicom
import pytest

from precise_cal.cli import exits
from precise_cal.qfr.angio import flow as angio_flow
from precise_cal.qfr.angio import view as angio_view
from precise_cal.qfr.angio.analysis import AngioResult, run_study
from precise_cal.qfr.angio.limits import Threshold, Thresholds
from precise_cal.qfr.contour.polygon import within
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.lumen.reference import SideBranch, by_hand, step_down
from precise_cal.qfr.lumen.result import as_text
from precise_cal.qfr.study.answers import BY_EYE
from precise_cal.qfr.study.study import Study, read_study, study_schema

if TYPE_CHECKING:
    from precise_cal.qfr.angio.memory import Memory

WHO = {"by": "A. Reader", "at": "2026-11-29T10:00:00+08:00", "why": "the program took a branch"}


@pytest.fixture(scope="module")
def folder(films: Path) -> Path:
    return films


@pytest.fixture(scope="module")
def first(result: AngioResult) -> AngioResult:
    """The example before a person corrects it."""
    return result


def edited(folder: Path, form: dict[str, Any], view: dict[str, Any] | None = None, **study: Any) -> Study:
    """The study with changes of its first view and of itself."""
    data = json.loads(json.dumps(form)) | study
    data["views"][0].update(view or {})
    return Study.model_validate(data).within(folder)


def pins_of(result: AngioResult) -> dict[str, list[list[float]]]:
    """Two pins on the left, 0.3 mm outside the border, and one on the right border, between them."""
    contour, factor = result.views[0].found, result.views[0].calibration.mm_per_pixel
    across = (contour.left - contour.right) / np.linalg.norm(contour.left - contour.right, axis=1)[:, None]
    n = len(contour.midline)
    left = [contour.left[k] + 0.3 / factor * across[k] for k in (n // 5, n // 4)]
    return {"left": np.round(left, 2).tolist(), "right": np.round([contour.right[n // 5 + 3]], 2).tolist()}


def test_the_outline_passes_through_pins_and_stays_elsewhere(
    folder: Path, form: dict[str, Any], memory: Memory, first: AngioResult
) -> None:
    pins = pins_of(first)
    study = edited(folder, form, {"borders": pins}, edits=[{"pointer": "/views/0/borders", **WHO}])
    result = run_study(study, memory=memory)
    before, after = result.views[0].found, result.views[0].contour
    for side in ("left", "right"):
        border = getattr(after, side)
        for pin in pins[side]:
            assert np.linalg.norm(border - pin, axis=1).min() < 0.1
    n = len(after.midline)
    np.testing.assert_array_equal(after.left[n // 2 :], before.left[n // 2 :])
    between = slice(n // 5, n // 4)
    assert (after.diameter_mm[between] > before.diameter_mm[between] + 0.02).all()
    listed = result.as_data()["edits"]
    assert [one["pointer"] for one in listed] == [
        "/views/0/borders/left/0", "/views/0/borders/left/1", "/views/0/borders/right/0",
    ]  # fmt: skip
    assert listed[0]["after"] == pins["left"][0]
    away = np.linalg.norm(np.subtract(listed[0]["before"], listed[0]["after"]))
    assert away * result.views[0].calibration.mm_per_pixel == pytest.approx(0.3, abs=0.05)
    assert all(one["by"] == "A. Reader" for one in listed)
    assert "automatic" in result.as_data()["views"][0]["contour"]


def test_an_edit_redoes_only_what_it_touches_and_gives_the_same_bytes(
    folder: Path, form: dict[str, Any], memory: Memory, first: AngioResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a step that the edit does not touch was done again")

    study = edited(folder, form, {"borders": pins_of(first)}, reference={"healthy": [[0, 5], [30, 38]]})
    fresh = as_text(run_study(study).as_data())
    for module, name in ((angio_view, "open_source"), (angio_view, "outline"), (angio_flow, "displacements")):
        monkeypatch.setattr(module, name, never)
    assert as_text(run_study(study, memory=memory).as_data()) == fresh


def test_what_lies_in_an_excluded_polygon_does_not_count(
    folder: Path, form: dict[str, Any], first: AngioResult, tmp_path: Path
) -> None:
    """A dark block drawn beside the vessel moves its border; excluded, it does not."""
    contour, found = first.views[0].found, first.views[0].cine.acquisition
    n = len(contour.midline) // 4
    across = (contour.left[n] - contour.right[n]) / np.linalg.norm(contour.left[n] - contour.right[n])
    column, row = contour.left[n] + 6.0 * across
    block = [[column - 4, row - 6], [column + 4, row - 6], [column + 4, row + 6], [column - 4, row + 6]]
    inside = within([tuple((x, y) for x, y in block)], (found.rows, found.columns))
    ds = pydicom.dcmread(folder / "view-a.dcm")
    pixels = ds.pixel_array.copy()
    pixels[:, inside] = (0.35 * pixels[:, inside]).astype(pixels.dtype)
    ds.PixelData = pixels.tobytes()
    ds.save_as(tmp_path / "view-a.dcm")
    alone = form | {"views": form["views"][:1], "flow": {"method": "fixed"}}
    with_block, left_out = (run_study(edited(tmp_path, alone, change)) for change in ({}, {"exclude": [block]}))

    def moved(result: AngioResult) -> float:
        border = result.views[0].contour.left
        away = [np.linalg.norm(border - point, axis=1).min() for point in contour.left[n - 4 : n + 5]]
        return float(max(away)) * first.views[0].calibration.mm_per_pixel

    assert moved(with_block) > 0.4
    assert moved(left_out) < 0.05
    assert left_out.as_data()["edits"][0]["pointer"] == "/views/0/exclude/0"


@pytest.mark.parametrize(
    ("borders", "said"),
    [
        ({"left": [[5.0, 5.0]]}, r"view A .*borders/left/0: .* mm from the midline"),
        ({"left": "right"}, r"view A .*borders/left/0: .*beyond the other border"),
    ],
)
def test_a_pin_that_is_no_border_is_refused(
    folder: Path, form: dict[str, Any], memory: Memory, first: AngioResult, borders: Any, said: str
) -> None:
    if borders == {"left": "right"}:
        contour = first.views[0].found
        k = len(contour.midline) // 2
        borders = {"left": [(2.0 * contour.right[k] - contour.midline[k]).tolist()]}
    with pytest.raises(QfrError, match=said):
        run_study(edited(folder, form, {"borders": borders}), memory=memory)


def test_healthy_segments_and_branches_set_the_reference_and_the_flow(
    folder: Path, form: dict[str, Any], memory: Memory, first: AngioResult
) -> None:
    reference = {"healthy": [[0, 8]], "branches": [{"at_mm": 12, "side_branch_mm": 1.5}]}
    result = run_study(edited(folder, form, reference=reference), memory=memory)
    line = result.analysis.reference_mm
    assert line[0] == pytest.approx(float(result.analysis.lumen.diameter_mm[:32].mean()), abs=0.05)
    assert line[-1] == pytest.approx((line[0] ** 3 - 1.5**3) ** (1 / 3), abs=1e-6)
    before = [one["before"] for one in result.as_data()["edits"]]
    assert len(before) == 2
    assert before[0]["proximal_mm"] == pytest.approx(first.analysis.reference_mm[0], abs=1e-3)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ({"healthy": [[5, 2]]}, "/reference: healthy segment 5:2 mm"),
        ({"branches": [{"at_mm": 500, "side_branch_mm": 2}]}, "/reference: side branch at 500 mm: outside the lumen"),
        ({"branches": [{"at_mm": 5, "side_branch_mm": 0}]}, "/reference: side branch at 5 mm: diameter 0 mm"),
        ({"branches": [{"at_mm": 5, "side_branch_mm": 9}]}, "/reference: side branch of 9 mm: leaves nothing"),
    ],
)
def test_a_reference_that_cannot_be_is_told_with_its_place(
    folder: Path, form: dict[str, Any], memory: Memory, first: AngioResult, reference: Any, said: str
) -> None:
    with pytest.raises(QfrError, match=said):
        run_study(edited(folder, form, reference=reference), memory=memory)


@pytest.mark.parametrize("far", [1e4, 1e308])
def test_polygons_that_leave_nothing_are_refused_with_the_view(
    folder: Path, form: dict[str, Any], memory: Memory, far: float
) -> None:
    whole = [[-far, -far], [far, -far], [far, far], [-far, far]]
    with pytest.raises(QfrError, match=r"view A .*exclude: the polygons leave too little"):
        run_study(edited(folder, form, {"exclude": [whole]}), memory=memory)


@pytest.mark.parametrize(("law", "power"), [("murray", 3.0), ("huo-kassab", 7.0 / 3.0)])
def test_steps_go_through_the_healthy_segments(law: Any, power: float) -> None:
    s = np.arange(0.0, 60.0, 0.25)
    true = step_down(Lumen(s, np.full(s.size, 3.0)), (SideBranch(20.0, 2.0),), law, 3.4)
    lumen = Lumen(s, true * np.where(np.abs(s - 10.0) < 5.0, 0.5, 1.0))
    found = by_hand(lumen, ((30.0, 58.0),), (SideBranch(20.0, 2.0),), law)
    assert found is not None
    np.testing.assert_allclose(found, true, atol=1e-6)
    assert found[0] ** power - found[-1] ** power == pytest.approx(2.0**power)
    with pytest.raises(QfrError, match="healthy segment"):
        by_hand(lumen, ((58.0, 30.0),), (), law)


def test_a_moved_front_gives_the_velocity_and_the_one_found_stays_beside_it(
    folder: Path, form: dict[str, Any], memory: Memory, first: AngioResult
) -> None:
    times = first.views[0].cine.acquisition.times_s
    assert times is not None
    study = edited(folder, form, flow={"method": "contrast", "front": [[4, 0], [6, 15], [8, 30]]})
    data = run_study(study, memory=memory).as_data()
    assert data["flow"]["contrast_velocity_m_s"] == pytest.approx(1e-3 * 30.0 / (times[8] - times[4]), abs=2e-4)
    (change,) = data["edits"]
    assert change["pointer"] == "/flow/front"
    assert [place for _, place in change["before"]] == [0, 15, 30]
    assert "FRONT_GIVEN" in {one["code"] for one in data["notices"]}
    late = edited(folder, form, flow={"method": "contrast", "front": [[4, 0], [900, 15]]})
    with pytest.raises(QfrError, match="/flow/front: frames outside"):
        run_study(late, memory=memory)


def test_a_person_accepts_what_rests_on_the_eye_and_nothing_else(
    folder: Path, form: dict[str, Any], memory: Memory, first: AngioResult
) -> None:
    blind = Thresholds(
        contrast_to_noise=Threshold(1e3, "1", "own"),
        front_error=Threshold(0.0, "%", "own"),
        angle=Threshold(89.0, "deg", "own"),
    )
    refused = run_study(edited(folder, form), limits=blind, memory=memory).as_data()
    assert {one["code"]: one["answerable"] for one in refused["reasons"]} == {
        "LOW_CONTRAST": True, "FRONT_UNCERTAIN": True, "ANGLE_TOO_SMALL": False,
    }  # fmt: skip
    accept = {"answer": "accept", "by": "A. Reader"}
    answers = {"LOW_CONTRAST": accept, "FRONT_UNCERTAIN": accept, "OVERLAP": accept}
    answered = run_study(edited(folder, form, answers=answers), limits=blind, memory=memory)
    assert [one.code for one in answered.analysis.reasons] == ["ANGLE_TOO_SMALL"]
    told = {one.code: one.text for one in answered.analysis.notices}
    assert "accepted by A. Reader" in told["LOW_CONTRAST"]
    assert "accepted by A. Reader" in told["FRONT_UNCERTAIN"]
    assert told["ANSWER_NOT_NEEDED"].startswith("OVERLAP")
    assert ("/answers/LOW_CONTRAST", "refuse", "accept") in [
        (one["pointer"], one["before"], one["after"]) for one in answered.as_data()["edits"]
    ]


def test_frames_at_both_ends_are_cut_off(folder: Path, form: dict[str, Any], first: AngioResult) -> None:
    frames = first.views[0].cine.acquisition.frames
    result = run_study(edited(folder, form, {"first_frame": 1, "last_frame": frames - 2}))
    view = result.views[0]
    assert view.cine.acquisition.frames == frames - 2
    assert view.frame == first.views[0].frame
    assert view.frame == frames - 2  # the last that is kept: it has one neighbor to be averaged with, not two
    np.testing.assert_allclose(view.contour.left, first.views[0].contour.left, atol=0.5)
    assert result.as_data()["edits"][1] == {
        "pointer": "/views/0/last_frame", "by": None, "at": None, "why": None,
        "before": frames - 1, "after": frames - 2,
    }  # fmt: skip
    with pytest.raises(QfrError, match=rf"last_frame {frames} asked for, 0 to {frames - 1}"):
        run_study(edited(folder, form, {"last_frame": frames}))


@pytest.mark.minutes(0.2)
def test_a_result_is_reopened_and_gives_the_same_bytes(
    folder: Path, form: dict[str, Any], tmp_path: Path, precise: Any
) -> None:
    study = json.loads(json.dumps(form)) | {"edits": [{"pointer": "/views/0/distal", "before": [1, 2], **WHO}]}
    for name in ("view-a.dcm", "view-b.dcm"):
        shutil.copy(folder / name, tmp_path / name)
    (tmp_path / "STUDY.json").write_text(json.dumps(study))
    saved = precise("qfr", "angio", tmp_path / "STUDY.json", "--format", "json", "--samples", "40", "--model", "rnsp")
    assert saved.status == exits.OK
    result = tmp_path / "RESULT.json"
    result.write_text(saved.out)
    data = json.loads(saved.out)
    assert data["edits"] == [
        {"pointer": "/views/0/distal", **WHO, "before": [1, 2], "after": form["views"][0]["distal"]}
    ]
    assert set(data["views"][0]["contour"]) >= {"midline_px", "left_px", "right_px", "diameter_mm"}
    assert data["options"]["samples"] == 40
    assert precise("qfr", "angio", result, "--format", "json").out == saved.out
    assert "changed   /views/0/distal by A. Reader: [1, 2] -> " in precise("qfr", "angio", result).out
    refused = precise("qfr", "angio", result, "--samples", "20")
    assert (refused.status, "own options" in refused.err) == (exits.BAD_INPUT, True)
    films = tmp_path / "elsewhere"
    films.mkdir()
    (tmp_path / "view-a.dcm").rename(films / "view-a.dcm")
    gone = precise("qfr", "angio", result)
    assert (gone.status, "view-a.dcm is not there" in gone.err) == (exits.BAD_INPUT, True)
    (tmp_path / "view-b.dcm").rename(films / "view-b.dcm")
    assert precise("qfr", "angio", result, "--films", films, "--format", "json").out == saved.out
    shutil.copy(films / "view-b.dcm", films / "view-a.dcm")
    other = precise("qfr", "angio", result, "--films", films)
    assert (other.status, "is not the film that was analyzed" in other.err) == (exits.BAD_INPUT, True)


POINT = [1, 2]
VIEW: dict[str, Any] = {"file": "a.dcm", "frame": 1, "proximal": POINT, "distal": [3, 4]}
GOOD: dict[str, Any] = {"vessel": "LAD", "views": [VIEW], "flow": {"method": "fixed"}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vesel": "LAD"}, "/vesel: unknown; the nearest known name is vessel"),
        ({"views": [{**VIEW, "border": {}}]}, "/views/0/border: unknown; the nearest known name is borders"),
        (
            {"views": [{**VIEW, "borders": {"left": [[1]]}}]},
            "/views/0/borders/left/0: [1] found, a point [column, row] exp",
        ),
        (
            {"views": [{**VIEW, "exclude": [[POINT, POINT]]}]},
            "/views/0/exclude/0: [[1, 2], [1, 2]] found, a polygon of at",
        ),
        (
            {"views": [{**VIEW, "first_frame": 2}]},
            "/views/0/frame: 1 found, a frame from first_frame to last_frame",
        ),
        (
            {"views": [{**VIEW, "first_frame": 2, "last_frame": 1}]},
            "/views/0/last_frame: 1 found, 2 (first_frame) or later",
        ),
        (
            {"views": [{**VIEW, "catheter": {"outer_diameter_mm": 2, "from": POINT}}]},
            "/views/0/catheter/to: nothing found",
        ),
        ({"reference": {"healthy": [[1]]}}, "/reference/healthy"),
        (
            {"reference": {"branches": [{"at_mm": 3}]}},
            "/reference/branches/0/side_branch_mm: nothing found, a number exp",
        ),
        ({"reference": {"law": "finnet"}}, "/reference/law: 'finnet' found, murray, huo-kassab or finet expected"),
        ({"flow": {"method": "contrast", "front": [[1, 2]]}}, "/flow/front: at least two pairs [frame, mm]"),
        (
            {"flow": {"method": "contrast", "front": [[2, 0], [1, 9]]}},
            "/flow/front: at least two pairs [frame, mm]",
        ),
        (
            {"flow": {"method": "fixed", "front": [[1, 0], [2, 9]]}},
            "/flow/front: it belongs to the method contrast only",
        ),
        ({"flow": {"method": "contrast", "view": 1}}, "/flow/view: 1 found, there is one view only"),
        ({"answers": {"OVERLAP": {"answer": "yes"}}}, "/answers/OVERLAP/answer: 'yes' found, \"accept\" expected"),
        ({"answers": {"ANGLE_TOO_SMALL": {"answer": "accept"}}}, "/answers/ANGLE_TOO_SMALL: no answer is taken"),
        (
            {"edits": [{"pointer": "/views/0/distal", "by": "A", "why": "x"}]},
            "/edits/0/at: nothing found, a date-time",
        ),
        (
            {"edits": [{"pointer": "/views/0/distal", "by": "A", "why": "x", "at": "2026-11-29"}]},
            "/edits/0/at: '2026-11-29'",
        ),
        ({"edits": [{"pointer": "/views/7", **WHO}]}, "/edits/0/pointer: /views/7 points to nothing in this study"),
        ({"vessel": None, "views": 3}, "/vessel: nothing found, a name such as \"LAD\" expected; /views: 3 found"),
        ({"aortic_pressure": {"value": float("1e999"), "unit": "kPa"}}, "Infinity is no number"),
    ],
)  # fmt: skip
def test_a_wrong_study_names_place_value_and_what_would_be_right(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    (tmp_path / "s.json").write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(QfrError) as caught:
        read_study(tmp_path / "s.json")
    assert str(caught.value).startswith(f"{tmp_path / 's.json'}: ")
    assert said in str(caught.value)


def test_a_name_that_stands_twice_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"vessel": "LAD", "vessel": "RCA"}')
    with pytest.raises(QfrError, match="'vessel' stands twice"):
        read_study(tmp_path / "s.json")


def test_the_schema_documents_every_field_and_takes_what_the_program_takes(form: dict[str, Any], precise: Any) -> None:
    schema = json.loads(precise("schema", "study").out)
    assert schema == study_schema()
    parts = [schema, *schema["$defs"].values()]
    assert all("description" in field for part in parts for field in part.get("properties", {}).values())
    whole = {
        **form,
        "$schema": "study.json",
        "participant": "ZS01-001",
        "operator": "A. Reader",
        "acquired_at": "2026-11-29",
        "reference": {"healthy": [[0, 5]], "branches": [{"at_mm": 12, "side_branch_mm": 2}]},
        "answers": {code: {"answer": "accept", "by": "A", "at": WHO["at"], "why": "x"} for code in BY_EYE},
        "edits": [{"pointer": "/vessel", **WHO}],
    }
    whole["views"][0].update(borders={"left": [[1, 2]]}, exclude=[[[1, 2], [3, 4], [5, 6]]], run="2", first_frame=0)
    jsonschema.Draft202012Validator(schema).validate(whole)
    study = Study.model_validate(whole)
    assert Study.model_validate(study.as_json()) == study
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**whole, "vesel": 1})


def test_the_page_of_the_form_names_every_field_and_every_answer() -> None:
    page = (Path(__file__).parents[3] / "docs" / "study.md").read_text()
    schema = study_schema()
    names = {name for part in [schema, *schema["$defs"].values()] for name in part.get("properties", {})}
    assert [name for name in sorted(names | set(BY_EYE)) if f"{name}`" not in page and f'"{name}"' not in page] == []


def test_pixels_within_polygons() -> None:
    triangle = within([((1.0, 1.0), (6.0, 1.0), (1.0, 6.0))], (8, 8))
    assert triangle.sum() == 15
    assert triangle[1, 1]
    assert not triangle[5, 5]
    ring = within([((0.0, 0.0), (7.5, 0.0), (7.5, 7.5), (0.0, 7.5), (0.0, 0.0))], (8, 8))
    assert ring.all()
