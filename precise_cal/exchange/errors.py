"""What a person can put right about a map, or about the files that it reads."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class ExchangeError(PreciseError):
    """A map that is wrong, or a file that cannot be read by it."""
