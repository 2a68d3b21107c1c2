"""``precise report`` that is disturbed: a folder is whole or untouched, and nobody is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.files.folder import Output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and locks")
REPORT = [sys.executable, "-m", "precise_cal", "report"]


def _files(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


def test_a_folder_in_the_way_of_one_document_stops_all(
    records_file: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "trial.md").mkdir()
    said = precise("report", records_file, "--out", tmp_path, "--format", "csv,markdown", "--force")
    assert (said.status, "trial.md: cannot be written" in said.err) == (2, True)
    assert _files(tmp_path) == set()


def test_the_records_are_never_written_over(records_file: Path, precise: Callable[..., Any], tmp_path: Path) -> None:
    record = tmp_path / "trial.md"
    record.write_bytes(records_file.read_bytes())
    said = precise("report", record, "--out", tmp_path, "--format", "markdown", "--force")
    assert (said.status, "is an input of this run" in said.err) == (2, True)
    assert record.read_bytes() == records_file.read_bytes()


def test_a_second_report_to_the_same_folder_is_refused(
    records_file: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    with Output(tmp_path / "r"):
        said = precise("report", records_file, "--out", tmp_path / "r", "--format", "csv")
    assert (said.status, "another run is writing there" in said.err) == (2, True)
    assert precise("report", records_file, "--out", tmp_path / "r", "--format", "csv").status == 0


@pytest.mark.slow
def test_two_reports_at_once_leave_one_whole(records_file: Path, tmp_path: Path) -> None:
    command = [*REPORT, str(records_file), "--out", str(tmp_path / "r"), "--format", "html,csv"]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    errors = [one.communicate(timeout=120)[1].decode() for one in running]
    statuses = [one.returncode for one in running]
    assert statuses.count(0) == 1, errors
    assert set(statuses) == {0, 2}
    assert "trial.html" in _files(tmp_path / "r")
    assert [one.name for one in tmp_path.iterdir()] == ["r"]


@pytest.mark.slow
@pytest.mark.parametrize("number", ["INT", "TERM", "HUP", "KILL"])
def test_a_signal_leaves_no_page_and_no_process(number: str, records_file: Path, tmp_path: Path) -> None:
    """INT goes to every process at once, as a terminal sends it."""
    command = [*REPORT, str(records_file), "--out", str(tmp_path / "r"), "--format", "html,pdf"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, process_group=0) as process:
        workers = _workers(process)
        send = os.killpg if number == "INT" else os.kill
        send(process.pid, getattr(signal, f"SIG{number}"))
        assert process.stderr is not None
        said = process.stderr.read()
    status = {"INT": 130, "TERM": 143, "HUP": 129, "KILL": -9}[number]
    assert process.returncode == status
    assert number == "KILL" or said == "stopped\n"
    assert len(workers) == 2
    _gone(workers)
    pages = [name for name in _files(tmp_path) if Path(name).name != "lock"]
    assert pages == []
    if number != "KILL":
        assert list(tmp_path.iterdir()) == []
    done = subprocess.run([*command[:-1], "csv"], capture_output=True, check=False)
    assert (done.returncode, [one.name for one in tmp_path.iterdir()]) == (0, ["r"]), "the next run clears up"


def _workers(process: subprocess.Popen[str]) -> list[int]:
    """The processes that the run has started, once there are two and they are at work."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [number for number, parent in _parents() if parent == process.pid and _is_worker(number)]
        if len(found) == 2:
            time.sleep(1.0)
            return found
        time.sleep(0.05)
    pytest.fail("no workers were started")


def _parents() -> Iterator[tuple[int, int]]:
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(one.parent.name), int(one.read_text("utf-8").rsplit(")", 1)[1].split()[1])
        except OSError:
            continue


def _is_worker(number: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False


def _gone(numbers: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(_is_worker(one) for one in numbers):
        assert time.monotonic() < deadline, "workers are left behind"
        time.sleep(0.05)


SAVED = {
    "nested too deep": "[" * 100_000 + "]" * 100_000,
    "a list": "[]",
    "without a profile": '{"profile": [], "qfr": 1}',
    "not a number": '{"profile": {"s_mm": [NaN, 1], "diameter_mm": [1, 2], "qfr": [1, 1]}, "qfr": NaN}',
    "a superscript": '{"profile": {"s_mm": ["²", 1], "diameter_mm": [1, 2]}, "qfr": "²"}',
    "infinite": '{"profile": {"s_mm": [0, 1e999], "diameter_mm": [1, 2]}, "qfr": 0.9, "interval": null}',
    "of other lengths": '{"profile": {"s_mm": [0, 1], "diameter_mm": [1, 2], "qfr": [1, 2, 3]}, "qfr": 0.9}',
    "of one station": '{"profile": {"s_mm": [0], "diameter_mm": [1]}, "qfr": 0.9}',
    "of too many digits": f'{{"profile": {{"s_mm": [{"9" * 5000}]}}, "qfr": 1}}',
}


@pytest.mark.parametrize("saved", SAVED)
def test_a_saved_analysis_that_is_none_is_left_out(
    saved: str, complete: dict[str, Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "saved.json").write_text(SAVED[saved], encoding="utf-8")
    digest = sha256(SAVED[saved].encode()).hexdigest()
    said = _reported(complete, {"file": "saved.json", "sha256": digest}, precise, tmp_path)
    assert (said.status, "is no saved QFR analysis; its pullback is left out" in said.err) == (0, True)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, ".", "fifo", "absent.json"])
def test_a_name_behind_which_there_is_no_analysis_is_told(
    name: str, complete: dict[str, Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    said = _reported(complete, {"file": name, "sha256": "0" * 64}, precise, tmp_path)
    assert (said.status, "cannot be read" in said.err) == (0, True)


def _reported(document: dict[str, Any], analysis: dict[str, str], precise: Callable[..., Any], folder: Path) -> Any:
    document["qfr_measurements"][0]["analysis"] = analysis
    (folder / "record.json").write_text(json.dumps(document), encoding="utf-8")
    return precise("report", folder / "record.json", "--out", folder / "r", "--format", "html")
