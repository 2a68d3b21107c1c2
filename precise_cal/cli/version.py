"""``precise --version``."""

from __future__ import annotations

import platform


def version_text() -> str:
    """Name and version, and what computes consequences here."""
    from precise_cal.engine.chaining import engine_name
    from precise_cal.version import __version__

    return f"precise-cal {__version__} (Python {platform.python_version()})\nconsequences by {engine_name()}"
