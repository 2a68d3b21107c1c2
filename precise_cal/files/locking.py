"""Locks between processes: one writer at a time. The system takes them back when their holder ends, however it ends.

Where the file system has no such locks, nothing is locked.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from precise_cal.files.errors import FileError, unwritable
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

NO_FOLLOW: Final[int] = getattr(os, "O_NOFOLLOW", 0)
"""The flag of an open that follows no symbolic link; Windows has none."""
_PAUSE_S: Final = 0.05
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def lock_descriptor(descriptor: int, *, waits: bool = False) -> bool:
    """Lock an open file for this process alone; False where another one holds it, unless it waits. Raises `OSError`."""
    portalocker = _library()
    flags = portalocker.LockFlags.EXCLUSIVE
    try:
        portalocker.lock(descriptor, flags if waits else flags | portalocker.LockFlags.NON_BLOCKING)
    except portalocker.AlreadyLocked:
        return False
    except portalocker.LockException as error:
        cause = error.__cause__
        if not isinstance(cause, OSError):
            raise
        if cause.errno not in _NO_LOCKS:
            raise cause from None
    return True


def _library() -> ModuleType:
    """The library of locks, which takes long to load, and most runs lock nothing.

    It asks for the temporary folder when it is loaded, and uses none here: a full disk, where no folder will do, is no
    reason to fail.
    """
    import tempfile

    before = tempfile.tempdir
    tempfile.tempdir = before or os.curdir
    try:
        import portalocker
    finally:
        tempfile.tempdir = before
    return portalocker


def hold_descriptor(descriptor: int) -> bool:
    """Show that somebody is at work on an open file; False where it is another one.

    Windows removes no open file, and there a lock would keep its own process from writing by another descriptor.
    """
    return sys.platform == "win32" or lock_descriptor(descriptor)


@contextmanager
def locked(path: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Hold a file that exists; a file that is replaced meanwhile is locked anew.

    On Windows, where nobody else can read what is locked, a file beside it is held in its place, which stays there.

    Args:
        path: the file.
        patience: seconds to wait for another holder.

    Raises:
        FileError: it cannot be opened for writing, or another process holds it.
    """
    try:
        if sys.platform == "win32":
            os.close(os.open(path, os.O_RDWR))  # it exists, and can be written
            descriptor = _acquired(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, patience)
        else:
            descriptor = _acquired(path, os.O_RDWR, patience)
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Hold a file that is there for nothing else, which is made and stays; wait as long as others hold it.

    Raises:
        OSError: it cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0o600)
    try:
        lock_descriptor(descriptor, waits=True)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def lock_file(path: Path, busy: str) -> Iterator[None]:
    """Hold a file that is there for nothing else; it is made, and removed at the end.

    Args:
        path: of the file; its folder exists.
        busy: what to say where another process holds it.

    Raises:
        FileError: another process holds it.
        OSError: it cannot be made.
    """
    descriptor = _acquired(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0.0, busy)
    try:
        yield
    finally:
        if has_name(descriptor, path):
            with suppress(PermissionError):  # Windows removes no open file; an old one is no harm
                path.unlink()
        os.close(descriptor)


def _acquired(path: Path, flags: int, patience: float, busy: str = "") -> int:
    """A descriptor that holds the lock of the file which has this name now."""
    deadline = time.monotonic() + patience
    while True:
        descriptor = os.open(path, flags, 0o600)
        try:
            if lock_descriptor(descriptor):
                if has_name(descriptor, path):
                    return descriptor
            elif time.monotonic() >= deadline:
                raise FileError(busy or message("{ $path }: another run is changing it; run this one again", path=path))
            else:
                time.sleep(_PAUSE_S)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def has_name(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
