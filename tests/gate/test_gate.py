"""Asking: judged at the clock, held against what was decided before, recorded once, and failing closed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate import (
    Evaluation,
    Facts,
    GateError,
    ReasonNeededError,
    Request,
    RuleFiles,
    load_public,
    read_envelope,
    verify,
)
from precise_cal.gate.checkpoint import checkpoint_path, read_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = Facts(enrolled=False, treated=False, left=False, consented_at="2026-03-09T10:05:00+08:00")
AMENDED = RuleFiles({"eligibility.yaml": "d" * 64}, "e" * 64, "bundled", "bundled")


def decisions(site: Any) -> int:
    found = verify(site.ledger, load_public([site.public]))
    assert found.faults == ()
    return found.decisions


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
    assert decision.facts == NOBODY
    assert (decision.ledger_path, decision.ledger_decisions) == (str(site.ledger), 1)
    assert (decision.earlier, decision.reason) == ((), None)
    assert read_envelope(answer.signed.envelope(), site.key.public()).body == answer.signed.body
    with pytest.raises(FrozenInstanceError):
        decision.decision = "ALLOW"


def test_the_same_record_judged_the_same_has_one_decision(site: Any) -> None:
    first = site.ask()
    again = site.ask()
    assert (again.standing, again.signed) == ("repeated", first.signed)
    assert site.ask(qfr="0.88").signed == first.signed, "a decimal and its text are one input"
    assert site.ask(qfr=Decimal("0.880")).standing == "new", "recorded precision is part of the input"
    assert site.ask("ZS01-002").signed.decision.sequence == 3


def test_what_was_allowed_once_is_judged_again(site: Any, judged: Callable[..., Evaluation]) -> None:
    """An old ALLOW answers nothing: the same record, by a clock or rules that say otherwise, is a new decision."""
    allowed = site.ask()
    late = site.clock.now + timedelta(hours=1)

    def until(snapshot: Any, facts: Any, as_of: datetime) -> Evaluation:
        return judged(snapshot if as_of < late else snapshot | {"qfr": None}, facts, as_of)

    assert site.ask_for(request(), evaluate=until).standing == "repeated"
    site.clock.now = late
    second = site.ask_for(request(), evaluate=until)
    assert (second.standing, second.evaluation.decision) == ("new", "INCOMPLETE")
    assert second.signed.decision.earlier == (allowed.signed.named(),)


def test_other_rules_decide_anew(site: Any) -> None:
    site.ask()
    assert site.ask_for(request(), rules=AMENDED).standing == "new"


def test_back_to_what_was_allowed_is_no_repetition(site: Any) -> None:
    """ALLOW, then REFUSE on changed data: the first data again are a change after REFUSE, with a reason or not."""
    site.ask()
    site.ask(qfr=Decimal("0.79"))
    with pytest.raises(ReasonNeededError, match=r"decision 2 was REFUSE \(IC-7\), and the record has been changed"):
        site.ask()
    again = site.ask(reason="the first reading was right")
    assert (again.standing, again.signed.decision.sequence) == ("new", 3)


def test_decisions_name_the_earlier_ones(site: Any) -> None:
    answers = [site.ask(qfr=None), site.ask("ZS01-002"), site.ask(), site.ask(qfr=Decimal("0.79"))]
    mine = [answers[0], answers[2], answers[3]]
    for number, answer in enumerate(mine):
        named = answer.signed.decision.earlier
        assert [one.sequence for one in named] == [one.signed.decision.sequence for one in mine[:number]]
        assert [one.sha256 for one in named] == [one.signed.sha256 for one in mine[:number]]
        assert answer.earlier == tuple(one.signed for one in mine[:number])


@pytest.mark.parametrize("between", [[], [None], [None, None]])
def test_a_change_after_refuse_needs_a_reason(site: Any, between: list[Any]) -> None:
    """An INCOMPLETE in between, which has a reason itself, lifts no REFUSE."""
    site.ask(qfr=Decimal("0.79"))
    for number, qfr in enumerate(between):
        site.ask(qfr=qfr, site_id=f"ZS{number}", reason="being measured again")
    before = decisions(site)
    for qfr in (Decimal("0.88"), Decimal("0.78")):
        with pytest.raises(ReasonNeededError, match="--reason"):
            site.ask(qfr=qfr)
    assert decisions(site) == before, "nothing was recorded"
    answer = site.ask(reason="measured again after further modification")
    assert answer.signed.decision.reason == "measured again after further modification"
    assert site.ask(qfr=Decimal("0.87")).standing == "new", "after ALLOW a change needs no reason"
    changed = verify(site.ledger, load_public([site.public])).changed
    assert [(one.sequence, refused.sequence) for one, refused in changed] == [
        (number + 2, 1) for number in range(len(between) + 1)
    ]


def test_a_repeated_refuse_needs_no_reason(site: Any) -> None:
    site.ask(qfr=Decimal("0.79"))
    assert site.ask(qfr=Decimal("0.79")).standing == "repeated"


def test_facts_are_part_of_the_record(site: Any) -> None:
    """A device that vanishes from the record after a REFUSE is a change, though eligibility reads no device."""
    site.ask(qfr=Decimal("0.79"), facts=replace(NOBODY, treated=True))
    with pytest.raises(ReasonNeededError):
        site.ask(qfr=Decimal("0.79"))


@pytest.mark.parametrize(
    "other", ["zs01-001", "ＺＳ01-001", "ZЅ01-001", "ZS01-00l", "ZSO1-OO1"], ids=["case", "width", "Cyrillic", "l", "O"]
)
@pytest.mark.parametrize("site_id", ["ZS01", "ZS02", ""])
def test_another_spelling_is_the_same_participant(site: Any, other: str, site_id: str) -> None:
    site.ask(qfr=Decimal("0.79"))
    with pytest.raises(ReasonNeededError):
        site.ask(other, site_id=site_id)
    assert len(site.ask(other, site_id=site_id, reason="typing error").earlier) == 1


def test_data_changed_after_allow_are_reported(site: Any) -> None:
    allowed = site.ask()
    changed = site.ask(qfr=Decimal("0.79"))
    assert (changed.standing, changed.signed.decision.decision) == ("new", "REFUSE")
    assert changed.allowed_before == allowed.signed
    assert changed.data_changed_after_gate
    harmless = site.ask(qfr=Decimal("0.89"), reason="measured again")
    assert harmless.allowed_before == allowed.signed
    assert not harmless.data_changed_after_gate
    assert not site.ask("ZS01-002", Decimal("0.79")).data_changed_after_gate


def test_who_is_enrolled_is_shown_the_decision_that_stood(site: Any, judged: Callable[..., Evaluation]) -> None:
    def barred(snapshot: Any, facts: Facts, as_of: datetime) -> Evaluation:
        found = judged(snapshot, facts, as_of)
        blocking = [*(["ENROLLED"] if facts.enrolled else []), *found.blocking]
        return replace(found, decision="REFUSE" if blocking else found.decision, blocking=blocking)

    enrolled = replace(NOBODY, enrolled=True)
    site.ask(qfr=None)
    stood = site.ask()
    randomized_at = site.clock.now + timedelta(seconds=1)
    site.clock.now += timedelta(hours=1)
    site.ask(qfr=Decimal("0.78"))
    for qfr, changed in [(Decimal("0.88"), False), (Decimal("0.79"), True)]:
        asked = request(qfr=qfr, facts=enrolled, randomized_at=randomized_at)
        answer = site.ask_for(asked, evaluate=barred)
        assert (answer.standing, answer.evaluation.decision) == ("new", "REFUSE"), "without a reason: none is needed"
        assert answer.stood == stood.signed
        assert answer.data_changed_after_gate is changed
    unknown = site.ask_for(request(facts=enrolled), evaluate=barred)
    assert unknown.stood == unknown.earlier[-1], "the moment is not known: the last decision"
    assert site.ask_for(request("ZS01-009", facts=enrolled), evaluate=barred).stood is None


def test_clock_set_back(site: Any) -> None:
    first = site.ask()
    site.clock.now -= timedelta(seconds=59)
    second = site.ask("ZS01-002")
    assert second.signed.decision.decided_at == first.signed.decision.decided_at, "synchronized: the order stays"
    assert second.signed.decision.as_of < first.signed.decision.decided_at, "but it is judged at the clock"
    site.clock.now -= timedelta(days=1)
    for subject in ("ZS01-001", "ZS01-003"):
        with pytest.raises(GateError, match="precise gate clock"):
            site.ask(subject)
    assert decisions(site) == 2


def test_small_steps_back_do_not_add_up(site: Any) -> None:
    site.ask()
    refused = 0
    for number in range(6):
        site.clock.now -= timedelta(seconds=50)
        try:
            site.ask(f"P{number}")
        except GateError:
            refused += 1
    assert refused == 5


def test_a_decision_under_a_clock_of_2099_blocks_nothing_for_ever(site: Any) -> None:
    right = site.clock.now
    site.clock.now = datetime(2099, 1, 1, tzinfo=UTC)
    site.ask()
    site.clock.now = right
    with pytest.raises(GateError, match="ran ahead then"):
        site.ask("ZS01-002")
    with site.keeper() as keeper:
        keeper.set_clock("the battery was empty")
        assert checkpointed(site) == 2
        with pytest.raises(GateError, match="nothing to set right"):
            keeper.set_clock("again")
    answer = site.ask("ZS01-002")
    assert (answer.signed.decision.sequence, answer.ledger.decisions) == (3, 2)
    found = verify(site.ledger, load_public([site.public]))
    assert found.faults == ()
    assert "the clock was set right: the battery was empty" in found.notes[0]


def checkpointed(site: Any) -> int | None:
    """Up to which entry the checkpoint beside the ledger is."""
    found = read_checkpoint(site.ledger)
    return None if found is None else found.head.sequence


def test_a_ledger_has_its_checkpoint_from_the_beginning_and_none_is_made_later(site: Any) -> None:
    with site.keeper():
        assert checkpointed(site) == 0
    site.ask()
    assert checkpointed(site) == 1
    checkpoint_path(site.ledger).unlink()
    with site.keeper():
        assert checkpointed(site) is None, "an entry without its checkpoint is a fault to be told, not to be mended"


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
    allowed = judged({"qfr": "0.88"}, NOBODY, datetime(2026, 3, 10, tzinfo=UTC))
    with pytest.raises(GateError, match="that is no decision"):
        replace(allowed, **change)


def test_whatever_the_rules_raise_nothing_is_decided(site: Any) -> None:
    def broken(snapshot: Any, facts: Any, as_of: datetime) -> Evaluation:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        site.ask_for(request(), evaluate=broken)
    assert decisions(site) == 0


def test_a_binary_float_is_no_input(site: Any) -> None:
    with pytest.raises(GateError, match=r"/qfr: float 0\.88 has no exact JSON form"):
        site.ask(qfr=0.88)


def request(subject: str = "ZS01-001", qfr: Any = Decimal("0.88"), **other: Any) -> Request:
    snapshot = {"subject_id": subject, "qfr": qfr, "text": "中文 é"}
    settings: dict[str, Any] = {"site_id": "ZS01", "facts": NOBODY, "protocol_version": "registry-2026-02-26"}
    return Request(subject_id=subject, snapshot=snapshot, **(settings | other))
