"""Signals at moments that nobody chose: one line, its status, nobody left behind, and the next run ends well."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")]
PEOPLE = 12_000
STATUSES = {"INT": 130, "TERM": 143, "HUP": 129, "KILL": -9}
PRECISE = [sys.executable, "-m", "precise_cal"]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many participants that an import takes a while, and starts processes."""
    path = tmp_path_factory.mktemp("records") / "many.jsonl"
    one = json.loads((bundled() / "tests" / "screening.json").read_text("utf-8"))
    path.write_text("".join(f"{json.dumps(one | {'subject_id': f'S{n}'})}\n" for n in range(PEOPLE)), "utf-8")
    return path


@pytest.mark.parametrize("name", STATUSES)
def test_an_import_ends_with_its_processes_and_is_taken_up(name: str, records: Path, tmp_path: Path) -> None:
    command = [*PRECISE, "cohort", "import", str(records), "--out", str(tmp_path / "tables"), "--threads", "2"]
    moment = random.Random(name).uniform(0.0, 3.0)
    with subprocess.Popen(command, stderr=subprocess.PIPE, process_group=0) as process:
        while not (tmp_path / "tables").exists() and process.poll() is None:
            time.sleep(0.01)  # Python itself is started
        time.sleep(moment)
        helpers = [number for number, parent in _parents() if parent == process.pid]
        ended = process.poll() is not None
        (os.kill if name == "KILL" else os.killpg)(process.pid, getattr(signal, f"SIG{name}"))
        assert process.stderr is not None
        said = process.stderr.read()
    if ended:
        pytest.skip("the machine was faster than the signal")
    assert process.returncode == STATUSES[name], said
    assert name == "KILL" or said == b"stopped\n"
    deadline = time.monotonic() + 10
    while any(_is_alive(one) for one in helpers):
        assert time.monotonic() < deadline, "processes are left behind"
        time.sleep(0.05)
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, f"{PEOPLE:,} participants".encode() in done.stderr) == (0, True), done.stderr


def _parents() -> Iterator[tuple[int, int]]:
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(one.parent.name), int(one.read_text("utf-8").rsplit(")", 1)[1].split()[1])
        except OSError:
            continue


def _is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
