"""Commands read files that end: a pipe, a device or a folder in the place of one is named, and nothing waits."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.files.regular import open_regular, read_regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRECISE = (sys.executable, "-c", "from precise_cal.cli import main; main()")
READING = [
    ("check", "{odd}"), ("gate", "{odd}"), ("gate", "{record}", "--key", "{odd}"),
    ("gate", "{record}", "--public-key", "{odd}"),
    ("report", "{odd}", "--out", "out"), ("report", "{record}", "--out", "out", "--merge", "{odd}"),
    ("qfr", "lumen", "{odd}", "--velocity", "0.3"), ("qfr", "angio", "{odd}"), ("qfr", "info", "{odd}"),
    ("qfr", "lumen", "{lumen}", "--velocity", "0.3", "--into", "{odd}", "--vessel", "LAD", "--phase",
     "baseline", "--acquired-at", "2026-03-09T08:50:00+08:00", "--assessor", "site"),
    ("rules", "conformance", "{odd}"), ("rules", "eval", "1", "--record", "{odd}"),
    ("rules", "test", "--rules", "{trial}"), ("cohort", "import", "{odd}", "--out", "tables"),
]  # fmt: skip


@pytest.fixture
def places(tmp_path: Path, rules_copy: Path, complete: dict[str, Any]) -> dict[str, Path]:
    """Files that are there, and where an odd one stands."""
    record, lumen = tmp_path / "record.json", tmp_path / "lumen.csv"
    record.write_text(json.dumps(complete))
    lumen.write_text("s_mm,diameter_mm\n" + "".join(f"{s},3\n" for s in range(0, 60, 2)))
    return {"odd": tmp_path / "odd", "record": record, "lumen": lumen, "trial": rules_copy}


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_pipe_is_refused_at_once(arguments: tuple[str, ...], places: dict[str, Path], tmp_path: Path) -> None:
    os.mkfifo(places["odd"])
    (places["trial"] / "events.yaml").unlink()
    os.mkfifo(places["trial"] / "events.yaml")
    command = [one.format(**places) for one in arguments]
    environment = {**os.environ, "PRECISE_GATE_HOME": str(tmp_path / "gate")}
    said = subprocess.run(
        [*PRECISE, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert said.returncode == 2, said.stderr
    assert "odd" in said.stderr or "events.yaml" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device", "name"])
def test_what_is_no_file_is_told(kind: str, tmp_path: Path) -> None:
    path: Path | str = tmp_path / "odd"
    listener = socket.socket(socket.AF_UNIX)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "socket":
            listener.bind(str(path)) if len(str(path)) < 100 else pytest.skip("the path is too long for a socket")
        case "folder":
            (tmp_path / "odd").mkdir()
        case "device":
            path = "/dev/zero"
        case "name":
            path = "a\0b"
    with pytest.raises(OSError) as raised:  # noqa: PT011 - the text is looked at below
        open_regular(path)
    listener.close()
    assert raised.value.strerror


def test_a_file_is_read_up_to_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_regular(file, 3) == b"123"
    with open_regular(file) as stream:
        assert stream.read() == b"12345"


@pytest.mark.parametrize("key", ["", ".", "/", ".."])
def test_a_key_needs_a_name(
    key: str, precise: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert precise("gate", "keygen", key).status == 2


LONG = "x" * 5_000
OVER_LONG = [
    ("check", LONG),
    ("gate", LONG),
    ("report", LONG, "--out", "o"),
    ("report", "{record}", "--out", LONG),
    ("qfr", "lumen", LONG, "--velocity", "0.3"),
    ("qfr", "lumen", "{lumen}", "--velocity", "0.3", "--report", LONG),
    ("qfr", "lumen", "{lumen}", "--velocity", "0.3", "--plot", f"{LONG}.svg"),
    ("qfr", "angio", LONG),
    ("qfr", "info", LONG),
    ("rules", "test", "--rules", LONG),
    ("rules", "eval", "1", "--record", LONG),
    ("rules", "conformance", LONG),
    ("cohort", "import", "{record}", "--out", LONG),
    ("cohort", "check", LONG, "--out", "o"),
    ("cohort", "export", LONG),
    ("gate", "{record}", "--key", LONG),
    ("gate", "{record}", "--ledger", LONG),
    ("gate", "keygen", LONG),
    ("simulate", "--out", LONG),
    ("check", "{record}", "--rules", LONG),
]  # fmt: skip


@pytest.mark.parametrize("arguments", OVER_LONG, ids=lambda one: " ".join(one)[:50])
def test_a_path_that_is_too_long_is_bad_input(
    arguments: tuple[str, ...], places: dict[str, Path], precise: Callable[..., Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    monkeypatch.chdir(tmp_path)
    said = precise(*[one.format(**places) for one in arguments])
    assert said.status == 2
    assert LONG in said.err or "too long" in said.err.lower()
