"""Rules, read and checked once: a rulebook is kept for the next process, as Python keeps bytecode.

It stands in the user's cache folder (``$PRECISE_CACHE_HOME``; empty keeps nothing) under the hash of all it was made
from: rule files, sources and versions. What is read there is run, so that it is read only from a folder and a file that
nobody else can write (`private`), and only if the file itself says that it was made from the same: a rulebook of other
rules is not used under this name. Where anything is amiss, the rules are read anew. The gate never looks here.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.engine.rulebook.private import private_folder
from precise_cal.engine.rulebook.trial_folder import RECORD, digest_of, digests, strangers, together
from precise_cal.rules import bundled
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.engine.rulebook.rulebook import Rulebook

_PACKAGE: Final = Path(__file__).parents[2]
_SOURCES: Final = ("engine", "protocol")
_KEPT: Final = 8
"""Rulebooks that are kept; the one that was made first makes way."""
_FORM: Final = b"precise rulebook 2\n"
_DIGEST: Final = 32
_LENGTH: Final = 8
"""Bytes that tell how long the first part is."""
_DAMAGED: Final = (
    pickle.UnpicklingError, EOFError, AttributeError, ImportError, LookupError, TypeError, ValueError, MemoryError,
)  # fmt: skip


def recall(folder: Path) -> Rulebook | None:
    """The rulebook that was kept for a folder; None where there is none, or not for these files and sources."""
    home = _home()
    if home is None:
        return None
    try:
        if strangers(folder):
            return None
        files = digests(folder)
        key = _key(folder, files)
        with private_folder(home) as place:
            content = place.read(_name(key))
        found = _opened(content, key)
        return found if found is not None and found.sha256 == together(files) else None
    except (OSError, *_DAMAGED):
        return None


def keep(book: Rulebook) -> None:
    """Keep a rulebook for the next process, if that is possible; other processes see all of it or none."""
    from precise_cal.engine.rulebook.pickling import pickled

    home = _home()
    if home is None:
        return
    light, rest = pickled(book)
    body = len(light).to_bytes(_LENGTH, "big") + light + rest
    with suppress(OSError), private_folder(home, make=True) as place:
        key = _key(book.folder, book.loaded.files)
        place.write(_name(key), _FORM + key + sha256(body).digest() + body)
        for name in [one for one in place.names() if one.startswith("rules-")][:-_KEPT]:
            place.remove(name)


def _name(key: bytes) -> str:
    return f"rules-{key.hex()}.pickle"


def _opened(content: bytes, key: bytes) -> Rulebook | None:
    """The rulebook of a file; None for one of other rules, and for a file that was changed."""
    from precise_cal.engine.rulebook.pickling import unpickled

    head, rest = content[: len(_FORM) + 2 * _DIGEST], memoryview(content)[len(_FORM) + 2 * _DIGEST :]
    if head != _FORM + key + sha256(rest).digest():
        return None
    length = int.from_bytes(rest[:_LENGTH], "big")
    return unpickled(rest[_LENGTH : _LENGTH + length], bytes(rest[_LENGTH + length :]))


def _home() -> Path | None:
    chosen = os.environ.get("PRECISE_CACHE_HOME")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(base or Path.home() / ".cache") / "precise-cal"
    except RuntimeError:  # there is no home folder
        return None


def _key(folder: Path, files: Iterable[tuple[str, str]]) -> bytes:
    """What a rulebook depends on: the rule files as they were read, the sources that read and hold them, versions."""
    digest = sha256(f"{__version__} {sys.version} {_pydantic_version()}\n{folder} {folder.absolute()}\n".encode())
    for place in _SOURCES:
        for directory, _, names in sorted(os.walk(_PACKAGE / place)):
            for name in sorted(names):
                if name.endswith(".py"):
                    state = os.stat(f"{directory}/{name}")  # noqa: PTH116 - a hundred times at every start
                    digest.update(f"{directory}/{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    for name, one in (*files, (RECORD, digest_of(bundled() / RECORD))):  # for folders that have none of their own
        digest.update(f"{one}  {name}\n".encode())
    return digest.digest()


def _pydantic_version() -> str:
    from pydantic.version import VERSION

    return VERSION
