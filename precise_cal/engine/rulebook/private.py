"""A folder of the user's own: nothing is read there that somebody else could have written.

The folder and its files are opened once, without following symbolic links, and looked at through what was opened; what
the names lead to later makes no difference. Where a system has no owners and modes to look at, no folder is private.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES: Final = 100_000_000
"""The largest file that is read; a rulebook takes about a hundredth of it."""
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class NotPrivateError(OSError):
    """A folder or file that somebody else owns or may write, or that is no plain folder or file."""


class PrivateFolder:
    """An open folder that nobody else can write to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, name: str) -> bytes:
        """The content of a file. Raises `NotPrivateError` where it is not the user's own, or another `OSError`."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, dir_fd=self._descriptor), "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode) or not _is_ours(state) or state.st_size > MAX_BYTES:
                raise NotPrivateError(f"{name} is no file of this user alone")
            return file.read(MAX_BYTES)

    def state(self, name: str) -> os.stat_result:
        """What the system says of a file. Raises `OSError`."""
        return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)

    def write(self, name: str, content: bytes) -> None:
        """Put a file there as a whole, in the place of whatever has the name. Raises `OSError`."""
        part = f".{name}.{os.urandom(8).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(part, flags, 0o600, dir_fd=self._descriptor), "wb") as file:
            try:
                file.write(content)
                file.flush()
                os.replace(part, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
            except BaseException:
                self.remove(part)
                raise

    def names(self) -> list[str]:
        """What stands there, oldest first."""
        return sorted(os.listdir(self._descriptor), key=self._changed)  # noqa: PTH208 - of what is open

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return

    def _changed(self, name: str) -> int:
        return self.state(name).st_mtime_ns


@contextmanager
def private_folder(path: Path, *, make: bool = False) -> Iterator[PrivateFolder]:
    """Open a folder.

    Args:
        path: the folder; it may not be a symbolic link itself.
        make: whether to make it where there is none.

    Raises:
        NotPrivateError: somebody else owns it or may write to it, or the system cannot tell.
        OSError: it cannot be opened.
    """
    if sys.platform == "win32":
        raise NotPrivateError(f"{path}: nothing tells whose folder it is")
    if make:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not _is_ours(os.fstat(descriptor)):
            raise NotPrivateError(f"{path} is no folder of this user alone")
        yield PrivateFolder(descriptor)
    finally:
        os.close(descriptor)


def _is_ours(state: os.stat_result) -> bool:
    """Whether this user owns it, and nobody else may write it."""
    return state.st_uid == os.geteuid() and not state.st_mode & _OTHERS_WRITE
