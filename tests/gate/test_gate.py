"""Asking: one decision per input, the one that stood at randomization, changed data, and failing closed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from precise_cal.gate import Evaluation, GateError, Request, RuleFiles, load_public, read_envelope, verify


@pytest.mark.parametrize(
    ("qfr", "word"), [(Decimal("0.88"), "ALLOW"), (Decimal("0.80"), "REFUSE"), (None, "INCOMPLETE")]
)
def test_a_decision_tells_everything(site: Any, rules: RuleFiles, qfr: Any, word: str) -> None:
    answer = site.ask(qfr=qfr)
    decision = answer.signed.decision
    assert (answer.standing, decision.decision, decision.sequence) == ("new", word, 1)
    assert (decision.site_id, decision.subject_id, decision.software_version) == ("ZS01", "ZS01-001", "1.0")
    assert decision.rules == rules
    assert decision.protocol_version == "registry-2026-02-26"
    assert decision.snapshot == {
        "qfr": None if qfr is None else str(qfr), "subject_id": "ZS01-001", "text": "中文 é",
    }  # fmt: skip
    assert decision.key_fingerprint == site.key.fingerprint
    assert decision.evaluation.parameters == [{"id": "qfr.threshold", "value": "0.8", "status": "registry"}]
    assert read_envelope(answer.signed.envelope(), site.key.public()).body == answer.signed.body
    with pytest.raises(FrozenInstanceError):
        decision.decision = "ALLOW"


def test_the_same_input_has_one_decision(site: Any) -> None:
    first = site.ask()
    again = site.ask()
    assert again.standing == "repeated"
    assert again.signed == first.signed
    as_text = site.ask(qfr="0.88")
    assert as_text.signed == first.signed, "a decimal and its text are one input"
    assert site.ask(qfr=Decimal("0.880")).standing == "new", "recorded precision is part of the input"
    assert site.ask("ZS01-002").signed.decision.sequence == 3


def test_other_rules_decide_anew(site: Any) -> None:
    first = site.ask()
    with site.gate(rules=RuleFiles.of({"eligibility.yaml": b"amended"})) as gate:
        second = gate.ask(
            Request(
                site_id="ZS01",
                subject_id="ZS01-001",
                protocol_version="2",
                snapshot=first.signed.decision.snapshot,
            )
        )
    assert second.standing == "new"


def test_data_changed_after_allow_are_reported(site: Any) -> None:
    allowed = site.ask()
    changed = site.ask(qfr=Decimal("0.79"))
    assert changed.standing == "new"
    assert changed.signed.decision.decision == "REFUSE"
    assert changed.allowed_before == allowed.signed
    assert changed.data_changed_after_gate
    harmless = site.ask(qfr=Decimal("0.89"))
    assert harmless.allowed_before == allowed.signed
    assert not harmless.data_changed_after_gate
    assert not site.ask("ZS01-002", Decimal("0.79")).data_changed_after_gate


def test_a_randomized_participant_keeps_the_decision_that_stood(site: Any) -> None:
    site.ask(qfr=None)
    stood = site.ask()
    randomized_at = site.clock.now + timedelta(seconds=1)
    site.clock.now += timedelta(hours=1)
    later = site.ask(qfr=Decimal("0.90"))
    for named in (None, stood.signed.decision.decision_id):
        answer = site.ask(qfr=Decimal("0.79"), randomized_at=randomized_at, gate_decision_id=named)
        assert answer.standing == "stood_at_randomization"
        assert answer.signed == stood.signed
        assert answer.evaluation.decision == "REFUSE"
        assert answer.data_changed_after_gate
    assert later.signed.decision.sequence == 3
    found = verify(site.ledger, load_public([site.public]))
    assert (found.decisions, found.sound) == (3, True), "nothing was added for the randomized participant"


def test_randomized_without_a_decision(site: Any) -> None:
    before = datetime(2026, 3, 1, tzinfo=UTC)
    answer = site.ask(randomized_at=before)
    assert answer.standing == "recorded_after_randomization"
    assert answer.signed.decision.randomized_at == before
    assert site.ask(randomized_at=before).standing == "repeated"


def test_a_named_decision_must_be_the_participants(site: Any) -> None:
    other = site.ask("ZS01-002").signed.decision.decision_id
    late = site.ask("ZS01-002", randomized_at=site.clock.now - timedelta(days=1), gate_decision_id=other)
    assert (late.standing, late.signed.decision.decision_id) == ("recorded_after_randomization", other)
    with pytest.raises(GateError, match="the ledger has none on this participant"):
        site.ask(gate_decision_id=other, randomized_at=site.clock.now)


def test_clock_set_back(site: Any) -> None:
    site.ask()
    site.clock.now -= timedelta(days=1)
    with pytest.raises(GateError, match="the clock was set back"):
        site.ask("ZS01-002")
    assert site.ask().standing == "repeated"


def test_times_have_offsets(site: Any) -> None:
    site.clock.now = datetime(2026, 3, 10, 9, 0)  # noqa: DTZ001
    with pytest.raises(GateError, match="has no offset"):
        site.ask()


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "allow"},
        {"decision": "ALLOW", "blocking": ["IC-7"]},
        {"decision": "ALLOW", "missing": ["IC-7"]},
        {"decision": "ALLOW", "verdicts": []},
        {"decision": "REFUSE"},
        {"decision": "INCOMPLETE"},
        {"decision": "INCOMPLETE", "missing": ["IC-6"], "blocking": ["IC-7"]},
        {"decision": None},
    ],
)
def test_an_evaluation_that_contradicts_itself(judged: Any, change: dict[str, Any]) -> None:
    allowed = judged({"qfr": "0.88"}, datetime(2026, 3, 10, tzinfo=UTC))
    with pytest.raises(GateError, match="that is no decision"):
        replace(allowed, **change)


def test_whatever_the_rules_raise_nothing_is_decided(site: Any) -> None:
    def broken(snapshot: Any, as_of: datetime) -> Evaluation:
        raise ZeroDivisionError

    with site.gate(evaluate=broken) as gate, pytest.raises(ZeroDivisionError):
        gate.ask(Request(site_id="S", subject_id="P", protocol_version="1", snapshot={}))
    assert verify(site.ledger, load_public([site.public])).decisions == 0


def test_a_binary_float_is_no_input(site: Any) -> None:
    with pytest.raises(GateError, match=r"/qfr: float 0\.88 has no exact JSON form"):
        site.ask(qfr=0.88)
