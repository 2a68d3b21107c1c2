"""A gate decision as text."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, cast

from precise_cal.cli.printable import padded, printable
from precise_cal.cli.spoken import catalog
from precise_cal.gate.findings import findings_of
from precise_cal.gate.needed import marked
from precise_cal.language.catalog import ENGLISH, Joined, message, placed, plural
from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, REFUSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from precise_cal.gate import Answer, Evaluation, RuleFiles, SignedDecision, Verification
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.report import Query

_STANDING: Final = {
    "new": "recorded now",
    "repeated": "as recorded before: the same record, judged the same",
    "not_recorded": "not recorded",
}
MEANING: Final = {
    ALLOW: "may be randomized now",
    REFUSE: "must not be randomized",
    INCOMPLETE: "cannot be decided yet: must not be randomized",
}
_WITHOUT_RECORD: Final = "would be allowed; nothing was recorded, so that this permits nothing"
_SHOWN: Final = 5
"""How many earlier decisions are told one by one."""


def answer_lines(
    answer: Answer, offset_minutes: int, catalog: Catalog = ENGLISH, needed: Sequence[Query] = ()
) -> Iterator[str]:
    """The decision, what blocks it or is missing, what was decided before, and where it is recorded.

    Args:
        answer: of the gate.
        offset_minutes: from UTC, of the study's calendar, in which moments are shown.
        catalog: of the language.
        needed: the fewest missing data with which the rules could pass.
    """
    evaluation, request = answer.evaluation, answer.question.request
    is_trial = answer.standing == "not_recorded" and evaluation.decision == ALLOW
    meaning = _WITHOUT_RECORD if is_trial else MEANING[evaluation.decision]
    yield f"{printable(request.subject_id)}  {catalog(evaluation.decision)}  {catalog(meaning)}"
    for identifier in (*evaluation.blocking, *evaluation.missing):
        yield from _rule(identifier, evaluation, catalog)
    yield from _questions(evaluation, needed, catalog)
    if request.facts.enrolled:
        yield f"  {catalog('at randomization')}  {catalog(_stood(answer.stood, offset_minutes))}"
    if answer.earlier:
        yield f"  {catalog('asked before')}  {printable(catalog.join('; ', _earlier(answer, offset_minutes)))}"
    if answer.signed is not None and answer.signed.decision.reason is not None:
        yield f"  {catalog('reason')}  {printable(answer.signed.decision.reason)}"
    as_of = moment_text(answer.question.as_of, offset_minutes)
    yield f"  {catalog('judged as of')}  {as_of}  ({catalog(_STANDING[answer.standing])})"
    for line in _record(answer):
        yield f"  {printable(catalog(line))}"


def _rule(identifier: str, evaluation: Evaluation, catalog: Catalog) -> Iterator[str]:
    rows = cast("Sequence[dict[str, Any]]", evaluation.verdicts)
    row = next((one for one in rows if one["id"] == identifier), None)
    if row is None:
        return
    yield f"  {padded(catalog(row['verdict']), 14)}{identifier:<10}{catalog(row['title'])}"
    for text in findings_of(row):
        yield f"                {printable(catalog(text))}".rstrip()


def _questions(evaluation: Evaluation, needed: Sequence[Query], catalog: Catalog) -> Iterator[str]:
    if evaluation.queries and evaluation.missing:
        head = "to be supplied: (+ the fewest data with which a rule could pass)" if needed else "to be supplied:"
        yield f"  {catalog(head)}"
    for query, is_needed in marked(cast("Sequence[dict[str, Any]]", evaluation.queries), needed):
        place = " ".join(filter(None, (query["rule"], query["pointer"])))
        yield f"  {'+' if is_needed else ' '} {catalog(query['ask'])}  ({place})"


def _stood(stood: SignedDecision | None, offset_minutes: int) -> str:
    if stood is None:
        return "no decision had been recorded in this ledger"
    decision = stood.decision
    at = moment_text(decision.decided_at, offset_minutes)
    return message("decision { $number } stood: { $decision }, { $at }, { $id }", number=decision.sequence,
                   decision=decision.decision, at=at, id=decision.decision_id)  # fmt: skip


def _earlier(answer: Answer, offset_minutes: int) -> Iterator[str]:
    """The last decisions on the participant, and under what other name or site they were asked."""
    request = answer.question.request
    if len(answer.earlier) > _SHOWN:
        yield message("{ $count } times, of these the last { $shown }", count=len(answer.earlier), shown=_SHOWN)
    for one in answer.earlier[-_SHOWN:]:
        decision = one.decision
        names: list[str] = [decision.subject_id] if decision.subject_id != request.subject_id else []
        if decision.site_id != request.site_id:
            names.append(message("site { $site }", site=decision.site_id or "not known"))
        other = message(" as { $names }", names=Joined(", ", names)) if names else ""
        at = moment_text(decision.decided_at, offset_minutes)
        yield message("decision { $number } { $decision } ({ $at }{ $other })", number=decision.sequence,
                      decision=decision.decision, at=at, other=other)  # fmt: skip


def _record(answer: Answer) -> Iterator[str]:
    ledger, signed = answer.ledger, answer.signed
    if signed is not None:
        decision = signed.decision
        rules, key = (digest[:12] for digest in (decision.rules.sha256, decision.key_fingerprint))
        yield message("decision { $number }, { $id }", number=decision.sequence, id=decision.decision_id)
        pattern, data = "input { $input }, rules { $rules }, key { $key }", decision.snapshot_sha256[:12]
        yield message(pattern, input=data, rules=rules, key=key)
    if ledger.head is None:
        yield message("ledger  none yet at { $path }", path=ledger.path)
    else:
        begun = ", begun with this question" if ledger.decisions == 1 and answer.standing == "new" else ""
        yield message("ledger  { $id }, { $decisions }{ $begun }, { $path }", id=ledger.head.ledger_id,
                      decisions=decision_count(ledger.decisions), begun=begun, path=ledger.path)  # fmt: skip
        yield message("head  { $head }", head=str(ledger.head))


def decision_count(decisions: int) -> str:
    """So many decisions, in words."""
    return plural(decisions, "{ $count } decision", "{ $count } decisions")


def moment_text(moment: datetime, offset_minutes: int) -> str:
    """A moment on the clocks of the study, to the second."""
    return moment.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat(sep=" ", timespec="seconds")


def warnings(answer: Answer, rules: RuleFiles) -> Iterator[str]:
    """What has to be seen beside the decision."""
    if rules.trust == "untrusted":
        yield message(
            "these are not the bundled rules, and --trust-rules does not name them: { $folder }, SHA-256 { $digest }; "
            "the decision says so, and verifying it does too",
            folder=printable(rules.folder or ""),
            digest=rules.sha256,
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
        number = message(" entry { $sequence }", sequence=fault.sequence) if fault.sequence is not None else ""
        yield _shown(placed(f"{fault.code}{number}", fault.text))
    for decision, refused in found.changed:
        why = f": {decision.reason}" if decision.reason else ""
        yield _shown(
            message(
                "after the REFUSE of decision { $sequence }, { $subject_id } was asked with a changed "
                "record in decision { $asked }, { $decision }{ $why }",
                sequence=refused.sequence,
                subject_id=decision.subject_id,
                asked=decision.sequence,
                decision=decision.decision,
                why=why,
            )
        )
    yield from (_shown(note) for note in found.notes)
    if found.other_rules:
        yield plural(
            len(found.other_rules),
            "{ $count } decision rests on other rule files and was not computed again",
            "{ $count } decisions rest on other rule files and were not computed again",
        )
    faults = plural(len(found.faults), "{ $count } fault", "{ $count } faults")
    state = "sound" if found.sound else faults
    yield message("ledger { $ledger_id }, head { $head }", ledger_id=found.head.ledger_id, head=found.head)
    yield message(
        "{ $decisions }, { $replayed } computed again: { $state }",
        decisions=decision_count(found.decisions),
        replayed=found.replayed,
        state=state,
    )


def _shown(text: str) -> str:
    """A line in the language of the run; what others wrote ends no line of it."""
    return printable(catalog()(text))
