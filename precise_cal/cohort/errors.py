"""The error of this room that a user can mend."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class CohortError(PreciseError):
    """Tables, an option, or a missing extra: its text says what is wrong and what would be right."""
