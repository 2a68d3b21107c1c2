"""The gate at the desk: judged while somebody types, decided under signature, followed by the allocation."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.desk.changes import Change, changes_of
from precise_cal.desk.errors import DeskError
from precise_cal.desk.listing import list_state
from precise_cal.desk.models import Decision
from precise_cal.desk.sealed import hear
from precise_cal.desk.store.decisions import (
    add_allocation,
    add_decision,
    allocation_of,
    elsewhere,
    envelope_of,
    known_of,
    latest_decision,
    named_sha256,
    other_site,
    replace_record,
    signed,
)
from precise_cal.desk.store.log import in_order, keep, writing
from precise_cal.desk.store.scope import whole
from precise_cal.desk.strata import stratum_of, with_stratum
from precise_cal.desk.versions import in_force
from precise_cal.gate.asking import Question
from precise_cal.gate.canonical import canonical, sha256
from precise_cal.gate.decision import Decision as GateDecision
from precise_cal.gate.decision import sign
from precise_cal.gate.needed import needed_at_gate
from precise_cal.protocol.verdicts import ALLOW
from precise_cal.sealer.client import ask
from precise_cal.sealer.messages import Answered, AskOpen
from precise_cal.sealer.sealer import EXPIRY
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.desk.home import Place
    from precise_cal.desk.listing import ListState
    from precise_cal.desk.models import Allocation
    from precise_cal.desk.store.decisions import Known
    from precise_cal.desk.store.log import Actor
    from precise_cal.desk.trial import Trial
    from precise_cal.gate.asking import Evaluate, Request
    from precise_cal.gate.canonical import Json
    from precise_cal.gate.decision import SignedDecision
    from precise_cal.protocol.report import Query

MEANINGS: Final = ("I confirm eligibility and register irrevocably", "I record this decision")
"""What a signature at the gate stands for: of an ALLOW, of anything else."""
START = "0" * 64


@dataclass(frozen=True, slots=True)
class Considered:
    """What the gate would say now; nothing was written."""

    question: Question
    data: bytes
    known: Known
    changes: Sequence[Change]

    @property
    def earlier(self) -> Sequence[Decision]:
        """The decisions on the participant so far, oldest first."""
        return self.known.decisions

    @property
    def allocation(self) -> Allocation | None:
        """The participant's slot."""
        return self.known.allocation

    @property
    def request(self) -> Request:
        """The participant, as the record has it."""
        return self.question.request

    @property
    def word(self) -> str:
        """What is decided."""
        return self.question.evaluation.decision


def needed_of(trial: Trial, considered: Considered) -> tuple[Query, ...]:
    """Of each rule that waits for data, the fewest with which it could pass."""
    trial = in_force(trial, considered.data)
    with trial.judging:
        return needed_at_gate(trial.book, considered.question)


def meaning_of(word: str) -> str:
    """What the signature under a decision stands for."""
    return MEANINGS[word != ALLOW]


def consider(place: Place, trial: Trial, data: bytes) -> Considered:
    """Judge a record now.

    Raises:
        RecordError: it is not valid.
    """
    trial = in_force(trial, data)
    request = trial.request(data)
    known = known_of(request.subject_id)
    if known.allocation is not None:  # who has a slot is enrolled, whatever the record says
        request = dataclasses.replace(request, facts=dataclasses.replace(request.facts, enrolled=True))
    question = Question.of(request, _rules(trial, data, list_state()), datetime.now(UTC))
    changes: list[Change] = []
    if known.decisions:
        before = signed(known.decisions[-1], place.decision_key.public()).decision.snapshot
        changes = [*changes_of(before, question.snapshot)]
    return Considered(question, data, known, changes)


def digest_of(trial: Trial, data: bytes) -> str:
    """The SHA-256 of what the gate reads of a record, which a signature is bound to. Raises: RecordError."""
    return sha256(canonical(in_force(trial, data).request(data).snapshot))


def _rules(trial: Trial, data: bytes, state: ListState) -> Evaluate:
    """The rules, and that the list has a slot for such a participant."""
    return with_stratum(trial.evaluate, stratum_of(trial, state.stratify, data), state.strata)


def decide(
    place: Place, trial: Trial, data: bytes, actor: Actor, signature: dict[str, Json], reason: str | None
) -> Decision:
    """Judge at the clock and record the decision, unless the last one says the same and has not expired.

    Args:
        place: the desk.
        trial: its rules.
        data: the record.
        actor: who signs.
        signature: what was signed, in what name, and how, to be kept beside the decision.
        reason: why the record was changed after a REFUSE.

    Raises:
        RecordError: the record is not valid.
        ReasonNeededError: it was changed after a REFUSE, and there is no reason.
        DeskError: it or its participant is of another site; the log lacks what the sealer opened; the clock is behind.
    """
    return _decide(place, trial, data, actor, signature, reason).decision


class _Decided(NamedTuple):
    """A decision, the slot that the participant has already, and how far the list had come."""

    decision: Decision
    allocation: Allocation | None
    state: ListState


def _decide(
    place: Place, trial: Trial, data: bytes, actor: Actor, signature: dict[str, Json], reason: str | None
) -> _Decided:
    asked = trial.request(data, reason)
    if actor.site is not None and asked.site_id != actor.site:
        raise other_site(asked.site_id, actor.site)
    heard = hear(place)
    with writing() as head:
        known, state = known_of(asked.subject_id), list_state()
        if actor.site is not None and known.is_elsewhere(actor.site):
            raise elsewhere()
        if known.allocation is not None:  # another window was faster, or it is asked again
            return _Decided(known.allocation.decision, known.allocation, state)
        latest = latest_decision()
        gap = heard.gap(state.root, latest.sequence if latest else 0)
        if gap is not None:
            raise DeskError(gap)
        now = in_order(datetime.now(UTC), head.at)
        trial = in_force(trial, data)
        question = Question.of(trial.request(data, reason), _rules(trial, data, state), now)
        earlier = tuple(signed(one, place.decision_key.public()) for one in known.decisions)
        last = question.repeated(earlier, trial.files)
        if last is not None and _stands(last.decision, question.request, question.as_of, now):
            return _Decided(known.decisions[-1], None, state)
        question.check_reason(earlier, trial.files)
        meaning = meaning_of(question.evaluation.decision)
        if signature["meaning"] != meaning:
            raise DeskError("What the rules say has changed since the record was checked: check it again.")
        one = sign(_decision(place, trial, question, earlier, now, latest), place.decision_key)
        row = replace_record(known.record, keep(data), (asked.subject_id, asked.site_id), actor)
        content = {**signature, "record_sha256": question.snapshot_sha256}
        return _Decided(add_decision(one, row.content, content, actor, meaning), None, state)


def has_expired(place: Place, trial: Trial, row: Decision) -> bool:
    """Whether a decision opens no slot any more."""
    last, data, now = signed(row, place.decision_key.public()).decision, bytes(row.record.data), datetime.now(UTC)
    request = in_force(trial, data).request(data)
    return not _stands(last, request, request.judged_at(now), now)


def _stands(last: GateDecision, request: Request, as_of: datetime, now: datetime) -> bool:
    """Whether a decision has not expired: by the hour, or as another version of the protocol has come into force."""
    return now - last.decided_at < EXPIRY and last.protocol_version == request.version(as_of)


def _decision(
    place: Place,
    trial: Trial,
    question: Question,
    earlier: tuple[SignedDecision, ...],
    now: datetime,
    last: Decision | None,
) -> GateDecision:
    request = question.request
    sequence = last.sequence if last else 0
    return GateDecision(
        ledger_id=place.config.origin,
        ledger_path=place.config.origin,
        ledger_decisions=sequence + 1,
        sequence=sequence + 1,
        previous_sha256=named_sha256(last) if last else START,
        decision_id=str(uuid.uuid4()),
        decision=question.evaluation.decision,
        site_id=request.site_id,
        subject_id=request.subject_id,
        decided_at=now,
        as_of=question.as_of,
        randomized_at=request.randomized_at,
        software_version=__version__,
        protocol_version=request.version(question.as_of),
        rules=trial.files,
        snapshot=question.snapshot,
        snapshot_sha256=question.snapshot_sha256,
        facts=request.facts,
        earlier=tuple(one.named() for one in earlier),
        reason=request.reason,
        evaluation=question.evaluation,
        key_fingerprint=place.decision_key.fingerprint,
    )


def allocate(place: Place, trial: Trial, decision: Decision, actor: Actor, state: ListState) -> Allocation | None:
    """The allocation that an ALLOW leads to; the same again, however often it is asked for. None without a list.

    Args:
        place: the desk.
        trial: its rules.
        decision: the decision.
        actor: who asks.
        state: of the list.

    Raises:
        SealerError: the sealer refuses, or does not answer; the ALLOW stands until it expires.
    """
    if decision.word != ALLOW or state.root is None:
        return None
    stratum = stratum_of(trial, state.stratify, bytes(decision.record.data)) or ""
    question = AskOpen(decision=envelope_of(decision).decode(), subject_id=decision.subject_id, stratum=stratum)
    answered = ask(place.socket, question, Answered)
    with writing():
        found = allocation_of(decision.subject_id)
        return found or add_allocation(_bound(answered, decision), answered, actor, state.root)


@whole()
def _bound(answered: Answered, decision: Decision) -> Decision:
    """The decision for which the slot was opened: an earlier one, where that answer was lost."""
    if answered.bound.decision_id == decision.decision_id:
        return decision
    found: Decision = Decision.objects.select_related("event").get(decision_id=answered.bound.decision_id)
    return found


def randomize(
    place: Place, trial: Trial, data: bytes, actor: Actor, signature: dict[str, Json], reason: str | None
) -> tuple[Decision, Allocation | None]:
    """Decide, and allocate where that says ALLOW. Who has a slot gets the same answer again.

    Raises:
        RecordError, ReasonNeededError, DeskError: as `decide`.
        SealerError: as `allocate`.
    """
    decision, had, state = _decide(place, trial, data, actor, signature, reason)
    return decision, had or allocate(place, trial, decision, actor, state)


def recover(place: Place, trial: Trial, actor: Actor) -> int:
    """Finish what a crash left between a slot's opening and its event; how many allocations were finished."""
    state = list_state()
    opened = [one for one in state.openings(place) if allocation_of(one.subject_id) is None]
    found = Decision.objects.filter(decision_id__in=[one.decision_id for one in opened])
    known = {one.decision_id: one for one in found}
    finished = [
        allocate(place, trial, known[one.decision_id], actor, state) for one in opened if one.decision_id in known
    ]
    return sum(one is not None for one in finished)
