"""200 questions at random moments, over random histories: what is allowed is allowed now, and everything is kept."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from precise_cal.gate import GateError, ReasonNeededError
from precise_cal.protocol.errors import PreciseError

from .clauses import forbids
from .mutations import mutated

pytestmark = pytest.mark.slow
QUESTIONS = 200
STEPS = [
    timedelta(0), timedelta(seconds=20), timedelta(seconds=-40), timedelta(minutes=3), timedelta(hours=1),
    timedelta(days=30), timedelta(minutes=-30), timedelta(days=-3), timedelta(days=40_000), timedelta(days=-40_000),
]  # fmt: skip


def test_random_moments_and_histories(desk: Any, participant: Any) -> None:
    """Five participants, a clock that runs, jumps and is set back, records that change and change back."""
    chance, told, new = random.Random(12), Counter[str](), []
    records = {number: [participant(number)] for number in range(5)}
    for _ in range(QUESTIONS):
        desk.clock += chance.choice(STEPS)
        known = records[chance.randrange(5)]
        document = mutated(known[0], chance) if chance.random() < 0.5 else chance.choice(known)
        known.append(document)
        document["subject_id"] = known[0]["subject_id"].swapcase() if chance.random() < 0.2 else known[0]["subject_id"]
        try:
            answer = desk.ask(document, reason=chance.choice([None, "measured again"]))
        except ReasonNeededError:
            told["a reason is needed"] += 1
            continue
        except GateError as error:
            told["the clock is behind" if "precise gate clock" in str(error) else str(error)] += 1
            continue
        except PreciseError:
            told["no record"] += 1
            known.pop()
            continue
        told[answer.standing] += 1
        new += [answer.signed.decision.decision_id] if answer.standing == "new" else []
        assert answer.signed.decision.decision == answer.evaluation.decision
        if answer.evaluation.decision == "ALLOW":
            told["allowed"] += 1
            assert forbids(document, desk.clock) == []
    found = desk.verify(evaluate=desk.trial.evaluate, rules=desk.trial.files)
    assert found.faults == ()
    assert found.decisions == found.replayed == len(set(new)), "each new decision once"
    assert set(told) == {"new", "repeated", "a reason is needed", "the clock is behind", "allowed", "no record"}, told
