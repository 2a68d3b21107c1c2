"""A gate decision as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.cli.formats.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.gate import Answer, Verification

_STANDING = {
    "new": "recorded now",
    "repeated": "the same input was decided before",
    "stood_at_randomization": "stood when the participant was randomized",
    "recorded_after_randomization": "recorded only after randomization",
}


def answer_lines(answer: Answer) -> Iterator[str]:
    """The decision, what blocks it or is missing, and where it is recorded."""
    decision = answer.signed.decision
    yield f"{printable(decision.subject_id)}  {decision.decision}  ({_STANDING[answer.standing]})"
    evaluation = decision.evaluation
    for identifier in (*evaluation.blocking, *evaluation.missing):
        yield from _rule(identifier, evaluation.verdicts)
    yield f"  decision {decision.sequence}, {decision.decision_id}, {decision.decided_at.isoformat(timespec='seconds')}"
    hashes = (decision.snapshot_sha256, decision.rules.sha256, decision.key_fingerprint)
    yield "  input {}, rules {}, key {}".format(*(digest[:12] for digest in hashes))


def _rule(identifier: str, verdicts: Any) -> Iterator[str]:
    verdict = next((one for one in verdicts if one["id"] == identifier), None)
    if verdict is None:
        return
    yield f"  {verdict['verdict']:<14}{identifier:<10}{verdict['title']}"
    for because in verdict["because"]:
        observed = "not known" if because["observed"] is None else printable(str(because["observed"]))
        required = f", required {because['required']}" if because["required"] else ""
        yield f"                {observed}{required}  {because['pointer']}"


def verification_lines(found: Verification) -> Iterator[str]:
    """The faults of a ledger, and how much of it was computed again."""
    for fault in found.faults:
        number = f" decision {fault.sequence}" if fault.sequence is not None else ""
        yield f"{fault.code}{number}: {fault.text}"
    if found.other_rules:
        yield f"{len(found.other_rules)} decisions rest on other rule files and were not computed again"
    state = "sound" if found.sound else f"{len(found.faults)} faults"
    yield f"{found.decisions} decisions, {found.replayed} computed again: {state}"
