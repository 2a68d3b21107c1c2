"""The error of randomization lists."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class RandomizationError(PreciseError):
    """A design, list or bundle is not what it should be."""
