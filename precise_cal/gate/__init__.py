"""The pre-randomization gate: decision object, signature, and the append-only ledger it is written to.

    keygen(Path("gate.key"), Path("gate.pub"))

    with Keeper(Path("gate.ledger"), key=load_private(Path("gate.key"))) as keeper:
        gate = Gate(
            keeper,
            evaluate=evaluate,  # (snapshot, facts, as_of) -> Evaluation, pure
            rules=RuleFiles({"eligibility.yaml": "…", "protocol.yaml": "…"}, sha256="…"),
            software_version=precise_cal.__version__,
        )
        answer = gate.ask(Request(site_id="ZS01", subject_id="ZS01-001", protocol_version="…",
        snapshot=record, facts=Facts(enrolled=False, treated=False, left=False, consented_at="2026-03-09")))
    answer.signed.decision.decision  # "ALLOW", "REFUSE" or "INCOMPLETE"
    answer.signed.envelope()         # the decision as a file of its own
    answer.earlier                   # what was decided on this participant before
    answer.data_changed_after_gate   # DV-RND-03

    found = verify(Path("gate.ledger"), load_public([Path("gate.pub")]), evaluate=evaluate, rules=rules)
    found.sound, found.faults

What this promises, and what not: docs/gate.md and docs/security.md.
"""

from __future__ import annotations

from precise_cal.gate.asking import Answer, Evaluate, Request
from precise_cal.gate.canonical import Json, canonical, freeze
from precise_cal.gate.chain import Fault
from precise_cal.gate.consider import consider
from precise_cal.gate.decision import Decision, RuleFiles, SignedDecision, read_envelope
from precise_cal.gate.errors import GateError, ReasonNeededError, UntrustedKeyError
from precise_cal.gate.evaluation import Evaluation
from precise_cal.gate.facts import Facts
from precise_cal.gate.gatekeeper import Gate
from precise_cal.gate.keeper import Keeper
from precise_cal.gate.keys import PrivateKey, PublicKeys, keygen, load_private, load_public
from precise_cal.gate.verify import Verification, verify

__all__ = [
    "Answer",
    "Decision",
    "Evaluate",
    "Evaluation",
    "Facts",
    "Fault",
    "Gate",
    "GateError",
    "Json",
    "Keeper",
    "PrivateKey",
    "PublicKeys",
    "ReasonNeededError",
    "Request",
    "RuleFiles",
    "SignedDecision",
    "UntrustedKeyError",
    "Verification",
    "canonical",
    "consider",
    "freeze",
    "keygen",
    "load_private",
    "load_public",
    "read_envelope",
    "verify",
]
