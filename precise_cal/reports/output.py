"""Files in a folder: all of them, or none; nothing that exists is overwritten unless asked for."""

from __future__ import annotations

import re
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

from precise_cal.protocol.errors import PreciseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

_SHOWN = 5
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


class OutputError(PreciseError):
    """A file that exists already, or that cannot be written."""


class Output:
    """A folder that is filled as a whole.

    Files are first written into a hidden folder; `commit` moves them. Left without a commit, everything is gone.

    Args:
        folder: where the files go; made where it is absent.
        names: of all files that will be written, relative to the folder.
        force: whether existing files are overwritten.

    Raises:
        OutputError: a file exists, or the folder cannot be made.
    """

    def __init__(self, folder: Path, names: Sequence[str], *, force: bool) -> None:
        self._folder = folder
        self._names = dict.fromkeys(names)
        self._more: set[str] = set()
        existing = [name for name in names if (folder / name).exists()]
        if existing and not force:
            more = f" and {len(existing) - _SHOWN} more" if len(existing) > _SHOWN else ""
            raise OutputError(f"{folder}: {', '.join(existing[:_SHOWN])}{more} would be overwritten; --force allows it")
        try:
            place = (
                folder if folder.is_dir() else folder.resolve().parent
            )  # on the same file system, so that files move
            place.mkdir(parents=True, exist_ok=True)
            self._beside = Path(tempfile.mkdtemp(prefix=f".{folder.name or 'report'}-", dir=place))
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written: {error.strerror}") from error

    def __enter__(self) -> Self:
        """The folder, ready to be filled."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw away what was not committed."""
        shutil.rmtree(self._beside, ignore_errors=True)

    def write(self, name: str, data: bytes) -> None:
        """Write one file, not yet into the folder. One that was not named before takes the place of an older one.

        Raises:
            OutputError: it cannot be written.
        """
        path = self._beside / name
        if name not in self._names:
            self._more.add(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            raise OutputError(f"{self._folder / name}: cannot be written: {error.strerror}") from error

    def commit(self) -> None:
        """Move every file into the folder.

        Raises:
            OutputError: a file was not written, or cannot be moved.
        """
        missing = [name for name in self._names if not (self._beside / name).is_file()]
        if missing:
            raise OutputError(f"{self._folder / missing[0]}: was not made")
        for name in (*sorted(self._more), *self._names):
            target = self._folder / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                (self._beside / name).replace(target)
            except OSError as error:
                raise OutputError(f"{target}: cannot be written: {error.strerror}") from error


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """A safe file name for each id: letters, digits, ``._-``; a digest where that would not tell two apart."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for one in ids:
        plain = re.sub(r"[^A-Za-z0-9._-]|\.{2,}", "_", one).strip(".")[:80]
        if plain != one or plain.lower() in taken or _RESERVED.match(plain):
            plain = f"{plain or 'participant'}-{sha256(one.encode()).hexdigest()[:8]}"
        taken.add(plain.lower())
        names[one] = plain
    return names
