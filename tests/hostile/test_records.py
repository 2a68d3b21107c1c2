"""20,000 mutated records: no ALLOW that a clause forbids, whatever the rules say; and `check` says as the gate."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.gate.asking import Question
from precise_cal.gate.bars import BARS
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.temporal import DateTime

from .clauses import forbids
from .mutations import mutated

pytestmark = pytest.mark.slow
RECORDS = 20_000


@pytest.mark.minutes(2)
def test_no_allow_that_a_clause_forbids(desk: Any, screening: dict[str, Any]) -> None:
    """Judged at clocks of before, at and after the QFR. Only a record that is refused as such raises."""
    evaluate, told = desk.trial.evaluate, Counter[str]()
    for seed in range(RECORDS):
        chance = random.Random(seed)
        document = mutated(screening, chance)
        clock = desk.clock + timedelta(minutes=chance.choice([-9, -8, 0, 0, 0, 60]), seconds=chance.randrange(60))
        try:
            request = desk.request(document)
            question = Question.of(request, evaluate, clock)
        except PreciseError:
            told["refused as a record"] += 1
            continue
        word = question.evaluation.decision
        told[word] += 1
        if word == "ALLOW":
            assert forbids(document, clock) == [], f"seed {seed}"
        if seed % 4 == 0 and not request.facts.enrolled:
            check_agrees(desk, document, question, f"seed {seed}")
    assert min(told[word] for word in ("ALLOW", "REFUSE", "INCOMPLETE", "refused as a record")) > RECORDS / 50, told


def check_agrees(desk: Any, document: dict[str, Any], question: Question, name: str) -> None:
    """What the gate says of eligibility is what `check` says of the whole record at the same moment.

    Not of who is enrolled: of a randomization the gate reads the time alone, and refuses whatever that is.
    """
    book = desk.trial.book
    moment = DateTime.parse(question.as_of.isoformat(timespec="milliseconds"))
    subject = Checker(book, moment, all_reasons=False).subject(book.records.record(document), b"{}")
    told = question.evaluation
    blocking = [one for one in told.blocking if one not in BARS]
    missing = [one for one in told.missing if one not in BARS]
    assert (blocking, missing) == (list(subject.gate.blocking), list(subject.gate.missing)), name
