"""A gate decision as text."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, cast

from precise_cal.cli.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from precise_cal.gate import Answer, Evaluation, RuleFiles, SignedDecision, Verification

_STANDING: Final = {
    "new": "recorded now",
    "repeated": "as recorded before: the same record, judged the same",
    "not_recorded": "not recorded",
}
MEANING: Final = {
    "ALLOW": "may be randomized now",
    "REFUSE": "must not be randomized",
    "INCOMPLETE": "cannot be decided yet: must not be randomized",
}
_WITHOUT_RECORD: Final = "would be allowed; nothing was recorded, so that this permits nothing"
_SHOWN: Final = 5
"""How many earlier decisions are told one by one."""


def answer_lines(answer: Answer, offset_minutes: int) -> Iterator[str]:
    """The decision, what blocks it or is missing, what was decided before, and where it is recorded.

    Args:
        answer: of the gate.
        offset_minutes: from UTC, of the study's calendar, in which moments are shown.
    """
    evaluation, request = answer.evaluation, answer.question.request
    is_trial = answer.standing == "not_recorded" and evaluation.decision == "ALLOW"
    meaning = _WITHOUT_RECORD if is_trial else MEANING[evaluation.decision]
    yield f"{printable(request.subject_id)}  {evaluation.decision}  {meaning}"
    for identifier in (*evaluation.blocking, *evaluation.missing):
        yield from _rule(identifier, evaluation)
    yield from _questions(evaluation)
    if request.facts.enrolled:
        yield f"  at randomization  {_stood(answer.stood, offset_minutes)}"
    if answer.earlier:
        yield f"  asked before  {'; '.join(_earlier(answer, offset_minutes))}"
    if answer.signed is not None and answer.signed.decision.reason is not None:
        yield f"  reason  {printable(answer.signed.decision.reason)}"
    yield f"  judged as of  {moment_text(answer.question.as_of, offset_minutes)}  ({_STANDING[answer.standing]})"
    yield from _record(answer)


def _rule(identifier: str, evaluation: Evaluation) -> Iterator[str]:
    rows = cast("Sequence[dict[str, Any]]", evaluation.verdicts)
    verdict = next((one for one in rows if one["id"] == identifier), None)
    if verdict is None:
        return
    yield f"  {verdict['verdict']:<14}{identifier:<10}{verdict['title']}"
    for because in verdict["because"]:
        observed = "not known" if because["observed"] is None else printable(str(because["observed"]))
        required = f", required {because['required']}" if because["required"] else ""
        yield f"                {observed}{required}  {because['pointer']}".rstrip()


def _questions(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.queries and evaluation.missing:
        yield "  to be supplied:"
    for query in cast("Sequence[dict[str, Any]]", evaluation.queries):
        yield f"    {query['ask']}  ({' '.join(filter(None, (query['rule'], query['pointer'])))})"


def _stood(stood: SignedDecision | None, offset_minutes: int) -> str:
    if stood is None:
        return "no decision had been recorded in this ledger"
    decision = stood.decision
    at = moment_text(decision.decided_at, offset_minutes)
    return f"decision {decision.sequence} stood: {decision.decision}, {at}, {decision.decision_id}"


def _earlier(answer: Answer, offset_minutes: int) -> Iterator[str]:
    """The last decisions on the participant, and under what other name or site they were asked."""
    request = answer.question.request
    if len(answer.earlier) > _SHOWN:
        yield f"{len(answer.earlier)} times, of these the last {_SHOWN}"
    for one in answer.earlier[-_SHOWN:]:
        decision = one.decision
        names = [decision.subject_id] if decision.subject_id != request.subject_id else []
        names += [f"site {decision.site_id or 'not known'}"] if decision.site_id != request.site_id else []
        other = f" as {printable(', '.join(names))}" if names else ""
        at = moment_text(decision.decided_at, offset_minutes)
        yield f"decision {decision.sequence} {decision.decision} ({at}{other})"


def _record(answer: Answer) -> Iterator[str]:
    ledger, signed = answer.ledger, answer.signed
    if signed is not None:
        decision = signed.decision
        hashes = (decision.snapshot_sha256, decision.rules.sha256, decision.key_fingerprint)
        yield f"  decision {decision.sequence}, {decision.decision_id}"
        yield "  input {}, rules {}, key {}".format(*(digest[:12] for digest in hashes))
    if ledger.head is None:
        yield f"  ledger  none yet at {printable(ledger.path)}"
    else:
        begun = ", begun with this question" if ledger.decisions == 1 and answer.standing == "new" else ""
        yield f"  ledger  {ledger.head.ledger_id}, {_count(ledger.decisions)}{begun}, {printable(ledger.path)}"
        yield f"  head  {ledger.head}"


def _count(decisions: int) -> str:
    return f"{decisions} decision{'' if decisions == 1 else 's'}"


def moment_text(moment: datetime, offset_minutes: int) -> str:
    """A moment on the clocks of the study, to the second."""
    return moment.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat(sep=" ", timespec="seconds")


def warnings(answer: Answer, rules: RuleFiles) -> Iterator[str]:
    """What has to be seen beside the decision."""
    if rules.trust == "untrusted":
        yield (
            f"these are not the bundled rules, and --trust-rules does not name them: {printable(rules.folder or '')}, "
            f"SHA-256 {rules.sha256}; the decision says so, and verifying it does too"
        )
    if answer.question.request.facts.enrolled and answer.stood is None:
        yield "randomized before any decision of the gate was recorded in this ledger (DV-RND-01)"
    if answer.data_changed_after_gate:
        yield "data changed after the gate allowed randomization (DV-RND-03)"


def unrecorded_json(answer: Answer) -> str:
    """An answer that was not recorded, as a JSON object."""
    request, place = answer.question.request, answer.ledger
    members = {
        "recorded": False,
        "subject_id": request.subject_id,
        "site_id": request.site_id,
        "as_of": answer.question.as_of.isoformat(),
        **answer.evaluation.frozen(),
        "facts": request.facts.frozen(),
        "earlier": [one.named()._asdict() for one in answer.earlier],
        "ledger": {
            "id": None if place.head is None else place.head.ledger_id,
            "path": place.path,
            "decisions": place.decisions,
        },
    }
    return json.dumps(members, ensure_ascii=False)


def verification_lines(found: Verification) -> Iterator[str]:
    """The faults of a ledger, what a reader should know of it, and how much of it was computed again."""
    for fault in found.faults:
        number = f" entry {fault.sequence}" if fault.sequence is not None else ""
        yield printable(f"{fault.code}{number}: {fault.text}")
    for decision, refused in found.changed:
        why = f": {decision.reason}" if decision.reason else ""
        yield printable(
            f"after the REFUSE of decision {refused.sequence}, {decision.subject_id} was asked with a changed record "
            f"in decision {decision.sequence}, {decision.decision}{why}"
        )
    yield from (printable(note) for note in found.notes)
    if found.other_rules:
        yield f"{len(found.other_rules)} decisions rest on other rule files and were not computed again"
    state = "sound" if found.sound else f"{len(found.faults)} fault{'' if len(found.faults) == 1 else 's'}"
    yield f"ledger {found.head.ledger_id}, head {found.head}"
    yield f"{_count(found.decisions)}, {found.replayed} computed again: {state}"
