"""The pre-randomization gate: decision object, signature, and the append-only ledger it is written to.

    keygen(Path("gate.key"), Path("gate.pub"))

    gate = Gate(
        Path("gate.ledger"),
        key=load_private(Path("gate.key")),
        evaluate=evaluate,  # (snapshot, as_of) -> Evaluation, pure
        rules=RuleFiles.of({"eligibility.yaml": …, "protocol.yaml": …}),
        software_version=precise_cal.__version__,
    )
    with gate:
        answer = gate.ask(Request(site_id="ZS01", subject_id="ZS01-001", protocol_version="…",
        snapshot=record))
    answer.signed.decision.decision  # "ALLOW", "REFUSE" or "INCOMPLETE"
    answer.signed.envelope()         # the decision as a file of its own
    answer.data_changed_after_gate   # DV-RND-03

    found = verify(Path("gate.ledger"), load_public([Path("gate.pub")]), evaluate=evaluate, rules=rules)
    found.sound, found.faults

What this protects against, and what not: docs/gate.md.
"""

from __future__ import annotations

from precise_cal.gate.canonical import Json, canonical, freeze
from precise_cal.gate.decision import Decision, Evaluation, RuleFiles, SignedDecision, read_envelope
from precise_cal.gate.errors import GateError
from precise_cal.gate.gatekeeper import Answer, Evaluate, Gate, Request
from precise_cal.gate.keys import PrivateKey, PublicKeys, keygen, load_private, load_public
from precise_cal.gate.verify import Fault, Verification, verify

__all__ = [
    "Answer",
    "Decision",
    "Evaluate",
    "Evaluation",
    "Fault",
    "Gate",
    "GateError",
    "Json",
    "PrivateKey",
    "PublicKeys",
    "Request",
    "RuleFiles",
    "SignedDecision",
    "Verification",
    "canonical",
    "freeze",
    "keygen",
    "load_private",
    "load_public",
    "read_envelope",
    "verify",
]
