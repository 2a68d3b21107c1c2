"""``precise report --changed``: what a changed record touches is written, and the folder is that of a full run."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

NOW = ("--now", "2028-01-15T08:00:00+00:00")
DOCUMENTS = ("--format", "html,xlsx,csv,sdtm")
PAGES = ("--format", "html,csv")


def _write(path: Path, records: Iterable[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def three(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Three participants of one site, so that a letter concerns all of them."""
    return [copy.deepcopy(one) for one in records[:3]]


@pytest.fixture(scope="module")
def other(three: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with a vessel of the second participant that is too narrow."""
    found = copy.deepcopy(three)
    found[1]["lesions"][0]["reference_vessel_diameter"][0]["value"] = "2.10"
    return found


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"made.json"}


def _content(path: Path) -> Any:
    """The bytes of a file; of a workbook, those of what it holds but for the time of writing."""
    data = path.read_bytes()
    if path.suffix != ".xlsx":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist() if name != "docProps/core.xml"}


def test_it_writes_what_a_changed_record_touches_and_gives_the_folder_of_a_full_run(
    precise: Callable[..., Any], tmp_path: Path, three: list[Any], other: list[Any]
) -> None:
    file, folder, full = tmp_path / "trial.jsonl", tmp_path / "changed", tmp_path / "full"
    arguments = ("report", file, *DOCUMENTS, *NOW)
    _write(file, three)
    assert precise(*arguments, "--out", folder, "--changed").status == 0
    before = {name: (folder / name).stat().st_mtime_ns for name in _names(folder)}
    _write(file, other)
    said = precise(*arguments, "--out", folder, "--changed")
    assert said.status == 0
    written = {name for name in before if (folder / name).stat().st_mtime_ns != before[name]}
    first, second, third = (one["subject_id"] for one in three)
    assert {"trial.html", f"participants/{second}.html", "findings.xlsx", "csv/eligibility.csv"} <= written
    assert not {name for name in written if first in name or third in name}
    assert f"{len(written)} files written, {len(before) - len(written)} unchanged" in said.err
    assert all(name in said.err for name in written), said.err

    assert precise(*arguments, "--out", full).status == 0
    assert _names(folder) == _names(full)
    timeless = {name for name in _names(full) if not name.endswith(".xpt")}
    assert {name for name in timeless if _content(folder / name) != _content(full / name)} == set()


def test_of_the_same_records_nothing_is_written_whatever_the_time(
    precise: Callable[..., Any], tmp_path: Path, three: list[Any]
) -> None:
    file, folder = _write(tmp_path / "trial.jsonl", three), tmp_path / "out"
    assert precise("report", file, "--out", folder, *DOCUMENTS, "--changed").status == 0
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    said = precise("report", file, "--out", folder, *DOCUMENTS, "--changed")
    assert (said.status, "0 files written" in said.err) == (0, True)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_what_somebody_else_wrote_is_not_overwritten(
    precise: Callable[..., Any], tmp_path: Path, three: list[Any], other: list[Any]
) -> None:
    """A document that was edited, or one that no run with ``--changed`` made; ``--force`` allows it."""
    file, folder = _write(tmp_path / "trial.jsonl", three), tmp_path / "out"
    run = ("report", file, "--out", folder, *PAGES, "--changed")
    assert precise(*run).status == 0
    page = folder / "participants" / f"{three[0]['subject_id']}.html"
    made = page.read_bytes()
    page.write_text("mine", encoding="utf-8")
    said = precise(*run)
    assert (said.status, page.name in said.err, "--force" in said.err) == (2, True, True)
    assert page.read_text("utf-8") == "mine"
    assert precise(*run, "--force").status == 0
    assert len(page.read_bytes()) == len(made)

    (folder / "made.json").unlink()
    assert precise(*run).status == 2
    (folder / "made.json").write_text("{}", encoding="utf-8")
    said = precise(*run)
    assert (said.status, "made.json" in said.err) == (2, True)


def test_what_is_no_longer_made_is_removed_unless_somebody_changed_it(
    precise: Callable[..., Any], tmp_path: Path, three: list[Any]
) -> None:
    file, folder, full = _write(tmp_path / "trial.jsonl", three), tmp_path / "out", tmp_path / "full"
    run = ("report", file, "--out", folder, *NOW, "--changed")
    assert precise(*run, "--format", "html,markdown,csv").status == 0
    first, second = (f"participants/{one['subject_id']}" for one in three[:2])
    _write(file, three[1:])
    said = precise(*run, "--format", "html,csv")
    assert (said.status, f"{first}.html" in said.err.partition("removed, for they are")[2]) == (0, True), said.err
    assert precise("report", file, "--out", full, *NOW, "--format", "html,csv").status == 0
    assert {one for one in _names(folder) if not one.endswith(".md")} == _names(full)
    assert (folder / f"{first}.md").exists(), "nobody asked for Markdown"

    (folder / f"{second}.html").write_text("mine", encoding="utf-8")
    _write(file, three[2:])
    for _ in range(2):
        said = precise(*run, "--format", "html,markdown,csv")
        assert (said.status, f"somebody has changed them: {second}.html" in said.err) == (0, True)
    assert (folder / f"{second}.html").read_text("utf-8") == "mine"
    assert not {one for one in _names(folder) if one.endswith(".md") and three[2]["subject_id"] not in one}


@pytest.mark.parametrize("name", ["../trial.jsonl", "/etc/passwd", "participants/../../trial.jsonl", "other.txt"])
def test_what_is_kept_names_documents_of_the_folder_alone(
    precise: Callable[..., Any], tmp_path: Path, three: list[Any], name: str
) -> None:
    """Else a run would remove a file elsewhere."""
    file, folder = _write(tmp_path / "trial.jsonl", three[:1]), tmp_path / "out"
    folder.mkdir()
    mark = {"content": "0", "file": sha256(file.read_bytes()).hexdigest()}
    (folder / "made.json").write_text(json.dumps({"schema_version": "1.0", "documents": {name: mark}}))
    said = precise("report", file, "--out", folder, *PAGES, "--changed")
    assert (said.status, "made.json" in said.err, file.exists()) == (2, True, True)
