"""The error of the gate."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class GateError(PreciseError):
    """The gate cannot decide, record or verify: the ledger, a key, the clock or the input is at fault."""
