"""Stdout and stderr, whatever they are joined to: nothing is lost, and the exit status says what was found."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cli import progress, streams
from precise_cal.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
NAME = "é-病-001"
PROGRAM = f'"{sys.executable}" -m precise_cal'


@pytest.fixture
def undecided(tmp_path: Path, screening: dict[str, Any]) -> Path:
    """A participant about whom the gate says INCOMPLETE, exit status 3."""
    screening["renal"]["on_dialysis"] = None
    screening["subject_id"] = NAME
    return _written(tmp_path / "undecided.json", screening)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Variables under which the gate writes to a folder of the test."""
    return {"PRECISE_GATE_HOME": str(tmp_path / "home")}


def _written(path: Path, *documents: Any) -> Path:
    path.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in documents), encoding="utf-8")
    return path


def _shell(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    shell = ["bash", "-o", "pipefail", "-c", command.replace("precise", PROGRAM, 1)]
    return subprocess.run(shell, capture_output=True, check=False, env=os.environ | environment, timeout=60)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("format_", ["text", "json", "junit", "github"])
def test_a_progress_bar_takes_nothing_from_stdout(
    format_: str,
    tmp_path: Path,
    screening: dict[str, Any],
    precise: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = _written(tmp_path / "many.jsonl", *(screening | {"subject_id": f"S{number}"} for number in range(9)))
    arguments = ["check", str(file), "--format", format_, "--now", "2027-01-01T00:00:00+08:00"]
    plain = precise(*arguments).out
    monkeypatch.setattr(progress, "_MOMENT_S", 0.0)
    out, err = io.StringIO(), _Terminal()
    with redirect_stdout(out), redirect_stderr(err):
        run(arguments)
    assert out.getvalue() == plain
    assert "participants" in err.getvalue(), "there was a bar"


@pytest.mark.parametrize(
    ("joined", "status"),
    [
        ("| head -c 0", 3),
        (">&- 2>&- <&-", 3),
        *(pytest.param(one, 3, marks=pytest.mark.slow) for one in ("| true", ">&-", "2>&-", "2>/dev/full")),
    ],
)
def test_no_stream_changes_what_the_gate_answers(
    joined: str, status: int, undecided: Path, home: dict[str, str]
) -> None:
    assert _shell(f"precise gate {undecided} {joined}", **home).returncode == status


@pytest.mark.parametrize("joined", ["| head -1", "2>/dev/full"])
def test_no_stream_changes_what_a_check_finds(joined: str, tmp_path: Path, complete: dict[str, Any]) -> None:
    complete["randomization"]["arm"] = "DES"
    file = _written(tmp_path / "found.jsonl", *(complete | {"subject_id": f"S{number}"} for number in range(60)))
    done = _shell(f"precise check {file} --verbose {joined}")
    assert (done.returncode, done.stderr) == (1, b"")


def test_an_error_that_nobody_can_read_stays_an_error() -> None:
    assert _shell("precise check absent.json 2>/dev/full").returncode == 2
    assert _shell("precise gate absent.json 2>&- >&-").returncode == 2


def test_a_file_never_gets_the_number_of_a_closed_stream(undecided: Path, home: dict[str, str]) -> None:
    for _ in range(2):
        assert _shell(f"precise gate {undecided} <&- >&- 2>&-", **home).returncode == 3
    assert _shell("precise gate verify", **home).returncode == 0


@pytest.mark.parametrize(("free", "opened"), [((0, 1, 2, 7), [0, 1, 2]), ((2, 5), [2]), ((4,), [])])
def test_the_standard_descriptors_that_are_closed_are_opened_and_no_others(
    free: tuple[int, ...], opened: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    given, closed = iter(free), list[int]()
    with monkeypatch.context() as patch:
        patch.setattr(streams.os, "open", lambda *_: next(given))
        patch.setattr(streams.os, "close", closed.append)
        found = [*streams._closed_descriptors()]
    assert (found, closed) == (opened, [free[-1]])


@pytest.mark.parametrize("joined", ["bash_source", "complete_bash", "x"])
def test_a_completion_variable_is_no_answer(joined: str, undecided: Path, home: dict[str, str]) -> None:
    variables = home | {"_PRECISE_COMPLETE": joined, "COMP_WORDS": "precise ga", "COMP_CWORD": "1"}
    done = _shell(f"precise gate {undecided} --format json", **variables)
    assert done.returncode == 3
    assert json.loads(done.stdout)["body"]["decision"] == "INCOMPLETE"


def test_a_shell_is_still_given_completions() -> None:
    variables = {"_PRECISE_COMPLETE": "complete_bash", "COMP_WORDS": "precise che", "COMP_CWORD": "1"}
    done = _shell("precise", **variables)
    assert (done.returncode, done.stdout) == (0, b"check\n")
    assert _shell("precise", _PRECISE_COMPLETE="complete_bash").returncode == 2, "no shell asks"


ENCODINGS = [
    {"PYTHONIOENCODING": "gb18030"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    pytest.param({"PYTHONIOENCODING": "latin-1:replace"}, marks=pytest.mark.slow),
    pytest.param({"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, marks=pytest.mark.slow),
]


@pytest.mark.parametrize("variables", ENCODINGS, ids=str)
def test_json_is_utf8_in_every_locale(variables: dict[str, str], undecided: Path, home: dict[str, str]) -> None:
    for command in (f"check {undecided} --format json", f"gate {undecided} --format json"):
        done = _shell(f"precise {command}", **variables, **home)
        assert (done.returncode, b"fault" in done.stderr) == (3, False)
        assert NAME.encode() in done.stdout
        json.loads(done.stdout.decode("utf-8"))
    assert NAME.encode() in _shell(f"precise check {undecided}", **variables).stdout


def test_exit_statuses_stand_in_help_and_readme() -> None:
    told = " ".join(_shell("precise --help").stdout.decode().split())
    assert "4 a fault of the program itself" in told
    assert "Exit status 4 is a fault" in (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_run_with_one_line(number: signal.Signals, status: int) -> None:
    command = [sys.executable, "-m", "precise_cal", "check", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, process_group=0) as process:
        time.sleep(1.0)  # it waits for stdin now
        os.killpg(process.pid, number)
        assert process.wait(20) == status
        assert process.stderr is not None
        assert process.stderr.read() == b"stopped\n"


def test_a_fault_without_a_place_for_its_traceback_is_told(
    precise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def break_down(*_arguments: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("precise_cal.cli.schema._schema", break_down)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    said = precise("schema", "record")
    assert said.status == 4
    assert said.err == "precise: internal fault (ZeroDivisionError); no folder for a traceback can be written\n"


def test_a_name_that_is_no_text_is_shown_as_escapes(
    tmp_path: Path, screening: dict[str, Any], precise: Callable[..., Any]
) -> None:
    for name in (b"a\xff.json", "é.json".encode()):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_text(json.dumps(screening), encoding="utf-8")
    for form in ("json", "text", "junit", "github"):
        said = precise("check", tmp_path, "--format", form)
        assert said.status in (0, 1, 2, 3), said.err
        said.out.encode("utf-8")
    assert "a\\\\xff.json" in precise("check", tmp_path, "--format", "json").out
