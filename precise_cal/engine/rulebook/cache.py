"""Rules, read and checked once: a rulebook is kept for the next process as a Python module, its bytecode beside it.

It stands in the user's cache folder (``$PRECISE_CACHE_HOME``; empty keeps nothing) under the hash of all it was made
from: rule files, sources and versions. What is read there is run, so that it is read only from a folder and a file that
nobody else can write (`private`), and only if its seal says that it was made from the same and is whole: rules are not
used under the name of others. Where anything is amiss, they are read anew. The gate never looks here.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source, find_spec, module_from_spec, source_hash, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.rulebook.private import private_folder
from precise_cal.engine.rulebook.trial_folder import RECORD, digest_of, digests, strangers, together
from precise_cal.rules import bundled
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from precise_cal.engine.rulebook.private import PrivateFolder
    from precise_cal.engine.rulebook.rulebook import Rulebook

_PACKAGE: Final = Path(__file__).parents[2]
_SOURCES: Final = ("engine", "protocol")
_KEPT: Final = 8
"""Rulebooks that are kept; the one that was made first makes way."""
_SEAL: Final = b"# %s\n"
_SEALED: Final = len(_SEAL % bytes(64))
_UNCHECKED: Final = (1).to_bytes(4, "little")
"""The flags of bytecode that is told by the hash of its source, and not held against the source again (PEP 552)."""
_DAMAGED: Final = (ImportError, EOFError, AttributeError, LookupError, TypeError, ValueError, SyntaxError, MemoryError)


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
            found = _imported(_Kept(place, home, key))
        return found if found.sha256 == together(files) else None
    except (OSError, *_DAMAGED):
        return None


def keep(book: Rulebook) -> None:
    """Keep a rulebook for the next process, if that is possible; other processes see all of it or none."""
    from precise_cal.engine.rulebook.writing import written

    home = _home()
    if home is None:
        return
    key = _key(book.folder, book.loaded.files)
    with suppress(OSError), private_folder(home, make=True) as place:
        _Kept(place, home, key).keep(written(book).encode())
        for name in [one for one in place.names() if one.startswith("rules-")][: -2 * _KEPT]:
            place.remove(name)


def _name(key: bytes) -> str:
    return f"rules-{key.hex()}.py"


def _imported(loader: _Kept) -> Rulebook:
    name = Path(loader.path).stem.replace("-", "_")
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    found: Rulebook = module.BOOK
    return found


class _Kept(SourceFileLoader):
    """Imports a module of the cache folder as Python imports one from a file; its bytecode stands beside it.

    Both files end with a seal over the key and what they hold.
    """

    def __init__(self, place: PrivateFolder, home: Path, key: bytes) -> None:
        self._place = place
        self._key = key
        self.path = str(home / _name(key))

    def get_filename(self, name: str | None = None) -> str:
        """The path of the source."""
        del name
        return self.path

    def get_data(self, path: str | bytes) -> bytes:
        """What a file holds. Raises `OSError` where it is not whole, or somebody else could have written it."""
        content = self._place.read(Path(os.fsdecode(path)).name)
        data, seal = content[:-_SEALED], content[-_SEALED:]
        if seal != self._seal(data):
            raise OSError(f"{os.fsdecode(path)} is not what was kept")
        return data

    def path_stats(self, path: str | bytes) -> Mapping[str, float]:
        """When the source was written, and its size without the seal."""
        state = self._place.state(Path(os.fsdecode(path)).name)
        return {"mtime": state.st_mtime, "size": state.st_size - _SEALED}

    def set_data(self, path: str | bytes, data: Any, *, _mode: int = 0o600) -> None:
        """Write a file, sealed. Raises `OSError`."""
        self._place.write(Path(os.fsdecode(path)).name, data + self._seal(data))

    def keep(self, source: bytes) -> None:
        """Write module and bytecode, also where Python is asked to leave none beside sources. Raises `OSError`."""
        code = marshal.dumps(self.source_to_code(source, self.path))
        self.set_data(self.path, source)
        self.set_data(cache_from_source(self.path), MAGIC_NUMBER + _UNCHECKED + source_hash(source) + code)

    def _seal(self, data: bytes) -> bytes:
        return _SEAL % sha256(self._key + data).hexdigest().encode()


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
    digest = sha256(f"{__version__} {sys.version} {_pydantic()}\n{folder} {folder.absolute()}\n".encode())
    for place in _SOURCES:
        for directory, _, names in sorted(os.walk(_PACKAGE / place)):
            for name in sorted(names):
                if name.endswith(".py"):
                    state = os.stat(f"{directory}/{name}")  # noqa: PTH116 - a hundred times at every start
                    digest.update(f"{directory}/{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    for name, one in (*files, (RECORD, digest_of(bundled() / RECORD))):  # for folders that have none of their own
        digest.update(f"{one}  {name}\n".encode())
    return digest.digest()


def _pydantic() -> str:
    """What tells one version of Pydantic from another; to import it would cost more than all else of a start."""
    found = find_spec("pydantic")
    assert found is not None
    assert found.origin is not None
    state = os.stat(found.origin.replace("__init__", "version"))  # noqa: PTH116 - at every start
    return f"{found.origin} {state.st_size} {state.st_mtime_ns}"
