"""JPEG, JPEG-LS and JPEG 2000 frames, decoded in another process so that no broken frame can end this one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

WORKER = Path(__file__).with_name("codec_process.py")
SECONDS = 300.0
"""Time after which decoding is given up."""


def decoded(frames: list[tuple[bytes, int]], uid: str, rows: int, columns: int) -> Iterator[NDArray[Any]]:
    """Stored values of compressed frames, (rows, columns) each.

    Args:
        frames: Compressed frames, and the bits per sample that each claims.
        uid: Transfer syntax.
        rows: Height of a frame in pixels.
        columns: Width of a frame in pixels.

    Raises:
        QfrError: a frame cannot be decoded.
    """
    import numpy as np

    said = {"uid": uid, "rows": rows, "columns": columns,
            "bits": [bits for _, bits in frames], "lengths": [len(data) for data, _ in frames]}  # fmt: skip
    given = json.dumps(said).encode() + b"\n" + b"".join(data for data, _ in frames)
    try:
        # -P keeps the folder of the worker, and the working directory, off the path of imports
        done = subprocess.run(  # noqa: S603 – our own file, by this interpreter
            [sys.executable, "-P", str(WORKER)], input=given, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise QfrError(message("the decoder did not answer ({ $name })", name=type(error).__name__)) from error
    if done.returncode != 0:
        raise QfrError("a compressed frame is broken: it cannot be decoded")
    place = 0
    for _, bits in frames:
        kind = np.dtype("u1" if bits <= 8 else "<u2")
        yield np.frombuffer(done.stdout, kind, rows * columns, place).reshape(rows, columns)
        place += rows * columns * kind.itemsize
