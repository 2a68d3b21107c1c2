"""What a computed analysis says in the participant's record: EX-3, angiogram unsuitable for QFR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest

from precise_cal.cli.main import run
from precise_cal.cli.qfr_into import record_text
from precise_cal.cli.qfr_place import place_of
from precise_cal.exchange.measurement import with_suitability
from precise_cal.files.records import InputError
from precise_cal.protocol.json_text import replaced
from precise_cal.rules import bundled

SOURCE = Path(__file__).parents[3] / "examples" / "participants" / "02-at-the-gate.json"


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record before the gate that says nothing of the angiogram and holds no QFR yet."""
    data = json.loads(SOURCE.read_text())
    data.pop("angiography", None)
    data["qfr_measurements"] = []
    (tmp_path / "patient.json").write_text(json.dumps(data, indent=2))
    return tmp_path / "patient.json"


def said(record: Path) -> dict[str, object]:
    return json.loads(record.read_text()).get("angiography")


def note(record: Path, reasons: tuple[str, ...], phase: str) -> str:
    text, told = with_suitability(place_of(bundled()), record.read_text(), reasons, phase)
    record.write_text(text)
    return told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"x": 1.50}', '{"x": 1.50, "a": {"b": 7}}'),
        ('{\n  "x": 1.50\n}', '{\n  "x": 1.50,\n  "a": {"b": 7}\n}'),
        ('{"a": null, "x": "3.00"}', '{"a": {"b": 7}, "x": "3.00"}'),
        ('{"a": {"c": [1], "b": null }}', '{"a": {"c": [1], "b": 7 }}'),
        ('{"a": {"c": "}"}}', '{"a": {"c": "}", "b": 7}}'),
        ("{}", '{"a": {"b": 7}}'),
    ],
)
def test_a_member_is_set_and_nothing_else_changes(before: str, after: str) -> None:
    assert replaced(before, ("a", "b"), "7") == after


def test_reasons_make_the_angiogram_unsuitable_and_the_rule_sees_it(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = note(record, ("ANGLE_TOO_SMALL", "OVERLAP"), "baseline")
    assert text == "angiogram unsuitable for QFR: ANGLE_TOO_SMALL, OVERLAP"
    assert said(record) == {"suitable_for_qfr": False, "unsuitable_reasons": ["ANGLE_TOO_SMALL", "OVERLAP"]}
    note(record, ("OVERLAP", "SLOW_FLOW"), "baseline")
    assert said(record)["unsuitable_reasons"] == ["ANGLE_TOO_SMALL", "OVERLAP", "SLOW_FLOW"]
    capsys.readouterr()
    assert run(["check", str(record), "--format", "json"]) == 1
    verdicts = json.loads(capsys.readouterr().out)["subjects"][0]["verdicts"]
    assert {verdict["id"]: verdict["verdict"] for verdict in verdicts}["EX-3"] == "PRESENT"


def test_no_reason_makes_it_suitable(record: Path) -> None:
    assert note(record, (), "post_modification") == "angiogram suitable for QFR"
    assert said(record) == {"suitable_for_qfr": True, "unsuitable_reasons": []}


@pytest.mark.parametrize(("value", "reasons"), [(True, ("OVERLAP",)), (False, ())])
def test_what_a_person_said_is_not_turned_round(record: Path, value: bool, reasons: tuple[str, ...]) -> None:
    record.write_text(replaced(record.read_text(), ("angiography", "suitable_for_qfr"), json.dumps(value)))
    before = record.read_bytes()
    assert "a person has to decide" in note(record, reasons, "baseline")
    assert record.read_bytes() == before


def test_a_refused_study_says_so_in_the_record(
    record: Path, tmp_path: Path, films: Path, form: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    film, study = pydicom.dcmread(films / "view-a.dcm"), tmp_path / "STUDY.json"
    for name, primary in (("view-a.dcm", film.PositionerPrimaryAngle), ("view-b.dcm", -15)):
        film.PositionerPrimaryAngle = primary
        film.save_as(tmp_path / name)
    first = form["views"][0]
    study.write_text(json.dumps(form | {"views": [first, first | {"file": "view-b.dcm"}]}))
    occasion = ["--phase", "baseline", "--acquired-at", "2026-03-10T10:00:00+08:00", "--assessor", "site"]
    assert run(["qfr", "angio", str(study), "--into", str(record), *occasion]) == 3
    told = capsys.readouterr()
    assert told.out.endswith("not analyzable\n")
    assert "angiogram unsuitable for QFR: ANGLE_TOO_SMALL" in told.err
    assert "ANGLE_TOO_SMALL" in said(record)["unsuitable_reasons"]
    assert json.loads(record.read_text())["qfr_measurements"] == []
    (saved,) = tmp_path.glob("STUDY.qfr-*.json")
    assert json.loads(saved.read_text())["qfr"] is None


@pytest.mark.parametrize("phase", ["post_device", "month_12"])
def test_later_films_say_nothing_of_eligibility(record: Path, phase: str) -> None:
    before = record.read_bytes()
    assert "not from before randomization" in note(record, ("OVERLAP",), phase)
    assert record.read_bytes() == before


def test_a_record_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json: cannot be read"):
        record_text(place_of(bundled()), tmp_path / "none.json")


def test_another_trial_takes_a_measurement_where_its_folder_says(tmp_path: Path) -> None:
    trial = tmp_path / "trial"
    trial.mkdir()
    (trial / "record.yaml").write_text(
        "schema_version: '1.0'\n"
        "parts:\n"
        "  Flow: {ratio: {type: decimal, about: the ratio}, artery: {type: text, about: the artery}}\n"
        "record:\n"
        "  person: {type: identifier, required: true, about: the person}\n"
        "  flows: {type: list of Flow, about: the flows}\n"
        "roles: {participant: person}\n"
    )
    patient, lumen = tmp_path / "patient.json", tmp_path / "lumen.csv"
    patient.write_text('{"person": "P1"}')
    lumen.write_text("s_mm,diameter_mm\n" + "".join(f"{place},3.0\n" for place in range(30)))
    call = ["qfr", "lumen", str(lumen), "--samples", "0", "--into", str(patient), "--trial", str(trial)]
    assert run([*call, "--vessel", "LAD"]) == 2  # the folder does not say where
    (trial / "report.yaml").write_text("qfr: {list: flows, value: ratio, vessel: artery}\n")
    assert run(call) == 2  # the vessel is missing
    assert run([*call, "--vessel", "LAD"]) == 0
    (flow,) = json.loads(patient.read_text())["flows"]
    assert flow == {"artery": "LAD", "ratio": flow["ratio"]}
    assert 0.9 < float(flow["ratio"]) <= 1
