"""Asking the gate: judged at the clock, held against what was decided before, recorded before it is told."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from precise_cal.gate.asking import Answer, LedgerPlace, Question
from precise_cal.gate.decision import Decision, sign
from precise_cal.gate.keeper import Keeper, in_order

if TYPE_CHECKING:
    from datetime import datetime

    from precise_cal.gate.asking import Evaluate, Request
    from precise_cal.gate.decision import RuleFiles
    from precise_cal.gate.history import History


class Gate:
    """The pre-randomization gate over a ledger."""

    def __init__(self, keeper: Keeper, *, evaluate: Evaluate, rules: RuleFiles, software_version: str) -> None:
        """Decide by rules, and record in a ledger.

        Args:
            keeper: of the ledger.
            evaluate: the rules.
            rules: the rule files that `evaluate` applies.
            software_version: of this program.
        """
        self._keeper = keeper
        self._evaluate = evaluate
        self._rules = rules
        self._software_version = software_version

    def ask(self, request: Request) -> Answer:
        """Judge at the clock, and record the decision unless the last one on this participant says the same.

        Whatever stands in the ledger, the answer is what the rules say now. A decision is durable, in ledger and
        checkpoint, when this returns; if this raises, ask again: what was recorded will be found. All of it happens
        under the ledger's write lock, so that no two processes decide on one participant without seeing each other.

        Raises:
            ReasonNeededError: the record was changed after a REFUSE, and the request has no reason.
            GateError: the decision cannot be recorded; the clock runs behind the ledger; the ledger was
                changed or shortened.
        """
        keeper = self._keeper
        self._compile(request)
        with keeper.writing():
            keeper.step("locked")
            history = keeper.history(request.subject_id)
            clock = keeper.now()
            decided_at = in_order(clock, history)
            question = Question.of(request, self._evaluate, clock)
            keeper.step("evaluated")
            signed, head = question.repeated(history.of_participant, self._rules), history.head
            is_new = signed is None
            if signed is None:
                question.check_reason(history.of_participant, self._rules)
                signed = sign(self._decision(question, history, decided_at), keeper.key)
                keeper.step("signed")
                head = keeper.append(signed)
        keeper.step("committed")
        keeper.move_checkpoint(head)
        keeper.step("checkpointed")
        return Answer(
            standing="new" if is_new else "repeated",
            question=question,
            signed=signed,
            earlier=history.of_participant if is_new else history.of_participant[:-1],
            ledger=LedgerPlace(keeper.path, head, history.decisions + is_new),
        )

    def _compile(self, request: Request) -> None:
        """Judge once before the lock is taken: rules become functions then, and others need not wait for that."""
        Question.of(request, self._evaluate, self._keeper.now())

    def _decision(self, question: Question, history: History, decided_at: datetime) -> Decision:
        request = question.request
        return Decision(
            ledger_id=history.head.ledger_id,
            ledger_path=self._keeper.path,
            ledger_decisions=history.decisions + 1,
            sequence=history.place,
            previous_sha256=history.head.sha256,
            decision_id=str(uuid.uuid4()),
            decision=question.evaluation.decision,
            site_id=request.site_id,
            subject_id=request.subject_id,
            decided_at=decided_at,
            as_of=question.as_of,
            randomized_at=request.randomized_at,
            software_version=self._software_version,
            protocol_version=request.version(question.as_of),
            rules=self._rules,
            snapshot=question.snapshot,
            snapshot_sha256=question.snapshot_sha256,
            facts=request.facts,
            earlier=tuple(one.named() for one in history.of_participant),
            reason=request.reason,
            evaluation=question.evaluation,
            key_fingerprint=self._keeper.key.fingerprint,
        )
