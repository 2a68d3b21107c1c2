"""``precise qfr lumen``: result, page, plot, record; and what is refused."""

import hashlib
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
import typer

from precise_cal.cli import exits
from precise_cal.cli.qfr import NotKeptError, app
from precise_cal.files.records import InputError
from precise_cal.protocol.json_text import inserted
from precise_cal.qfr.core import accelerate

S = np.arange(0.0, 50.01, 0.25)
LAWS = {"murray": 2.6684, "huo-kassab": 2.4302, "finet": 3.0 / 0.678 - 2.0}


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
    assert data["qfr"] - data["profile"]["qfr"][-1] == pytest.approx(0.01, abs=0.005)
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
    assert re.search(r" · drop \d+ Pa, \d+ Pa in excess of the healthy vessel$", lines[-1])


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
        (("--frame-rate", "15"), "belong together"),
        (("--velocity", "0.3", "--frames", "10", "--frame-rate", "15"), "exclude each other"),
        (("--contrast-velocity", "0.2", "--frame-rate", "15"), "exclude each other"),
        (("--velocity", "nan"), "velocity: nan m/s"),
        (("--velocity", "0.3", "--contrast-velocity", "0.2"), "exclude each other"),
        (("--contrast-velocity", "0"), "contrast velocity: 0 m/s; the contrast does not move"),
        (("--branch", "30"), "--branch '30': '' is not a finite number; S_MM:DIAMETER_MM is wanted"),
        (("--branch", "90:2"), "side branch at 90 mm: outside the lumen, 0 to 50 mm"),
        (("--branch", "30:9"), "side branch of 9 mm: leaves nothing"),
        (("--branch", "30:2", "--healthy", "0:9"), "--branch and --healthy exclude each other"),
        (("--inlet-diameter", "3"), "--inlet-diameter 3: needs --branch"),
        (("--healthy", "9:0"), "healthy segment 9:0 mm: from proximal to distal"),
        (("--healthy", "70:80"), "hold fewer than two samples"),
        (("--treat", "2"), "--treat 2: a number from 1 to 1 is wanted"),
        (("--error", "nose=1"), "--error 'nose=1': NAME=SD is wanted, NAME one of contour_mm"),
        (("--error", "flow=much"), "'much' is not a finite number"),
        (("--error", "flow=-1"), "flow -1; a standard deviation of 0 or more"),
        (("--samples", "5"), "5 samples at level 0.95; from 20 to 10000"),
        (("--aortic-pressure", "0"), "aortic pressure: 0"),
        (("--viscosity", "1"), "viscosity_pa_s: 1"),
        (("--plot", "plot.gif"), "ends in .svg or .png"),
        (("--into", "patient.json"), "needs --vessel, --phase, --acquired-at, --assessor"),
    ],
)
def test_bad_options_are_told(lumen, arguments, message):
    with pytest.raises(InputError, match=message):
        run(lumen(0.5), "--samples", "0", *arguments)


def test_branches_and_healthy_segments_make_the_reference(lumen, capsys):
    def profile(*arguments):
        run(lumen(0.5), "--format", "json", "--samples", "0", *arguments)
        return json.loads(capsys.readouterr().out)["profile"]["reference_mm"]

    steps = {law: profile("--branch", "30:2", "--branch-law", law, "--inlet-diameter", "3") for law in LAWS}
    assert {law: steps[law][-1] for law in LAWS} == pytest.approx(LAWS, abs=1e-3)
    assert all(reference[0] == 3.0 for reference in steps.values())
    assert profile("--healthy", "0:10", "--healthy", "30:50") == pytest.approx([3.0] * S.size)
    assert profile("--healthy", "18:22")[0] < 2.0


def test_treatment_leaves_its_residual(lumen, capsys):
    run(lumen(0.5), "--samples", "0", "--treat", "1")
    assert capsys.readouterr().out.splitlines()[1] == "treated   lesion 1: residual QFR 1.000"


def test_frames_and_their_rate_are_a_velocity_of_contrast(lumen, capsys):
    """50 mm in 5 frames of 20 Hz are 0.2 m/s."""
    flows = []
    for arguments in (("--frames", "5", "--frame-rate", "20"), ("--contrast-velocity", "0.2")):
        run(lumen(0.5), "--format", "json", "--samples", "0", *arguments)
        flows.append(json.loads(capsys.readouterr().out)["flow"])
    assert flows[0]["velocity_m_s"] == pytest.approx(flows[1]["velocity_m_s"]) == pytest.approx(0.3728)


def test_contrast_and_error_sizes_widen_the_interval(lumen, capsys):
    widths = []
    for size in ("0.01", "0.3"):
        arguments = ("--contrast-velocity", "0.2", "--samples", "60", "--format", "json", "--error", f"flow={size}")
        run(lumen(0.5), *arguments)
        data = json.loads(capsys.readouterr().out)
        widths.append(data["interval"]["high"] - data["interval"]["low"])
    assert data["flow"]["velocity_m_s"] == pytest.approx(0.3728)
    assert widths[0] < widths[1]


@pytest.mark.parametrize("given", ["file/below", "open", "gone"])
def test_kernels_are_kept_only_where_they_can_be_and_nobody_else_writes(given, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    folder = tmp_path / given
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    if given == "open":
        accelerate.cache_folder().chmod(0o777)
    if given == "gone":
        monkeypatch.setattr(accelerate, "ROOM_BYTES", 1 << 62)
    assert accelerate.cache_folder() is None


def test_without_a_cache_a_kernel_is_compiled_all_the_same(monkeypatch):
    monkeypatch.setattr(accelerate, "CACHE", None)
    assert accelerate.jit(lambda x: x / 0.0)(1.0) == np.inf


def test_first_run_says_that_it_compiles(lumen, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(accelerate, "CACHE", tmp_path / "fresh")
    monkeypatch.setattr(accelerate, "INTERPRETED", "DEBUG_CACHE")
    run(lumen(0.5), "--samples", "0")
    assert "compiling the flow kernels" in capsys.readouterr().err
    monkeypatch.undo()
    assert accelerate.is_ready("lumen_pressure")
    run(lumen(0.5), "--samples", "0")
    assert capsys.readouterr().err == ""


def test_kernels_are_compiled_before_anybody_waits(monkeypatch, capsys):
    command = typer.main.get_command(app)
    assert command(args=["warm"], standalone_mode=False) == exits.OK
    assert "the kernels of flow are compiled" in capsys.readouterr().out
    assert accelerate.is_ready("lumen_pressure")
    assert accelerate.is_ready("huo_kassab")
    monkeypatch.setattr(accelerate, "CACHE", None)
    with pytest.raises(NotKeptError):
        command(args=["warm"], standalone_mode=False)


def test_each_function_that_is_compiled_is_told():
    told = []
    with accelerate.watched(told.append):
        numba.njit(lambda x: x + 1)(1)
    assert told == [1]


def test_png_is_the_same_drawing_in_a_base_installation(lumen, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    plot = tmp_path / "plot.PNG"
    assert run(lumen(0.5), "--samples", "0", "--plot", plot) == exits.OK
    assert plot.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(plot.read_bytes()[at : at + 4], "big") for at in (16, 20)] == [1800, 960]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ":1: header ''"),
        (b"s_mm,diameter_mm\n", "0 samples"),
        (b"position,diameter\n0,3\n", ":1: header 'position,diameter'"),
        (b"s_mm,diameter_mm\n0,3\n1,1_0\n2,3\n", ":3: diameter_mm: '1_0' is not a number"),
        (b"s_mm,diameter_mm\n0,3\n2,3\n1,3\n", "positions must rise"),
        (b"s_mm,diameter_mm\n" + b"0,3\n" * 4_000_001, "more than 16000000 bytes"),
        (b's_mm,diameter_mm\n"' + b"1" * 200_000, "not a CSV file"),
        (bytes(range(256)), "byte 128: not UTF-8"),
    ],
)
def test_hostile_files_get_one_line(tmp_path, content, message):
    file = tmp_path / "lumen.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        run(file)
    assert "\n" not in str(caught.value)


def test_lumen_of_three_and_of_many_samples(tmp_path, capsys):
    for count in (3, 5000):
        s = np.linspace(0.0, 30.0, count)
        d = 3.0 - 1.4 * np.exp(-(((s - 15.0) / 4.0) ** 2))
        file = tmp_path / "lumen.csv"
        file.write_text("s_mm,diameter_mm\n" + "".join(f"{a},{b}\n" for a, b in zip(s, d, strict=True)))
        assert run(file, "--samples", "0") == exits.OK
        assert "QFR 0." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1.50}', '{"a": 1.50, "qfr_measurements": [7]}'),
        ('{\n  "a": 1.50\n}', '{\n  "a": 1.50,\n  "qfr_measurements": [7]\n}'),
        ('{"qfr_measurements": null, "b": "3.00"}', '{"qfr_measurements": [7], "b": "3.00"}'),
        ('{"qfr_measurements": [], "x": "]"}', '{"qfr_measurements": [7], "x": "]"}'),
        ('{"x": {"qfr_measurements": []}, "qfr_measurements": [\n 1\n]}', None),
    ],
)
def test_nothing_else_of_the_record_changes(before, after):
    changed = inserted(before, "qfr_measurements", "7")
    assert after is None or changed == after
    was, now = json.loads(before), json.loads(changed)
    assert now.pop("qfr_measurements") == [*(was.pop("qfr_measurements", None) or []), 7]
    assert now == was


OCCASION = (
    "--vessel",
    "LAD",
    "--phase",
    "baseline",
    "--acquired-at",
    "2026-03-10T10:00:00+08:00",
    "--assessor",
    "site",
)


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "patient.json"
    path.write_bytes(min((Path(__file__).parents[3] / "examples" / "participants").glob("*.json")).read_bytes())
    return path


FILES = [
    (("--into", "patient.json", "--analysis", "patient.json"), "patient.json: is an input of this run"),
    (("--into", "patient.json", "--report", "link.html", "--force"), "link.html: is an input of this run"),
    (("--analysis", "lumen.csv", "--force"), "lumen.csv: is an input of this run"),
    (("--plot", "there.svg"), "there.svg: exists; --force overwrites it"),
    (("--report", "there.svg"), "there.svg: exists; --force overwrites it"),
    (("--analysis", "there.svg"), "there.svg: exists; --force overwrites it"),
    (("--report", "a.html", "--analysis", "a.html"), "--report and --analysis name one file"),
    (("--plot", "absent/plot.png"), "absent is no folder"),
    (("--report", "."), "it is a folder"),
    (("--into", "absent.json"), "absent.json: cannot be read"),
    (("--into", "lumen.csv"), "lumen.csv: "),
]


@pytest.mark.parametrize(("arguments", "message"), FILES, ids=[" ".join(arguments) for arguments, _ in FILES])
def test_files_are_refused_before_anything_is_computed(lumen, record, tmp_path, monkeypatch, arguments, message):
    def analyze(*_arguments):
        pytest.fail("computed")

    monkeypatch.setattr("precise_cal.cli.qfr._evaluated", analyze)
    (tmp_path / "there.svg").touch()
    (tmp_path / "link.html").symlink_to(record)
    source = lumen(0.5)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.chdir(tmp_path)
    with pytest.raises(importlib.import_module("precise_cal.protocol.errors").PreciseError, match=message):
        run(source.name, "--samples", "0", *OCCASION, *arguments)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_analysis_that_a_record_refers_to_is_never_written_over(lumen, record, tmp_path):
    saved = tmp_path / "mine.json"
    arguments = ("--samples", "0", "--into", record, *OCCASION)
    run(lumen(0.5), *arguments, "--analysis", saved)
    before = saved.read_bytes()
    with pytest.raises(importlib.import_module("precise_cal.protocol.errors").PreciseError, match="is an input"):
        run(lumen(0.4), *arguments, "--analysis", saved, "--force")
    run(lumen(0.4), *arguments)
    run(lumen(0.5), *arguments)
    assert saved.read_bytes() == before
    for one in json.loads(record.read_text())["qfr_measurements"][-3:]:
        analysis = tmp_path / one["analysis"]["file"]
        assert one["analysis"]["sha256"] == hashlib.sha256(analysis.read_bytes()).hexdigest()
        assert analysis.name == "mine.json" or one["analysis"]["sha256"].startswith(analysis.stem.split("-")[-1])


def test_what_was_computed_is_told_where_a_file_cannot_be_written(lumen, tmp_path, monkeypatch, capsys):
    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(importlib.import_module("precise_cal.protocol.errors").PreciseError, match="No space left"):
        run(lumen(0.5), "--samples", "0", "--report", tmp_path / "page.html")
    assert "QFR 0." in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["lumen.csv"]


@pytest.mark.slow
def test_four_at_once_lose_no_measurement(lumen, record):
    before = len(json.loads(record.read_text())["qfr_measurements"])
    command = [sys.executable, "-m", "precise_cal", "qfr", "lumen", str(lumen(0.5)), "--samples", "0"]
    running = [
        subprocess.Popen([*command, "--into", str(record), *OCCASION, "--velocity", f"0.3{number}"])
        for number in range(4)
    ]
    assert [one.wait(120) for one in running] == [0] * 4
    assert len(json.loads(record.read_text())["qfr_measurements"]) == before + 4


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


@pytest.mark.parametrize(("depth", "held"), [(0.65, True), (0.3, False)])
def test_a_number_whose_interval_holds_the_cutoff_never_reads_as_decided(lumen, record, tmp_path, capsys, depth, held):
    page = tmp_path / "page.html"
    run(lumen(depth), "--samples", "40", "--error", "flow=0.3", "--report", page, "--into", record, *OCCASION)
    told = capsys.readouterr()
    assert ("holds 0.80: not sure on which side" in told.out.splitlines()[-1]) == held
    assert ("notice    CUTOFF_IN_INTERVAL" in told.out) == held
    assert ("holds 0.80: have it reviewed" in told.err) == held
    assert ("Not sure on which side of 0.80" in page.read_text()) == held
    assert ("Strictly above 0.80" in page.read_text()) != held


def test_invalid_occasion_leaves_the_record_alone(lumen, tmp_path):
    errors = importlib.import_module("precise_cal.protocol.errors")
    record = tmp_path / "patient.json"
    source = min((Path(__file__).parents[3] / "examples" / "participants").glob("*.json"))
    record.write_bytes(source.read_bytes())
    occasion = ("--vessel", "NOSE", "--phase", "baseline", "--acquired-at", "2026-03-10T10:00:00+08:00")
    with pytest.raises(errors.PreciseError, match="NOSE"):
        run(lumen(0.5), "--samples", "0", "--into", record, *occasion, "--assessor", "site")
    assert record.read_bytes() == source.read_bytes()
