"""The errors of the gate."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class GateError(PreciseError):
    """The gate cannot decide, record or verify: the ledger, a key, the clock or the input is at fault."""


class UntrustedKeyError(GateError):
    """Something was signed with a key that is not among the trusted ones; whether it was changed is not known."""


class ReasonNeededError(GateError):
    """The record was changed after a REFUSE, and nothing says why."""
