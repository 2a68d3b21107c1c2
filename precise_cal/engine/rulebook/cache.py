"""Rules, read and checked once: a rulebook is kept for the next process, as Python keeps bytecode.

It stands in the user's cache folder (``$PRECISE_CACHE_HOME``; empty keeps nothing), is used only if nobody else can
write there, and names the rule files, the sources and the versions that it was made from: where one of them differs,
or where it cannot be read or written, the rules are read anew.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal import __version__

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook

_PACKAGE: Final = Path(__file__).parents[2]
_SOURCES: Final = ("engine", "protocol")
_KEPT: Final = 8
"""Rulebooks that are kept; the one that was made first makes way."""
_HEAD: Final = 8
"""Bytes that tell how long the first part is."""
_DAMAGED: Final = (
    pickle.UnpicklingError, EOFError, AttributeError, ImportError, LookupError, TypeError, ValueError, MemoryError,
)  # fmt: skip


def recall(folder: Path) -> Rulebook | None:
    """The rulebook that was kept for a folder; None where there is none, or not for these files and sources."""
    file = _file(folder)
    if file is None or not _is_ours(file.parent):
        return None
    try:
        content = file.read_bytes()
        from precise_cal.engine.rulebook.pickling import unpickled

        length = int.from_bytes(content[:_HEAD], "big")
        return unpickled(memoryview(content)[_HEAD : _HEAD + length], content[_HEAD + length :])
    except (OSError, *_DAMAGED):
        return None


def keep(book: Rulebook) -> None:
    """Keep a rulebook for the next process, if that is possible; other processes see all of it or none."""
    from precise_cal.engine.rulebook.pickling import pickled

    file = _file(book.folder)
    if file is None:
        return
    light, rest = pickled(book)
    part = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_bytes(len(light).to_bytes(_HEAD, "big") + light + rest)
        part.replace(file)
        older = sorted(file.parent.glob("rules-*.pickle"), key=lambda one: one.stat().st_mtime)[:-_KEPT]
        for one in older:
            one.unlink(missing_ok=True)


def _home() -> Path | None:
    chosen = os.environ.get("PRECISE_CACHE_HOME")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(base or Path.home() / ".cache") / "precise-cal"
    except RuntimeError:  # there is no home folder
        return None


def _file(folder: Path) -> Path | None:
    home = _home()
    return None if home is None else home / f"rules-{_key(folder)}.pickle"


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can put a file there: what is read from it is run."""
    if sys.platform == "win32":
        return True
    try:
        state = folder.stat()
    except OSError:
        return False
    return state.st_uid == os.getuid() and not state.st_mode & 0o022


def _key(folder: Path) -> str:
    """What a rulebook depends on: the rule files, the sources that read and hold them, and the versions."""
    digest = sha256(f"{__version__} {sys.version} {_pydantic_version()}\n".encode())
    for place in _SOURCES:
        for directory, _, names in sorted(os.walk(_PACKAGE / place)):
            for name in sorted(names):
                if name.endswith(".py"):
                    state = os.stat(f"{directory}/{name}")  # noqa: PTH116 - a hundred times at every start
                    digest.update(f"{directory}/{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    for file in sorted(folder.glob("*.yaml")):
        content = file.read_bytes() if file.is_file() else b""
        digest.update(f"{file} {file.absolute()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _pydantic_version() -> str:
    from pydantic.version import VERSION

    return VERSION
