"""A folder that is filled as a whole, by one run at a time: all files or none, whatever ends the run.

What is made waits in one file without a name, which is gone with the process. At the end everything is written into a
hidden folder, to the disk, and read back; then it moves. A new folder gets its name in one stroke. In one that exists,
a list of the moves is written first, and files that are replaced or go are set aside, so that a move that fails, or a
run that is killed between two moves, is undone: at once, or by the next run.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from precise_cal.files.errors import FileError, unwritable
from precise_cal.files.locking import lock_file
from precise_cal.files.writing import identities, identity, sync_folder, write_file
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

_SHOWN: Final = 5
_HIDDEN: Final = ".precise-unfinished"
_LOCK: Final = "lock"
_NEW: Final = "new"
_OLD: Final = "old"
_MOVES: Final = "moves.json"


class Output:
    """A folder to be filled; nothing in it changes before `commit`.

    Args:
        folder: where the files go; made where it is absent.

    Raises:
        FileError: another run fills it now, or it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = ExitStack()
        self._names: tuple[str, ...] = ()
        self._more: list[str] = []
        self._gone: list[str] = []
        self._force = False
        self._pieces: dict[str, tuple[int, int, Callable[[bytes], object] | None]] = {}

    def __enter__(self) -> Self:
        """Hold the folder; undo or remove what a run that was killed has left."""
        try:
            self._hidden = self._hold(self._place())
            self._fresh = not self._folder.is_dir()
            self._held.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
            tempfile.tempdir = str(self._hidden)  # what libraries keep of participants for a moment stays here too
            self._spool: IO[bytes] = self._held.enter_context(tempfile.TemporaryFile(dir=self._hidden))
        except OSError as error:
            self._held.close()
            raise unwritable(self._folder, error) from None
        except BaseException:
            self._held.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw away what was not committed."""
        self._held.close()

    def _place(self) -> Path:
        """The hidden folder: on the same file system, so that files move."""
        beside = self._folder.resolve().parent / f".{self._folder.resolve().name}{_HIDDEN}"
        if not self._folder.is_dir():
            beside.parent.mkdir(parents=True, exist_ok=True)
            return beside
        if beside.is_dir():  # of a run that was killed before the folder was there
            with suppress(FileError, OSError), _holding(beside, "busy"):
                pass
        return self._folder / _HIDDEN

    def _hold(self, hidden: Path) -> Path:
        """The hidden folder, held and empty."""
        busy = message(
            "{ $folder }: another run is writing there; nothing was written, run this one again when it is done",
            folder=self._folder,
        )
        self._held.enter_context(_holding(hidden, busy))
        _undo(hidden, self._folder)
        _clear(hidden)
        return hidden

    def expect(self, names: Sequence[str], *, force: bool, inputs: Iterable[Path] = ()) -> None:
        """Say which files will be written, before they are made.

        Args:
            names: of all files, relative to the folder.
            force: whether existing files are overwritten.
            inputs: files that the run reads; none of them is ever overwritten.

        Raises:
            FileError: a file exists, is an input, or something else is in its place.
        """
        self._names, self._force = tuple(dict.fromkeys(names)), force
        states = {name: state for name in self._names if (state := _state(self._folder / name)) is not None}
        read = identities(inputs)
        for name, state in states.items():
            if identity(state) in read:
                raise FileError(
                    message(
                        "{ $folder }: is an input of this run, and would be lost; name another folder",
                        folder=self._folder / name,
                    )
                )
        if states and not force:
            existing = list(states)
            more = message(" and { $count } more", count=len(existing) - _SHOWN) if len(existing) > _SHOWN else ""
            shown = ", ".join(existing[:_SHOWN])
            raise FileError(
                message(
                    "{ $folder }: { $shown }{ $more } would be overwritten; --force allows it",
                    folder=self._folder,
                    shown=shown,
                    more=more,
                )
            )
        for name in self._names:
            _check_way(self._folder, name)

    def write(self, name: str, data: bytes, reads: Callable[[bytes], object] | None = None) -> None:
        """Keep one file for the folder. One that was not expected takes the place of an older one.

        Args:
            name: relative to the folder.
            data: its content.
            reads: reads it back as a later run will; what it raises stops the commit.

        Raises:
            FileError: there is no room for it.
        """
        if name not in self._names:
            _check_way(self._folder, name)
            self._more.append(name)
        try:
            start = self._spool.seek(0, os.SEEK_END)
            self._spool.write(data)
        except OSError as error:
            raise unwritable(self._folder / name, error) from None
        self._pieces[name] = (start, len(data), reads)

    def remove(self, name: str) -> None:
        """Take one file away at the commit.

        Args:
            name: relative to the folder.
        """
        self._gone.append(name)

    def commit(self) -> None:
        """Put every file in its place, or leave everything as it was.

        Raises:
            FileError: a file was not made, or cannot be put in its place.
        """
        missing = [name for name in self._names if name not in self._pieces]
        if missing:
            raise FileError(message("{ $folder }: was not made", folder=self._folder / missing[0]))
        new = self._hidden / _NEW
        try:
            for name in self._pieces:
                self._write_out(new, name)
            if self._fresh:
                new.mkdir(exist_ok=True)
                new.rename(self._folder)
                sync_folder(self._folder.resolve().parent)
            else:
                self._move((*self._more, *self._names), self._gone)
        except OSError as error:
            raise unwritable(error.filename2 or error.filename or self._folder, error) from None

    def _write_out(self, new: Path, name: str) -> None:
        start, length, reads = self._pieces[name]
        self._spool.seek(start)
        data = self._spool.read(length)
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        again = path.read_bytes()
        if again != data:
            raise FileError(
                message(
                    "{ $folder }: cannot be written: the disk gives back something else", folder=self._folder / name
                )
            )
        if reads is not None:
            reads(again)

    def _move(self, names: Sequence[str], gone: Sequence[str]) -> None:
        """Put the files in their places one by one, and take others away; when one does not go, all is as it was."""
        for name in names:
            _check_way(self._folder, name)
        moves = [*([name, *_mark(self._hidden / _NEW / name)] for name in names), *([name] for name in gone)]
        write_file(self._hidden / _MOVES, json.dumps(moves).encode(), force=False)
        try:
            for name in gone:  # first: where case does not count, a new file may have the name of one that goes
                aside = _aside(self._hidden, name)
                (self._folder / name).replace(aside)
            for name in names:
                target = self._folder / name
                if not self._force and name not in self._more and target.exists():
                    raise FileError(message("{ $target }: was made meanwhile; nothing was written", target=target))
                _exchange(self._hidden, target, name)
            sync_folder(self._folder)
            (self._hidden / _MOVES).unlink()
        except BaseException:
            _undo(self._hidden, self._folder)
            raise
        for name in gone:
            _remove_empty(self._folder, (self._folder / name).parent)


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unwritable(path, error) from None


def _check_way(folder: Path, name: str) -> None:
    """Whether a file of this name can stand there: its folders are folders, and it is none.

    Raises:
        FileError: something else is in the way.
    """
    path = folder / name
    for above in [*path.parents][: len(Path(name).parts) - 1]:
        if above.exists() and not above.is_dir():
            raise FileError(message("{ $path }: cannot be written: { $above } is no folder", path=path, above=above))
    state = _state(path)
    if state is not None and not stat.S_ISREG(state.st_mode):
        raise FileError(message("{ $path }: cannot be written: a folder or device has this name", path=path))


def _mark(path: Path) -> tuple[int, int]:
    """What tells a file that was moved from one that somebody wrote afterwards."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _exchange(hidden: Path, target: Path, name: str) -> None:
    """Set the old file aside and put the new one in its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        aside = _aside(hidden, name)
        try:
            os.link(target, aside)
        except OSError:  # a file system without links: for a moment there is no file
            target.rename(aside)
    (hidden / _NEW / name).replace(target)


def _aside(hidden: Path, name: str) -> Path:
    """Where an old file waits until all moves are done."""
    aside = hidden / _OLD / name
    aside.parent.mkdir(parents=True, exist_ok=True)
    return aside


def _undo(hidden: Path, folder: Path) -> None:
    """Bring a folder back to where it was before moves that did not come to their end.

    Raises:
        FileError: a file was changed after it was moved; nobody but a person can say which one to keep.
    """
    listed = hidden / _MOVES
    if not listed.exists():
        return
    moves: list[list[Any]] = json.loads(listed.read_bytes())
    for name, *mark in moves:
        target, aside, waits = folder / name, hidden / _OLD / name, hidden / _NEW / name
        if waits.exists() or not mark:
            if aside.exists() and not target.exists():
                aside.rename(target)
            continue
        if target.exists() and [*_mark(target)] != mark:
            raise FileError(
                message(
                    "{ $target }: was changed after a run that was killed had written it; move it elsewhere",
                    target=target,
                )
            )
        if aside.exists():
            aside.replace(target)
        else:
            target.unlink(missing_ok=True)
            _remove_empty(folder, target.parent)
    listed.unlink()


def _remove_empty(folder: Path, inner: Path) -> None:
    while inner != folder:
        with suppress(OSError):
            inner.rmdir()
        inner = inner.parent


@contextmanager
def _holding(hidden: Path, busy: str) -> Iterator[None]:
    """Hold the hidden folder, which is made where it is absent and removed at the end."""
    with ExitStack() as held:
        held.callback(_remove_empty, hidden.parent, hidden)
        while True:
            hidden.mkdir(mode=0o700, exist_ok=True)
            if not stat.S_ISDIR(hidden.lstat().st_mode):
                raise FileError(message("{ $hidden }: is in the way; remove it", hidden=hidden))
            with suppress(FileNotFoundError):  # the run that held it has just removed it
                held.enter_context(lock_file(hidden / _LOCK, busy))
                break
        held.callback(_clear, hidden)
        yield


def _clear(hidden: Path) -> None:
    """Remove what is in the hidden folder, unless moves are still to be undone.

    The lock goes last and elsewhere, so that nobody else is at work here meanwhile.
    """
    if (hidden / _MOVES).exists():
        return
    for one in hidden.iterdir():
        if one.name == _LOCK:
            continue
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)
