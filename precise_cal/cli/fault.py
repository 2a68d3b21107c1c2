"""What is kept of a fault of the program: where it happened, and nothing of what it was working on."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path


def write_traceback(error: BaseException) -> Path:
    """Write files, lines and functions of a traceback to a new file; messages and values may hold record content."""
    from precise_cal.version import __version__

    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    lines = [f"precise-cal {__version__}", type(error).__name__, *places]
    with tempfile.NamedTemporaryFile(
        "w", prefix="precise-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write("\n".join(lines) + "\n")
    return Path(file.name)
