"""The gate at the desk: judged while somebody types, decided under signature, followed by the allocation."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.listing import list_state, sealer_gap
from precise_cal.desk.models import Decision
from precise_cal.desk.store.decisions import (
    add_allocation,
    add_decision,
    allocation_of,
    elsewhere,
    envelope_of,
    is_elsewhere,
    named_sha256,
    of_participant,
    receive_record,
    signed,
)
from precise_cal.desk.store.log import add, in_order, writing
from precise_cal.desk.store.scope import whole
from precise_cal.desk.strata import stratum_of, with_stratum
from precise_cal.desk.versions import in_force
from precise_cal.gate.asking import Question
from precise_cal.gate.decision import Decision as GateDecision
from precise_cal.gate.decision import sign
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.verdicts import ALLOW
from precise_cal.sealer.client import ask
from precise_cal.sealer.messages import Answered, AskOpen
from precise_cal.sealer.sealer import EXPIRY
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.desk.home import Place
    from precise_cal.desk.models import Allocation
    from precise_cal.desk.store.log import Actor
    from precise_cal.desk.trial import Trial
    from precise_cal.gate.asking import Evaluate, Request
    from precise_cal.gate.canonical import Json
    from precise_cal.gate.decision import SignedDecision

MEANINGS: Final = ("I confirm eligibility and register irrevocably", "I record this decision")
"""What a signature at the gate stands for: of an ALLOW, of anything else."""
START = "0" * 64


@dataclass(frozen=True, slots=True)
class Change:
    """A datum that is another than when the participant was asked about before."""

    pointer: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Considered:
    """What the gate would say now; nothing was written."""

    question: Question
    data: bytes
    earlier: Sequence[Decision]
    changes: Sequence[Change]
    allocation: Allocation | None

    @property
    def request(self) -> Request:
        """The participant, as the record has it."""
        return self.question.request

    @property
    def word(self) -> str:
        """What is decided."""
        return self.question.evaluation.decision


def meaning_of(word: str) -> str:
    """What the signature under a decision stands for."""
    return MEANINGS[word != ALLOW]


def consider(place: Place, trial: Trial, data: bytes) -> Considered:
    """Judge a record now.

    Raises:
        RecordError: it is not valid.
    """
    trial = in_force(trial, data)
    request = _request(trial, data, None)
    question = Question.of(request, _rules(trial, data), datetime.now(UTC))
    earlier = of_participant(request.subject_id)
    changes: list[Change] = []
    if earlier:
        before = signed(earlier[-1], place.decision_key.public()).decision.snapshot
        changes = [*_changes(before, question.snapshot, ())]
    return Considered(question, data, earlier, changes, allocation_of(request.subject_id))


def _rules(trial: Trial, data: bytes) -> Evaluate:
    """The rules, and that the list has a slot for such a participant."""
    state = list_state()
    return with_stratum(trial.evaluate, stratum_of(trial, state.stratify, data), state.strata)


def _request(trial: Trial, data: bytes, reason: str | None) -> Request:
    """Who has a slot is enrolled, whatever the record says."""
    request = trial.request(data, reason)
    if allocation_of(request.subject_id) is None:
        return request
    return dataclasses.replace(request, facts=dataclasses.replace(request.facts, enrolled=True))


def _changes(before: Json, after: Json, path: tuple[str | int, ...]) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from _changes(before.get(name), after.get(name), (*path, name))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old, new = (one[index] if index < len(one) else None for one in (before, after))
            yield from _changes(old, new, (*path, index))
    elif before != after:
        yield Change(pointer_of(path), _shown(before), _shown(after))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, list):
        return "; ".join(map(_shown, value))
    words = {None: "unknown", True: "yes", False: "no"}
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else words[value]


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
    gap = sealer_gap(place)
    if gap is not None:
        raise DeskError(gap)
    asked = trial.request(data, reason)
    if actor.site is not None and asked.site_id != actor.site:
        raise DeskError(f"this record is of site {asked.site_id or 'unknown'}, not of {actor.site}")
    with writing() as head:
        if actor.site is not None and is_elsewhere(asked.subject_id, actor.site):
            raise elsewhere()
        now = in_order(datetime.now(UTC), head.at)
        had = allocation_of(asked.subject_id)
        if had is not None:  # another window was faster
            return had.decision
        trial = in_force(trial, data)
        asked = trial.request(data, reason)
        question = Question.of(asked, _rules(trial, data), now)
        rows = of_participant(asked.subject_id)
        earlier = tuple(signed(one, place.decision_key.public()) for one in rows)
        last = question.repeated(earlier, trial.files)
        if last is not None and _stands(last.decision, asked, question.as_of, now):
            return rows[-1]
        question.check_reason(earlier, trial.files)
        meaning = meaning_of(question.evaluation.decision)
        if signature["meaning"] != meaning:
            raise DeskError("What the rules say has changed since the record was checked: check it again.")
        receive_record(data, asked.subject_id, asked.site_id, actor)
        add("gate.signature", {**signature, "record_sha256": question.snapshot_sha256}, actor, meaning=meaning)
        one = sign(_decision(place, trial, question, earlier, now), place.decision_key)
        return add_decision(one, data, actor, meaning)


def has_expired(place: Place, trial: Trial, row: Decision) -> bool:
    """Whether a decision opens no slot any more."""
    last, data, now = signed(row, place.decision_key.public()).decision, bytes(row.record.data), datetime.now(UTC)
    request = in_force(trial, data).request(data)
    return not _stands(last, request, request.judged_at(now), now)


def _stands(last: GateDecision, request: Request, as_of: datetime, now: datetime) -> bool:
    """Whether a decision has not expired: by the hour, or as another version of the protocol has come into force."""
    return now - last.decided_at < EXPIRY and last.protocol_version == request.version(as_of)


def _decision(
    place: Place, trial: Trial, question: Question, earlier: tuple[SignedDecision, ...], now: datetime
) -> GateDecision:
    request = question.request
    last: Decision | None = Decision.objects.order_by("-sequence").select_related("event__content").first()
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


def allocate(place: Place, trial: Trial, decision: Decision, actor: Actor) -> Allocation | None:
    """The allocation that an ALLOW leads to; the same again, however often it is asked for. None without a list.

    Raises:
        SealerError: the sealer refuses, or does not answer; the ALLOW stands until it expires.
    """
    if decision.word != ALLOW:
        return None
    state = list_state()
    if state.root is None:
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
    had = allocation_of(trial.participant(data))
    if had is not None:
        if actor.site is not None and had.site != actor.site:
            raise DeskError(f"this participant is of site {had.site}, not of {actor.site}")
        return had.decision, had
    decision = decide(place, trial, data, actor, signature, reason)
    return decision, allocate(place, trial, decision, actor)


def recover(place: Place, trial: Trial, actor: Actor) -> int:
    """Finish what a crash left between a slot's opening and its event; how many allocations were finished."""
    opened = [one for one in list_state().openings(place) if allocation_of(one.subject_id) is None]
    rows = Decision.objects.filter(decision_id__in=[one.decision_id for one in opened])
    known = {one.decision_id: one for one in rows}
    finished = [allocate(place, trial, known[one.decision_id], actor) for one in opened if one.decision_id in known]
    return sum(one is not None for one in finished)
