"""A folder that is filled as a whole: all files or none, whatever ends the run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from precise_cal.files import folder as module
from precise_cal.files.errors import FileError
from precise_cal.files.folder import Output

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files and locks")
NAMES = ("a.txt", "in/b.txt", "in/c.txt")


def _fill(folder: Path, content: bytes, *, force: bool = True, more: bool = False) -> None:
    with Output(folder) as output:
        output.expect(NAMES, force=force)
        for name in NAMES:
            output.write(name, content)
        if more:
            output.write("more.txt", content)
        output.commit()


def _content(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_a_new_folder_and_one_that_exists(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    _fill(folder, b"1", force=False)
    assert _content(folder) == dict.fromkeys(NAMES, b"1")
    (folder / "mine.txt").write_bytes(b"mine")
    _fill(folder, b"2", more=True)
    assert _content(folder) == {**dict.fromkeys((*NAMES, "more.txt"), b"2"), "mine.txt": b"mine"}
    with pytest.raises(FileError, match="would be overwritten; --force allows it"):
        _fill(folder, b"3", force=False)
    assert sorted(one.name for one in folder.parent.iterdir()) == ["out"]


@pytest.mark.parametrize(("name", "is_folder"), [("a.txt", True), ("in/c.txt", True), ("in/c.txt", False)])
def test_something_in_the_way_leaves_everything_as_it_was(name: str, is_folder: bool, tmp_path: Path) -> None:
    way = tmp_path / name if is_folder else (tmp_path / name).parent
    way.parent.mkdir(exist_ok=True)
    way.mkdir() if is_folder else way.write_bytes(b"a file")
    before = _content(tmp_path)
    with pytest.raises(FileError, match="cannot be written"):
        _fill(tmp_path, b"1")
    assert _content(tmp_path) == before


@pytest.mark.parametrize("fails", range(3))
def test_a_move_that_fails_is_undone_with_all_before_it(
    fails: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    moves = []

    def exchange(hidden: Path, target: Path, name: str) -> None:
        if len(moves) == fails:
            raise OSError(28, "No space left on device")
        moves.append(name)
        real(hidden, target, name)

    real = module._exchange
    monkeypatch.setattr(module, "_exchange", exchange)
    with pytest.raises(FileError, match="No space left"):
        _fill(tmp_path, b"new")
    assert _content(tmp_path) == {"a.txt": b"old"}
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"], "no empty folder is left either"


DIE = """
import os, sys
from pathlib import Path
from precise_cal.files import folder as module
real, moves = module._exchange, []
def exchange(*arguments):
    if len(moves) == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
    moves.append(1)
    real(*arguments)
module._exchange = exchange
with module.Output(Path(sys.argv[1])) as output:
    names = ["a.txt", "in/b.txt", "in/c.txt"]
    output.expect(names, force=True)
    for name in names:
        output.write(name, b"new")
    output.commit()
"""


@pytest.mark.parametrize("moves", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_between_moves_is_undone_by_the_next(moves: int, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "in").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"old")
    (folder / "in" / "b.txt").write_bytes(b"old")
    subprocess.run([sys.executable, "-c", DIE, str(folder), str(moves)], check=False)
    assert (folder / "a.txt").read_bytes() == b"new"
    with Output(folder):
        assert {name: data for name, data in _content(folder).items() if ".precise-unfinished" not in name} == {
            "a.txt": b"old",
            "in/b.txt": b"old",
        }
    assert not (folder / ".precise-unfinished").exists()


@pytest.mark.parametrize("fails", [False, True])
def test_a_file_goes_with_the_commit_or_stays(fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    (folder / "in").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "in/c.txt"):
        (folder / name).write_bytes(b"old")
    before = _content(folder)
    with Output(folder) as output:
        output.expect(["a.txt"], force=True)
        output.write("a.txt", b"new")
        output.remove("in/c.txt")
        assert _content(folder).items() >= before.items()
        if fails:
            monkeypatch.setattr("precise_cal.files.folder.sync_folder", _full)
            with pytest.raises(FileError):
                output.commit()
        else:
            output.commit()
    assert _content(folder) == (before if fails else {"a.txt": b"new", "b.txt": b"old"})


def _full(folder: Path) -> None:
    raise OSError(28, "No space left on device", str(folder))


def test_a_document_that_was_changed_after_a_killed_run_is_never_lost(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"old")
    subprocess.run([sys.executable, "-c", DIE, str(folder), "1"], check=False)
    (folder / "a.txt").write_bytes(b"a reviewer's")
    for _ in range(2):
        with pytest.raises(FileError, match="was changed after a run that was killed"), Output(folder):
            pass
    assert (folder / "a.txt").read_bytes() == b"a reviewer's"
    (folder / "a.txt").rename(tmp_path / "kept.txt")
    with Output(folder):
        assert (folder / "a.txt").read_bytes() == b"old"


@pytest.mark.parametrize("exists", [True, False])
def test_two_runs_never_fill_one_folder(exists: bool, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    if exists:
        folder.mkdir()
    with Output(folder) as first:
        first.expect(["a"], force=False)
        first.write("a", b"1")
        with pytest.raises(FileError, match="another run is writing there"), Output(folder):
            pass
        first.commit()
    assert _content(folder) == {"a": b"1"}


def test_a_folder_that_was_made_meanwhile_is_not_lost(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with Output(folder) as output:
        output.write("a", b"1")
        folder.mkdir()
        (folder / "theirs").write_bytes(b"2")
        with pytest.raises(FileError, match="not empty"):
            output.commit()
    assert _content(tmp_path) == {"out/theirs": b"2"}


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("elsewhere")], ids=["file", "link"])
def test_something_in_place_of_the_hidden_folder_is_told(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / ".precise-unfinished")
    with pytest.raises(FileError, match=r"exists|in the way"), Output(tmp_path):
        pass


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_bytes(b"record")
    os.link(record, tmp_path / "a.txt")
    with pytest.raises(FileError, match="is an input of this run"), Output(tmp_path) as output:
        output.expect(NAMES, force=True, inputs=[record])
    assert record.read_bytes() == b"record"


def test_until_the_commit_nothing_has_a_name(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    with Output(tmp_path / "out") as output:
        output.write("a", b"page")
        assert Path(tempfile.gettempdir()).parent == tmp_path, "nor leaves a library anything elsewhere"
        assert [one.name for one in tmp_path.rglob("*") if one.is_file()] == ["lock"]
    assert tempfile.gettempdir() == before
