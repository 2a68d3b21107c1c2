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
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def cache_folder() -> Path:
    """Where compiled kernels are kept.

    Below ``NUMBA_CACHE_DIR`` or the user's cache folder, by content of the sources.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    given = os.environ.get("NUMBA_CACHE_DIR")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "precise-cal" / digest.hexdigest()[:16]


CACHE = cache_folder()
SETTING = "CACHE_DIR"  # read by Numba where a kernel is decorated
INTERPRETED = "DISABLE_JIT"


def jit(function: Kernel) -> Kernel:
    """Compile ``function`` on first use; division by zero follows IEEE 754, as in NumPy."""
    before = getattr(config, SETTING)
    setattr(config, SETTING, str(CACHE))
    try:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        setattr(config, SETTING, before)
    return cast("Kernel", compiled)


def is_ready(kernel: str) -> bool:
    """Whether ``kernel`` of exactly these sources runs at once: compiled on disk, or interpreted anyway."""
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    return bool(getattr(config, INTERPRETED)) or any(CACHE.glob(f"**/*.{kernel}-*.{python}.*.nbc"))
