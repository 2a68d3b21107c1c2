"""Asking the gate: one answer per input, recorded before it is given."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from precise_cal.gate.canonical import Json, canonical, freeze, sha256
from precise_cal.gate.checkpoint import Head, read_checkpoint, write_checkpoint
from precise_cal.gate.decision import Decision, Evaluation, RuleFiles, SignedDecision, sign, write_time
from precise_cal.gate.errors import GateError
from precise_cal.gate.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.gate.keys import PrivateKey, PublicKeys

Evaluate: TypeAlias = Callable[[Json, datetime], Evaluation]
"""Judges a snapshot as of an instant. A pure function: the same arguments give the same evaluation."""

Standing = Literal["new", "repeated", "stood_at_randomization", "recorded_after_randomization"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question to the gate.

    Attributes:
        snapshot: what the decision rests on, as parsed JSON; decimals exact, never floats. Members that
            eligibility does not read (arm, devices, visits, events) are best left out, so that they are no
            change of input.
        randomized_at: when the participant was randomized, None if that has not happened.
        gate_decision_id: the decision that the randomization names, if it names one; it must be on this
            participant. Not looked at before randomization.
        as_of: the instant at which the rules judge; by default the time of the decision.
    """

    site_id: str
    subject_id: str
    protocol_version: str
    snapshot: object
    randomized_at: datetime | None = None
    gate_decision_id: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The decision that holds, and how it came about.

    Attributes:
        signed: the decision, as recorded in the ledger.
        standing: `new`; `repeated`: the same input was decided before; `stood_at_randomization`: the last
            decision before the randomization; `recorded_after_randomization`: none stood then (DV-RND-01).
        evaluation: what the rules say of the input as it is now.
        allowed_before: the participant's last ALLOW on another input, None if there was none.
    """

    signed: SignedDecision
    standing: Standing
    evaluation: Evaluation
    allowed_before: SignedDecision | None

    @property
    def data_changed_after_gate(self) -> bool:
        """Whether an ALLOW was given on data that were since changed to something else (DV-RND-03)."""
        return self.allowed_before is not None and self.evaluation.decision != "ALLOW"


class Gate:
    """The pre-randomization gate over one ledger. Several processes may work on the same ledger."""

    def __init__(
        self,
        ledger: Path,
        *,
        key: PrivateKey,
        trusted: PublicKeys | None = None,
        evaluate: Evaluate,
        rules: RuleFiles,
        software_version: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: float = 10.0,
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open the ledger, or begin one.

        Args:
            ledger: the SQLite file; its checkpoint stands beside it.
            key: signs decisions and checkpoints.
            trusted: keys whose decisions are believed; by default this key alone. After a change of key,
                both.
            evaluate: the rules.
            rules: the hashes of the rule files that `evaluate` applies.
            software_version: of this program.
            clock: tells the time, with offset.
            patience: seconds to wait for other writers.
            step: told the name of each step when it is done, for a log.

        Raises:
            GateError: the ledger cannot be opened or written, or is shorter than its checkpoint says.
        """
        self._key = key
        self._evaluate = evaluate
        self._rules = rules
        self._software_version = software_version
        self._clock = clock
        self._step = step
        self._trusted = key.public() if trusted is None else trusted
        self._ledger = Ledger(ledger, self._trusted, writable=True, patience=patience)
        try:
            self._move_checkpoint()
        except BaseException:
            self._ledger.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    def ask(self, request: Request) -> Answer:
        """Decide, or return what was decided.

        The same input under the same rules has one decision, however often and by however many it is asked.
        For a randomized participant it is the decision that stood at randomization. A new decision is
        durable, in ledger and checkpoint, when this returns; if this raises, ask again: what was recorded
        will be found.

        Raises:
            GateError: the decision cannot be recorded; the clock runs behind the ledger; the ledger was
                shortened; `gate_decision_id` names no decision on this participant.
        """
        snapshot = freeze(request.snapshot)
        snapshot_sha256 = sha256(canonical(snapshot))
        as_of = request.as_of or self._clock()
        evaluation = self._evaluate(snapshot, as_of)
        self._step("evaluated")
        earlier = self._ledger.of_subject(request.site_id, request.subject_id)
        signed, standing = self._find(request, snapshot_sha256, earlier)
        if signed is None:
            signed, standing, earlier = self._record(request, snapshot, as_of, evaluation)
        self._move_checkpoint()
        self._step("checkpointed")
        return Answer(
            signed=signed,
            standing=standing,
            evaluation=evaluation,
            allowed_before=_last_allow(earlier, snapshot_sha256),
        )

    def _find(
        self, request: Request, snapshot_sha256: str, earlier: list[SignedDecision]
    ) -> tuple[SignedDecision | None, Standing]:
        """The decision that answers a request already; None, with the standing of the one to make."""
        moment = request.randomized_at
        if moment is not None:
            write_time(moment)
            if request.gate_decision_id is not None:
                named = _named(request.gate_decision_id, earlier)
                in_time = named.decision.decided_at <= moment
                return named, "stood_at_randomization" if in_time else "recorded_after_randomization"
            stood = [signed for signed in earlier if signed.decision.decided_at <= moment]
            if stood:
                return stood[-1], "stood_at_randomization"
        for signed in earlier:
            same_input = signed.decision.snapshot_sha256 == snapshot_sha256
            if same_input and signed.decision.rules.sha256 == self._rules.sha256:
                return signed, "repeated"
        return None, "new" if request.randomized_at is None else "recorded_after_randomization"

    def _record(
        self, request: Request, snapshot: Json, as_of: datetime, evaluation: Evaluation
    ) -> tuple[SignedDecision, Standing, list[SignedDecision]]:
        """Record a decision, unless another process was faster; and the participant's earlier ones."""
        snapshot_sha256 = sha256(canonical(snapshot))
        with self._ledger.writing():
            self._step("locked")
            earlier = self._ledger.of_subject(request.site_id, request.subject_id)
            found, standing = self._find(request, snapshot_sha256, earlier)
            if found is not None:
                return found, standing, earlier
            last = self._ledger.last()
            head = self._check_length()
            decided_at = self._now(last)
            decision = Decision(
                ledger_id=head.ledger_id,
                sequence=head.sequence + 1,
                previous_sha256=head.sha256,
                decision_id=str(uuid.uuid4()),
                decision=evaluation.decision,
                site_id=request.site_id,
                subject_id=request.subject_id,
                decided_at=decided_at,
                as_of=as_of,
                randomized_at=request.randomized_at,
                software_version=self._software_version,
                protocol_version=request.protocol_version,
                rules=self._rules,
                snapshot=snapshot,
                snapshot_sha256=snapshot_sha256,
                evaluation=evaluation,
                key_fingerprint=self._key.fingerprint,
            )
            signed = sign(decision, self._key)
            self._step("signed")
            self._ledger.append(signed)
            self._step("inserted")
        self._step("committed")
        return signed, standing, earlier

    def _now(self, last: SignedDecision | None) -> datetime:
        now = self._clock()
        write_time(now)
        if last is not None and now < last.decision.decided_at:
            raise GateError(
                f"the clock says {write_time(now)}, but decision {last.decision.sequence} was made at "
                f"{write_time(last.decision.decided_at)}: the clock was set back; set it right and ask again"
            )
        return now

    def _move_checkpoint(self) -> None:
        """Bring the checkpoint up to the ledger; under the write lock, so that it never goes back."""
        if read_checkpoint(self._ledger.path, self._trusted) == self._ledger.head():
            return
        with self._ledger.writing():
            head = self._check_length()
            write_checkpoint(self._ledger.path, head, self._key, self._step)

    def _check_length(self) -> Head:
        head = self._ledger.head()
        told = read_checkpoint(self._ledger.path, self._trusted)
        if told is None and head.sequence == 0:
            return head
        fault = checkpoint_fault(self._ledger, head, told)
        if fault is not None:
            raise GateError(f"{self._ledger.path}: {fault}")
        return head


def checkpoint_fault(ledger: Ledger, head: Head, told: Head | None) -> str | None:
    """What a checkpoint says against a ledger; None if the ledger goes on from it."""
    if told is None:
        return "its checkpoint is missing, so nothing tells whether the ledger was shortened"
    if told.ledger_id != head.ledger_id or told.sequence > head.sequence:
        return (
            f"has {head.sequence} decisions of ledger {head.ledger_id}, but its checkpoint tells of "
            f"{told.sequence} of ledger {told.ledger_id}: it was shortened or replaced"
        )
    if ledger.sha256_at(told.sequence) != told.sha256:
        return f"decision {told.sequence} is not the one that the checkpoint tells of"
    return None


def _last_allow(decisions: list[SignedDecision], snapshot_sha256: str) -> SignedDecision | None:
    """The last ALLOW on another input than this one."""
    for signed in reversed(decisions):
        if signed.decision.decision == "ALLOW" and signed.decision.snapshot_sha256 != snapshot_sha256:
            return signed
    return None


def _named(decision_id: str, earlier: list[SignedDecision]) -> SignedDecision:
    for signed in earlier:
        if signed.decision.decision_id == decision_id:
            return signed
    raise GateError(f"the randomization names gate decision {decision_id}; the ledger has none on this participant")
