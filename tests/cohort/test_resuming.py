"""Killed in the middle of an import or a check: the next run completes, with nothing doubled or lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.layout.dataset import open_cohort
from precise_cal.cohort.transfer.exporting import export_records
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.cohort.layout.dataset import Cohort

SCHEMA = records_of(bundled()).schema
DRIVER = Path(__file__).with_name("driver.py")


def drive(*arguments: object) -> int:
    return subprocess.run([sys.executable, str(DRIVER), *map(str, arguments)], check=False).returncode


def files(folder: Path) -> dict[str, bytes]:
    """Every file that a run left, without the folders in which it worked."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def source(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lines") / "records.jsonl"
    file.write_bytes(b"\n".join(lines[::5]) + b"\n")
    return file


@pytest.fixture(scope="session")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The import of a process that nobody killed."""
    folder = tmp_path_factory.mktemp("whole") / "tables"
    assert drive("import", source, folder) == 0
    return folder


@pytest.fixture(scope="module")
def once(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verdicts of a check that nobody killed."""
    folder = tmp_path_factory.mktemp("once") / "verdicts"
    assert drive("check", whole, folder) == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("step", ["write_table:4", "make_piece:3", "merge:1", "_replace:5", "write_manifest:1"])
def test_import(step: str, source: Path, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    assert drive("import", source, folder, step) == -signal.SIGKILL
    assert not (folder / "cohort.json").exists()
    assert drive("import", source, folder) == 0
    assert sorted(export_records(open_cohort(folder, SCHEMA))) == sorted(export_records(open_cohort(whole, SCHEMA)))
    assert files(folder) == files(whole)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["totals:3", "write_json:4", "long_table:8"])
def test_check(step: str, whole: Path, once: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice"
    assert drive("check", whole, twice, step) == -signal.SIGKILL
    assert not (twice / "summary.json").exists()
    assert drive("check", whole, twice) == 0
    assert files(twice) == files(once)


def test_a_subject_that_stands_twice_is_kept_once(
    screening: dict[str, Any], import_lines: Callable[[list[bytes]], Cohort]
) -> None:
    given = [json.dumps({**screening, "site_id": site}).encode() for site in ("A", "B", "A")]
    cohort = import_lines(given)
    assert cohort.manifest.participants == 1
    refused = [json.loads(line) for line in (cohort.folder / "rejects.jsonl").read_text("utf-8").splitlines()]
    assert [one["number"] for one in refused] == [2, 3]
    named = f'stands twice: record 1 is of "{screening["subject_id"]}", site "A"'
    assert all(named in one["problems"][0] for one in refused)
    assert {json.loads(one["record"])["subject_id"] for one in refused} == {screening["subject_id"]}
