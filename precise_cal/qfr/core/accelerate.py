"""The one place that knows how kernels are compiled.

Strict IEEE arithmetic, kept on disk, free of the interpreter lock.

Numba looks only at a kernel's own file to judge whether what it kept is still good, not at the kernels that
it calls.
The compiled code therefore lies in a folder named after the content of all files of this package. With
``NUMBA_DISABLE_JIT=1`` the same functions run interpreted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba.core import config, event

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def cache_folder() -> Path | None:
    """Where compiled kernels are kept, by content of the sources; None where this user has no such place.

    Below ``NUMBA_CACHE_DIR`` or the user's cache folder. What is read there is run, so the folder has to be this
    user's own; and it has to have room, for Numba gives up a computation whose kernel it cannot keep.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    given = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    try:
        folder = Path(given or Path.home() / ".cache") / "precise-cal" / digest.hexdigest()[:16]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_usable(folder) else None
    except (OSError, RuntimeError):  # it cannot be made; there is no home folder
        return None


def _is_usable(folder: Path) -> bool:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK) or shutil.disk_usage(folder).free < ROOM_BYTES:
        return False
    state = folder.stat()
    return sys.platform == "win32" or (state.st_uid == os.geteuid() and not state.st_mode & 0o022)


ROOM_BYTES: Final = 64 << 20
"""Free space that a cache needs; all kernels together take a quarter of it."""
CACHE = cache_folder()
SETTING = "CACHE_DIR"  # read by Numba where a kernel is decorated
INTERPRETED = "DISABLE_JIT"


def jit(function: Kernel) -> Kernel:
    """Compile ``function`` on first use; division by zero follows IEEE 754, as in NumPy."""
    before = getattr(config, SETTING)
    setattr(config, SETTING, str(CACHE or ""))
    try:
        compiled = numba.njit(cache=CACHE is not None, nogil=True, error_model="numpy")(function)
    finally:
        setattr(config, SETTING, before)
    return cast("Kernel", compiled)


def is_ready(kernel: str) -> bool:
    """Whether ``kernel`` of exactly these sources runs at once: compiled on disk, or interpreted anyway."""
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    return bool(getattr(config, INTERPRETED)) or (
        CACHE is not None and any(CACHE.glob(f"**/*.{kernel}-*.{python}.*.nbc"))
    )


FUNCTIONS: Final = 67
"""About how many functions are compiled for all models together, those of Numba among them."""


@contextmanager
def watched(advance: Callable[[int], object]) -> Iterator[None]:
    """Tell of each function that is compiled while the block runs: one more."""
    with event.install_listener("numba:compile", _Compiled(advance)):
        yield


class _Compiled(event.Listener):
    def __init__(self, advance: Callable[[int], object]) -> None:
        self._advance = advance

    def on_start(self, event: Any) -> None:
        """Nothing is done yet."""

    def on_end(self, event: Any) -> None:
        """One more is compiled."""
        self._advance(1)
