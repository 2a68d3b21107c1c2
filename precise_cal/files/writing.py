"""One way to write a file: beside its name, to the disk, read back, and then in one stroke to its name.

A reader sees the old content or the new, never a part, and a run that is killed leaves the old one; what it had begun
is removed by the next one that writes the same file.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.files.errors import FileError, unwritable
from precise_cal.files.locking import NO_FOLLOW, has_name, hold_descriptor, locked
from precise_cal.language.catalog import message, placed, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SUFFIX: Final = ".precise-tmp"
_NAME: Final = 100
"""Characters of a name that stand in that of its temporary file, so that it does not become too long."""
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_CREATED: Final = 0o666


def check_target(path: Path, *, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse before any work what `write_file` would refuse at its end.

    Args:
        path: the file to be written.
        force: whether it may exist.
        inputs: files that the run reads, none of which may be written over, force or not.

    Raises:
        FileError: it exists, is an input, or is no regular file; or its folder is absent or closed to us.
    """
    try:
        state = _state(path)
        if state is not None:
            _check_existing(path, state, force=force, inputs=inputs)
        elif not path.parent.is_dir():
            raise FileError(
                message("{ $path }: cannot be written: { $parent } is no folder", path=path, parent=path.parent)
            )
    except (OSError, ValueError) as error:
        raise (
            unwritable(path, error) if isinstance(error, OSError) else FileError(placed(path, words_of(error)))
        ) from None
    if not os.access(path.resolve().parent, os.W_OK | os.X_OK):
        raise FileError(message("{ $path }: cannot be written: Permission denied", path=path))


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _check_existing(path: Path, state: os.stat_result, *, force: bool, inputs: Iterable[Path]) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise FileError(message("{ $path }: cannot be written: it is a folder", path=path))
    if not stat.S_ISREG(state.st_mode):
        raise FileError(message("{ $path }: cannot be written: it is no regular file", path=path))
    if identity(state) in identities(inputs):
        raise FileError(message("{ $path }: is an input of this run, and would be lost; name another file", path=path))
    if not force:
        raise FileError(message("{ $path }: exists; --force overwrites it", path=path))


def identity(state: os.stat_result) -> tuple[int, int]:
    """What a file is the same by, under whatever name."""
    return state.st_dev, state.st_ino


def identities(paths: Iterable[Path]) -> frozenset[tuple[int, int]]:
    """Of all files that are there."""
    found = set()
    for path in paths:
        with suppress(OSError, ValueError):
            found.add(identity(path.stat()))
    return frozenset(found)


def write_file(
    path: Path,
    data: bytes,
    *,
    force: bool,
    inputs: Iterable[Path] = (),
    reads: Callable[[bytes], object] | None = None,
) -> None:
    """Write a file as a whole.

    Args:
        path: where; a symbolic link is followed.
        data: its content.
        force: whether an existing file is replaced.
        inputs: files that the run reads; none of them is replaced.
        reads: reads the content back as a later run will; what it raises stops the writing.

    Raises:
        FileError: as `check_target`; or the disk does not give back what was written.
    """
    with replacing(path, force=force, inputs=inputs) as beside:
        beside.write_bytes(data)
        again = beside.read_bytes()
        if again != data:
            raise FileError(message("{ $path }: cannot be written: the disk gives back something else", path=path))
        if reads is not None:
            reads(again)


def update_file(path: Path, change: Callable[[bytes], bytes], *, patience: float = 30.0) -> None:
    """Change a file that exists, so that no change of another process is lost.

    Args:
        path: the file.
        change: from the content to the new one; it may raise, and nothing is changed.
        patience: seconds to wait for others.

    Raises:
        FileError: it cannot be read or written, or others do not let go of it.
    """
    with locked(path, patience=patience):
        try:
            before = path.read_bytes()
        except OSError as error:
            raise FileError(
                message("{ $path }: cannot be read: { $strerror }", path=path, strerror=error.strerror)
            ) from None
        after = change(before)
        if after != before:
            write_file(path, after, force=True)


@contextmanager
def replacing(path: Path, *, force: bool, inputs: Iterable[Path] = (), durable: bool = True) -> Iterator[Path]:
    """A new, empty file that takes the name ``path`` when the block ends well, and is gone when it does not.

    Args:
        path: where it goes; a symbolic link is followed.
        force: whether an existing file is replaced.
        inputs: files that the run reads; none of them is replaced.
        durable: whether it has to survive a loss of power as soon as it has its name.

    Raises:
        FileError: as `check_target`.
    """
    inputs = tuple(inputs)
    check_target(path, force=force, inputs=inputs)
    target = path.resolve()
    try:
        _sweep(target)
        beside, descriptor = _begun(target)
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        yield beside
        _take_over(target, descriptor)
        if durable:
            os.fsync(descriptor)
        check_target(path, force=force, inputs=inputs)
        if sys.platform == "win32":  # where no open file can be moved
            os.close(descriptor)
            descriptor = -1
        _move(beside, target, force=force)
        if durable:
            sync_folder(target.parent)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if descriptor >= 0:
            os.close(descriptor)


def _begun(target: Path) -> tuple[Path, int]:
    """A new file beside the target, and its descriptor, which says by its lock that somebody is at work here."""
    while True:
        beside = target.with_name(f".{target.name[:_NAME]}.{secrets.token_hex(4)}{_SUFFIX}")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, _CREATED)
        try:
            if hold_descriptor(descriptor) and has_name(descriptor, beside):
                return beside, descriptor
        except BaseException:
            beside.unlink(missing_ok=True)
            os.close(descriptor)
            raise
        os.close(descriptor)  # another run took it for what a killed one had left


def _sweep(target: Path) -> None:
    """Remove what runs that were killed had begun to write under this name: nobody holds it any more."""
    start = f".{target.name[:_NAME]}."
    with os.scandir(target.parent) as entries:
        left = [one.path for one in entries if one.name.startswith(start) and one.name.endswith(_SUFFIX)]
    for one in left:
        with suppress(OSError):
            descriptor = os.open(one, os.O_RDWR | NO_FOLLOW)
            try:
                if hold_descriptor(descriptor):
                    Path(one).unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def _take_over(target: Path, descriptor: int) -> None:
    """Mode and owner of the file that is replaced, as far as the system lets us."""
    before = _state(target)
    if before is not None and hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        with suppress(PermissionError):
            os.fchown(descriptor, before.st_uid, before.st_gid)


def _move(beside: Path, target: Path, *, force: bool) -> None:
    if force:
        beside.replace(target)
        return
    try:
        os.link(beside, target)  # unlike a renaming, never over a file that came meanwhile
    except FileExistsError:
        raise FileError(message("{ $target }: exists; --force overwrites it", target=target)) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        beside.rename(target)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power, where the system knows how."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot
            raise
    finally:
        os.close(descriptor)
