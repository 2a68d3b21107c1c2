"""The bundled rules, read and checked once: a rulebook kept beside their files, as Python keeps bytecode.

The file stands where Python puts the bytecode of the folder, is trusted as far as that is, and follows the same
switches (``-B``, ``PYTHONPYCACHEPREFIX``). It names the rule files, the sources and the versions that it was made
from; where one of them differs, or where it cannot be read or written, the rules are read anew.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal import __version__

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook

_PACKAGE: Final = Path(__file__).parents[2]
_SOURCES: Final = ("engine", "protocol")
_DIGEST: Final = sha256().digest_size
_DAMAGED: Final = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, LookupError, TypeError)


def recall(folder: Path) -> Rulebook | None:
    """The rulebook that was kept for a folder; None where there is none, or not for these files and sources."""
    try:
        content = _file(folder).read_bytes()
    except OSError:
        return None
    if content[:_DIGEST] != _key(folder):
        return None
    try:
        book: Rulebook = pickle.loads(memoryview(content)[_DIGEST:])  # noqa: S301 - trusted as bytecode is
    except _DAMAGED:
        return None
    return book


def keep(book: Rulebook) -> None:
    """Keep a rulebook for the next process, if that is wanted and possible; other processes see all of it or none."""
    if sys.dont_write_bytecode:
        return
    from precise_cal.engine.rulebook.pickling import pickled

    file = _file(book.folder)
    part = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(_key(book.folder) + pickled(book))
        part.replace(file)


def _file(folder: Path) -> Path:
    return Path(cache_from_source(str(folder / "rulebook.py"))).with_suffix(".pickle")


def _key(folder: Path) -> bytes:
    """What a rulebook depends on: the rule files, the sources that read and hold them, and the versions."""
    digest = sha256(f"{__version__} {sys.version} {_pydantic_version()}\n".encode())
    for place in _SOURCES:
        for directory, _, names in sorted(os.walk(_PACKAGE / place)):
            for name in sorted(names):
                if name.endswith(".py"):
                    state = os.stat(f"{directory}/{name}")  # noqa: PTH116 - a hundred times at every start
                    digest.update(f"{directory}/{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    for file in sorted(folder.glob("*.yaml")):
        content = file.read_bytes()
        digest.update(f"{file} {len(content)}\n".encode() + content)
    return digest.digest()


def _pydantic_version() -> str:
    from pydantic.version import VERSION

    return VERSION
