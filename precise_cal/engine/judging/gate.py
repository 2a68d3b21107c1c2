"""The gate's decision, from the verdicts of its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.report import Gate, Verdict
from precise_cal.protocol.verdicts import ALLOW, CRITERIA, FAILING, INCOMPLETE, PASSING, REFUSE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.protocol.verdicts import GateVerdict

GATE_ID: Final = "GATE"
_TITLE: Final = "May be randomized"


def is_read_by_gate(kind: str, identifier: str, required: frozenset[str]) -> bool:
    """Whether the gate reads a rule: every criterion, and the conduct rules that it requires."""
    return kind in CRITERIA or identifier in required


def gate_of(verdicts: Sequence[Verdict], required: frozenset[str]) -> Gate:
    """The gate's decision, by the rules that it reads.

    One failure refuses, whatever else is unknown; what is unknown, without a failure, leaves it incomplete.
    """
    judged = [verdict for verdict in verdicts if is_read_by_gate(verdict.kind, verdict.id, required)]
    blocking = tuple(verdict.id for verdict in judged if verdict.verdict in FAILING)
    missing = tuple(
        verdict.id for verdict in judged if verdict.verdict not in FAILING and verdict.verdict not in PASSING
    )
    decision: GateVerdict = REFUSE if blocking else INCOMPLETE if missing else ALLOW
    return Gate(decision, blocking, missing)


def gate_verdict(gate: Gate) -> Verdict:
    """The decision as reports have it beside the verdicts of rules."""
    return Verdict(GATE_ID, "gate", gate.decision, _TITLE, "", (), (), (), ())
