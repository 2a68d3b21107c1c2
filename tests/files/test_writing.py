"""One way to write a file: whole or not at all, never over what was read, nothing of others lost."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import portalocker
import pytest

import precise_cal
from precise_cal.files.errors import FileError
from precise_cal.files.locking import lock_file, locked
from precise_cal.files.writing import check_target, replacing, update_file, write_file

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files and locks")


def _link(path: Path, target: Path) -> Path:
    path.symlink_to(target)
    return path


def _hard(path: Path, target: Path) -> Path:
    path.hardlink_to(target)
    return path


def test_a_file_is_new_or_replaced_by_wish(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_file(path, b"1", force=False)
    with pytest.raises(FileError, match="exists; --force overwrites it"):
        write_file(path, b"2", force=False)
    assert path.read_bytes() == b"1"
    path.chmod(0o640)
    write_file(path, b"3", force=True)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"3", 0o640)
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("named", [lambda folder, path: path, _link, _hard], ids=["itself", "symbolic", "hard"])
def test_an_input_is_never_written_over(named: Callable[[Path, Path], Path], tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(b"record")
    target = named(tmp_path / "out.json", path)
    with pytest.raises(FileError, match="is an input of this run"):
        write_file(target, b"other", force=True, inputs=[path])
    assert path.read_bytes() == b"record"


PLACES = [
    ("a/b.txt", "is no folder"),
    ("folder", "it is a folder"),
    ("fifo", "no regular file"),
    ("x" * 300, "File name too long"),
    ("nul\0.txt", "null"),
    ("", "it is a folder"),
    ("in.txt/x", "Not a directory"),
]


@pytest.mark.parametrize(("name", "told"), PLACES, ids=[name[:9] for name, _ in PLACES])
def test_a_place_that_cannot_hold_a_file_is_told(name: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "in.txt").touch()
    os.mkfifo(tmp_path / "fifo")
    for check in (check_target, lambda path, force: write_file(path, b"", force=force)):
        with pytest.raises(FileError, match=told):
            check(tmp_path / name, force=True)


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "a.txt", tmp_path / "link"
    link.symlink_to(path)
    write_file(link, b"1", force=False)
    assert (link.is_symlink(), path.read_bytes()) == (True, b"1")


def test_what_cannot_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"{}")
    with pytest.raises(json.JSONDecodeError):
        write_file(path, b"{", force=True, reads=json.loads)
    assert ([one.name for one in tmp_path.iterdir()], path.read_bytes()) == (["a.json"], b"{}")


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    def write() -> None:
        with replacing(path, force=False) as beside:
            beside.write_bytes(b"ours")
            path.write_bytes(b"theirs")

    with pytest.raises(FileError, match="exists"):
        write()
    assert ([one.name for one in tmp_path.iterdir()], path.read_bytes()) == (["a.txt"], b"theirs")


def test_no_change_is_lost_among_many_writers(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(b"[]")

    def add(number: int) -> None:
        update_file(path, lambda data: json.dumps([*json.loads(data), number]).encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert sorted(json.loads(path.read_bytes())) == list(range(40))


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.touch()
    with locked(path), pytest.raises(FileError, match="another run is changing it"), locked(path, patience=0.1):
        pass
    with pytest.raises(FileError, match="No such file"), locked(tmp_path / "absent"):
        pass
    with (
        lock_file(tmp_path / "lock", "busy"),
        pytest.raises(FileError, match="busy"),
        lock_file(tmp_path / "lock", "busy"),
    ):
        pass
    assert not (tmp_path / "lock").exists()


@pytest.mark.parametrize(("number", "is_borne"), [(errno.ENOLCK, True), (errno.ENOTSUP, True), (errno.EIO, False)])
def test_a_file_system_without_locks_is_borne(
    number: int, is_borne: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise portalocker.LockException("refused") from OSError(number, "refused")

    monkeypatch.setattr(portalocker, "lock", refused)
    path = tmp_path / "a.json"
    path.touch()
    with nullcontext() if is_borne else pytest.raises(FileError, match="refused"), locked(path):
        pass


def test_locks_are_those_of_a_portable_library() -> None:
    package = Path(precise_cal.__file__).parent
    using = [one.name for one in package.rglob("*.py") if re.search(r"import (fcntl|msvcrt)", one.read_text("utf-8"))]
    assert using == []


HOLD = """
import sys, time
from pathlib import Path
from precise_cal.files.writing import replacing
with replacing(Path(sys.argv[1]), force=True) as beside:
    beside.write_bytes(b"half")
    print(flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_had_begun_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "[a].json"
    path.write_bytes(b"whole")
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        write_file(path, b"other", force=True)
        assert len(list(tmp_path.iterdir())) == 2, "a run that is alive is left alone"
        process.kill()
    assert path.read_bytes() == b"other"
    write_file(path, b"new", force=True)
    assert [one.name for one in tmp_path.iterdir()] == ["[a].json"]


WORK = """
import sys, time
from precise_cal.files.workers import workers
if __name__ == "__main__":
    with workers(2) as pool:
        for _ in range(2):
            pool.submit(time.sleep, 60)
        from multiprocessing import active_children
        print(*[one.pid for one in active_children()], flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("number", ["KILL", "INT", "TERM"])
def test_workers_end_with_their_run(number: str, tmp_path: Path) -> None:
    import signal

    script = tmp_path / "work.py"
    script.write_text(WORK, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        numbers = [int(one) for one in process.stdout.readline().split()]
        assert len(numbers) == 2
        time.sleep(0.5)
        process.send_signal(getattr(signal, f"SIG{number}"))
        process.wait(20)
    deadline = time.monotonic() + 10
    while any(_is_alive(one) for one in numbers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_is_alive(one) for one in numbers)


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{number}/stat")
    return not status.exists() or status.read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"


NO_ROOM = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
from precise_cal.files.locking import lock_file
from precise_cal.files.writing import replacing
with lock_file(Path("held"), "busy"), replacing(Path("new"), force=False):
    sys.stderr.write("held")
"""


def test_locks_ask_for_no_room_on_the_disk(tmp_path: Path) -> None:
    """The library of locks looks for a temporary folder when it is loaded; on a full disk there is none."""
    done = subprocess.run([sys.executable, "-c", NO_ROOM], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "held")
    assert {one.name for one in tmp_path.iterdir()} == {"new"}


def test_nothing_is_left_where_no_lock_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(descriptor: int) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("precise_cal.files.writing.hold_descriptor", failing)
    with pytest.raises(FileError, match="Input/output error"):
        write_file(tmp_path / "new", b"x", force=False)
    assert not list(tmp_path.iterdir())
