"""``precise qfr lumen``: result, page, plot, record; and what is refused."""

import hashlib
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import typer

from precise_cal.cli import exits
from precise_cal.cli.inputs import InputError
from precise_cal.cli.qfr import app
from precise_cal.cli.qfr_into import inserted

S = np.arange(0.0, 50.01, 0.25)


def run(*arguments):
    return typer.main.get_command(app)(args=["lumen", *map(str, arguments)], standalone_mode=False)


@pytest.fixture
def lumen(tmp_path):
    def write(depth):
        d = 3.0 * (1 - depth / 2 * (1 + np.cos(2 * np.pi * (S - 20.0) / 10.0)) * (abs(S - 20.0) < 5.0))
        file = tmp_path / "lumen.csv"
        file.write_text("s_mm,diameter_mm\n" + "".join(f"{a},{b}\n" for a, b in zip(S, d, strict=True)))
        return file

    return write


def test_json_page_and_plot_tell_the_same(lumen, tmp_path, capsys):
    page, plot = tmp_path / "page.html", tmp_path / "plot.svg"
    arguments = ("--format", "json", "--samples", "40", "--report", page, "--plot", plot, "--vessel", "LAD")
    assert run(lumen(0.5), *arguments) == exits.OK
    data = json.loads(capsys.readouterr().out)
    assert data["qfr"] == data["profile"]["qfr"][-1]
    assert data["pressure_drop_Pa"] == data["profile"]["pressure_drop_Pa"][-1]
    assert data["interval"]["low"] < data["qfr"] < data["interval"]["high"]
    embedded = page.read_text().split('id="analysis">')[1].split("</script>")[0]
    assert json.loads(embedded) == data
    assert plot.read_text().count("<polyline") == 3


def test_text_ends_with_the_number(lumen, capsys):
    run(lumen(0.5), "--model", "all", "--samples", "0")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("lesion 1")
    assert lines[-1].startswith("QFR 0.9")


def test_occlusion_is_not_analyzable(lumen, capsys):
    assert run(lumen(0.9), "--format", "json") == exits.UNDECIDED
    data = json.loads(capsys.readouterr().out)
    assert data["qfr"] is None
    assert data["reasons"][0]["code"] == "OCCLUSIVE_LUMEN"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "magic"), "model 'magic'"),
        (("--velocity", "0"), "velocity: 0 m/s"),
        (("--frames", "10"), "belong together"),
        (("--aortic-pressure", "0"), "aortic pressure: 0"),
        (("--viscosity", "1"), "viscosity_pa_s: 1"),
        (("--plot", "plot.gif"), "ends in .svg or .png"),
        (("--into", "patient.json"), "needs --vessel, --phase, --acquired-at, --assessor"),
    ],
)
def test_bad_options_are_told(lumen, arguments, message):
    with pytest.raises(InputError, match=message):
        run(lumen(0.5), "--samples", "0", *arguments)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1.50}', '{"a": 1.50,\n  "qfr_measurements": [7]\n}'),
        ('{"qfr_measurements": null, "b": "3.00"}', '{"qfr_measurements": [7], "b": "3.00"}'),
        ('{"qfr_measurements": [], "x": "]"}', '{"qfr_measurements": [7], "x": "]"}'),
        ('{"x": {"qfr_measurements": []}, "qfr_measurements": [\n 1\n]}', None),
    ],
)
def test_nothing_else_of_the_record_changes(before, after):
    changed = inserted(before, "7")
    assert after is None or changed == after
    was, now = json.loads(before), json.loads(changed)
    assert now.pop("qfr_measurements") == [*(was.pop("qfr_measurements", None) or []), 7]
    assert now == was


def test_measurement_is_added_with_its_analysis(lumen, tmp_path, capsys):
    record = tmp_path / "patient.json"
    source = min((Path(__file__).parents[3] / "examples" / "participants").glob("*.json"))
    record.write_bytes(source.read_bytes())
    occasion = ("--vessel", "LAD", "--phase", "baseline", "--acquired-at", "2026-03-10T10:00:00+08:00")
    assert run(lumen(0.5), "--samples", "0", "--into", record, *occasion, "--assessor", "site") == exits.OK
    added = json.loads(record.read_text())["qfr_measurements"][-1]
    saved = tmp_path / added["analysis"]["file"]
    assert added["analysis"]["sha256"] == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert added["value"] == added["reported_text"] == f"{json.loads(saved.read_text())['qfr']:.2f}"


def test_invalid_occasion_leaves_the_record_alone(lumen, tmp_path):
    errors = importlib.import_module("precise_cal.protocol.errors")
    record = tmp_path / "patient.json"
    source = min((Path(__file__).parents[3] / "examples" / "participants").glob("*.json"))
    record.write_bytes(source.read_bytes())
    occasion = ("--vessel", "NOSE", "--phase", "baseline", "--acquired-at", "2026-03-10T10:00:00+08:00")
    with pytest.raises(errors.PreciseError, match="NOSE"):
        run(lumen(0.5), "--samples", "0", "--into", record, *occasion, "--assessor", "site")
    assert record.read_bytes() == source.read_bytes()
