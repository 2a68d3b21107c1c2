"""``precise --version``."""

from __future__ import annotations

import platform


def version_text() -> str:
    """Name and version, and what computes consequences here."""
    import precise_cal
    from precise_cal.engine.chaining import engine_name

    return (
        f"precise-cal {precise_cal.__version__} (Python {platform.python_version()})\nconsequences by {engine_name()}"
    )
