"""The error of the desk."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class DeskError(PreciseError):
    """What was asked of the desk cannot be done; the message says why, and is shown to the user."""
