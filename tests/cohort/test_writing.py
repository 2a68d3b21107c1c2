"""What cohort commands write: one run at a time, whole files, and nothing over what exists or is read."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.layout.dataset import held

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def one(tmp_path: Path, complete: dict[str, Any]) -> Path:
    """One participant, as a file."""
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(complete) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def tables(one: Path, precise: Callable[..., Any], tmp_path: Path) -> Path:
    """The same participant as a cohort."""
    assert precise("cohort", "import", one, "--out", tmp_path / "tables", "--threads", "1").status == 0
    return tmp_path / "tables"


def test_a_second_run_into_the_same_folder_is_refused(
    one: Path, tables: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    for command in (("import", one), ("check", tables, "--rule", "IC-1")):
        folder = tmp_path / command[0]
        with held(folder):
            said = precise("cohort", *command, "--out", folder, "--threads", "1")
        assert (said.status, f"{folder}: another run is writing there" in said.err) == (2, True)
        assert precise("cohort", *command, "--out", folder, "--threads", "1").status in (0, 1, 3)
        assert not (folder / ".lock").exists()


def test_an_export_takes_the_place_of_nothing_unasked(
    tables: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine", encoding="utf-8")
    said = precise("cohort", "export", tables, "--out", out)
    assert (said.status, "exists; --force overwrites it" in said.err, out.read_text("utf-8")) == (2, True, "mine")
    assert precise("cohort", "export", tables, "--out", out, "--force").status == 0
    assert out.read_bytes().count(b"\n") == 1
    said = precise("cohort", "export", tables, "--out", tables / "cohort.json", "--force")
    assert (said.status, "is inside the cohort that is read" in said.err) == (2, True)
    assert precise("cohort", "export", tables).status == 0


@pytest.mark.slow
def test_two_imports_at_once_make_one_cohort(one: Path, precise: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "both"
    command = [
        sys.executable,
        "-m",
        "precise_cal",
        "cohort",
        "import",
        str(one),
        "--out",
        str(folder),
        "--threads",
        "1",
    ]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    errors = [one.communicate(timeout=120)[1].decode() for one in running]
    assert sorted(one.returncode for one in running) == [0, 2, 2], errors
    assert precise("cohort", "export", folder).out.count("\n") == 1
