"""``precise --version``, told before anything else is imported."""

from __future__ import annotations

import sys

from precise_cal.version import __version__


def version_text() -> str:
    """Name and version, and the Python that runs it."""
    return f"precise-cal {__version__} (Python {sys.version.split()[0]})"
