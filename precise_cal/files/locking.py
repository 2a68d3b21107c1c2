"""Locks between processes: one writer at a time. The system takes them back when their holder ends, however it ends.

Where the system (Windows) or the file system has no such locks, nothing is locked.
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

if sys.platform != "win32":
    import fcntl

_PAUSE_S: Final = 0.05
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def lock_descriptor(descriptor: int) -> bool:
    """Lock an open file for this process alone; False where another one holds it."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


@contextmanager
def locked(path: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Hold a file that exists; a file that is replaced meanwhile is locked anew.

    Args:
        path: the file.
        patience: seconds to wait for another holder.

    Raises:
        FileError: it cannot be opened for writing, or another process holds it.
    """
    try:
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
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _no_follow(), 0o600)
    try:
        if sys.platform != "win32":
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
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
    descriptor = _acquired(path, os.O_RDWR | os.O_CREAT | _no_follow(), 0.0, busy)
    try:
        yield
    finally:
        if has_name(descriptor, path):
            with suppress(PermissionError):  # Windows removes no open file; an old one is no harm
                path.unlink()
        os.close(descriptor)


def _no_follow() -> int:
    return getattr(os, "O_NOFOLLOW", 0)


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
