"""A question to the gate, its answer, and how both are held against what was decided before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, TypeAlias

from precise_cal.gate.bars import BARS
from precise_cal.gate.canonical import Json, canonical, freeze, sha256
from precise_cal.gate.decision import RecordRead
from precise_cal.gate.errors import ReasonNeededError
from precise_cal.gate.evaluation import Evaluation
from precise_cal.gate.facts import Facts
from precise_cal.language.catalog import message
from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, REFUSE

if TYPE_CHECKING:
    from precise_cal.gate.checkpoint import Head
    from precise_cal.gate.decision import Decision, RuleFiles, SignedDecision

Evaluate: TypeAlias = Callable[[Json, Facts | None, datetime], Evaluation]
"""Judges a snapshot and the facts beside it as of an instant. Pure: the same arguments give the same evaluation."""

Standing = Literal["new", "repeated", "not_recorded"]


def at_the_clock(clock: datetime) -> datetime:
    """A record without any moment that lies a little ahead is judged at the clock."""
    return clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question to the gate.

    Attributes:
        snapshot: what eligibility rests on, as parsed JSON; decimals exact, never floats. Members that eligibility
            does not read (arm, devices, visits, events) are best left out, so that they are no change of input.
        facts: what the record says beside it.
        judged_at: from the clock to the instant at which the record is judged: the same, or up to a minute later,
            where the record has a moment that lies so little ahead.
        randomized_at: when the participant was randomized, None if that has not happened or is not known.
        reason: why the record was changed after a REFUSE.
        version_at: from the instant at which the record is judged to the version of the protocol in force at the site;
            None where the protocol lists no versions, and `protocol_version` is what the record says.
    """

    site_id: str
    subject_id: str
    protocol_version: str
    snapshot: object
    facts: Facts
    judged_at: Callable[[datetime], datetime] = at_the_clock
    randomized_at: datetime | None = None
    reason: str | None = None
    version_at: Callable[[datetime], str | None] | None = None

    def version(self, as_of: datetime) -> str:
        """The version of the protocol that a decision names."""
        return (self.version_at and self.version_at(as_of)) or self.protocol_version


@dataclass(frozen=True, slots=True)
class Question:
    """A request that was judged at an instant."""

    request: Request
    snapshot: Json
    snapshot_sha256: str
    as_of: datetime
    evaluation: Evaluation

    @classmethod
    def of(cls, request: Request, evaluate: Evaluate, clock: datetime) -> Self:
        """Judge a request at a clock.

        Raises:
            GateError: the snapshot has no exact JSON form.
        """
        snapshot, as_of = freeze(request.snapshot), request.judged_at(clock)
        evaluation = evaluate(snapshot, request.facts, as_of)
        return cls(request, snapshot, sha256(canonical(snapshot)), as_of, evaluation)

    def repeated(self, earlier: tuple[SignedDecision, ...], rules: RuleFiles) -> SignedDecision | None:
        """The participant's last decision, if it is on the same record, by the same rules, and says the same."""
        if not earlier:
            return None
        last = earlier[-1].decision
        same = (
            last.form > 1
            and not self.record(rules).differs_from(last.record)
            and last.rules == rules
            and last.evaluation.agrees_with(self.evaluation)
        )
        return earlier[-1] if same else None

    def check_reason(self, earlier: tuple[SignedDecision, ...], rules: RuleFiles) -> None:
        """Ask for the reason of a change after REFUSE; of who is enrolled already, nothing depends on it.

        Raises:
            ReasonNeededError: there is none.
        """
        refused = refused_before(one.decision for one in earlier)
        if refused is None or self.request.reason or self.request.facts.enrolled:
            return
        if not self.record(rules).differs_from(refused.record):
            return
        raise ReasonNeededError(
            message(
                "{ $subject_id }: decision { $sequence } was { $refuse } ({ $blocking }), and the record "
                'has been changed since; say why with --reason "…". Nothing was recorded.',
                subject_id=self.request.subject_id,
                sequence=refused.sequence,
                refuse=REFUSE,
                blocking=", ".join(refused.evaluation.blocking),
            )
        )

    def record(self, rules: RuleFiles) -> RecordRead:
        """As much of the record as the gate reads by these rules."""
        request = self.request
        who = request.site_id, request.subject_id
        return RecordRead(*who, self.snapshot, self.snapshot_sha256, request.facts, rules.sha256)

    def stood(self, earlier: Iterable[SignedDecision]) -> SignedDecision | None:
        """The decision that stood when the participant was randomized; the last one where that moment is not known."""
        if not self.request.facts.enrolled:
            return None
        moment = self.request.randomized_at
        stood = [one for one in earlier if moment is None or one.decision.decided_at <= moment]
        return stood[-1] if stood else None


def refused_before(earlier: Iterable[Decision]) -> Decision | None:
    """The REFUSE that a participant's decisions have come to; INCOMPLETE does not lift it, ALLOW does."""
    found = None
    for decision in earlier:
        if decision.decision != INCOMPLETE:
            found = decision if decision.decision == REFUSE else None
    return found


class LedgerPlace(NamedTuple):
    """A ledger: its path, its last entry (None while there is no ledger), and how many decisions it has."""

    path: str
    head: Head | None
    decisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gate says, and what it said before.

    Attributes:
        standing: `new`; `repeated`: the same record was judged the same by the last decision, which is told again;
            `not_recorded`: judged for another moment, or on trial.
        question: the request with what the rules say of it.
        signed: the decision as recorded; None where nothing was.
        earlier: the participant's decisions before, oldest first.
        ledger: the ledger that was asked, as it is now.
    """

    standing: Standing
    question: Question
    signed: SignedDecision | None
    earlier: tuple[SignedDecision, ...]
    ledger: LedgerPlace

    @property
    def evaluation(self) -> Evaluation:
        """What the rules say of the record now."""
        return self.question.evaluation

    @property
    def stood(self) -> SignedDecision | None:
        """Of one who is enrolled, the last decision before randomization; None where there was none."""
        return self.question.stood(self.earlier)

    @property
    def allowed_before(self) -> SignedDecision | None:
        """The participant's last ALLOW before, None if there was none."""
        return next((one for one in reversed(self.earlier) if one.decision.decision == ALLOW), None)

    @property
    def data_changed_after_gate(self) -> bool:
        """Whether an ALLOW was given on data that were since changed to what eligibility does not allow (DV-RND-03)."""
        criteria = {*self.evaluation.blocking, *self.evaluation.missing} - BARS
        return self.allowed_before is not None and bool(criteria)
