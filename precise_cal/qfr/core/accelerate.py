"""The one place that knows how kernels are compiled: strict IEEE arithmetic, cached on disk, free of the interpreter lock.

With ``NUMBA_DISABLE_JIT=1`` the same functions run interpreted, which the tests use to cover them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def jit(function: Kernel) -> Kernel:
    """Compile ``function`` on first use; division by zero follows IEEE 754, as in NumPy."""
    compiled: Kernel = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled
