"""The one place where failures inside pydicom and its decoders become an error of this package."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turns a failure in the block into an error that says ``what`` failed.

    The libraries' own warnings about odd values are dropped: what counts is checked afterwards and named.

    Raises:
        QfrError: for any failure in the block.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except QfrError:
        raise
    except Exception as error:
        raise QfrError(f"{what} ({type(error).__name__})") from error
