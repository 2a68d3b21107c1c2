"""Judging without recording: for another moment, or on trial. Nothing is written, and no key signs."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from precise_cal.gate.asking import Answer, LedgerPlace, Question
from precise_cal.gate.checkpoint import read_checkpoint
from precise_cal.gate.history import read_history
from precise_cal.gate.ledger import Ledger

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from precise_cal.gate.asking import Evaluate, Request
    from precise_cal.gate.keys import PublicKeys


def consider(ledger: Path, trusted: PublicKeys, evaluate: Evaluate, request: Request, moment: datetime) -> Answer:
    """What the gate would say at a moment, and what it said before.

    Args:
        ledger: the ledger, which need not exist; it is read, never written.
        trusted: the keys whose decisions are believed.
        evaluate: the rules.
        request: the question.
        moment: what the clock is taken to say.

    Raises:
        GateError: the ledger was changed, shortened, or signed with a key that is not trusted.
    """
    question = Question.of(request, evaluate, moment)
    path = str(ledger.absolute())
    if not ledger.exists():
        return Answer(
            standing="not_recorded", question=question, signed=None, earlier=(), ledger=LedgerPlace(path, None, 0)
        )
    told = read_checkpoint(ledger)
    with closing(Ledger(ledger, writable=False)) as book:
        history = read_history(book, trusted, told, request.subject_id)
        return Answer(
            standing="not_recorded",
            question=question,
            signed=None,
            earlier=history.of_participant,
            ledger=LedgerPlace(path, history.head, history.decisions),
        )
