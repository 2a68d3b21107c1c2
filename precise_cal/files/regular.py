"""Files as commands read them: a file that ends, not a pipe or device that may wait or give for ever."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader, FileIO
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from pathlib import Path

_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def open_regular(path: str | Path, buffering: int = 1 << 16) -> BufferedReader:
    """A regular file, to be read.

    Raises:
        OSError: it is none, which `strerror` says, or the system does not open it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError:  # a NUL within the name
        raise OSError(errno.EINVAL, "no file can have this name", str(path)) from None
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise OSError(
            errno.EINVAL, message("is { $kinds }, not a file", kinds=_KINDS.get(kind, "something else")), str(path)
        )
    return BufferedReader(FileIO(descriptor, "rb"), buffering)


def read_regular(path: str | Path, most: int) -> bytes:
    """The bytes of a regular file, no more than `most` of them. Raises `OSError` as `open_regular` does."""
    with open_regular(path) as stream:
        return stream.read(most)
