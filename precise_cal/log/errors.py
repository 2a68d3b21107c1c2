"""The error of the log."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class LogError(PreciseError):
    """A log, a checkpoint or a bundle is not what it should be."""
