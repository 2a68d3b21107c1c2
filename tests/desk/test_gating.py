"""Decisions and allocations at the desk: once, in order, by whom they may, and finished after a crash."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate.decision import read_envelope
from precise_cal.gate.errors import ReasonNeededError
from precise_cal.randomization.plan import draw, joint_seed
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.home import Home
from precise_cal.sealer.sealer import Sealer
from tests.desk.conftest import SHARES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]
NARROW = {"lesions__0__reference_vessel_diameter__0__value": "2.0"}
OPEN = {"renal__on_dialysis": None, "renal__dialysis_required": None}


def arms(desk: Desk, site: str) -> list[str]:
    plan = desk.sealer.plan()
    assert plan is not None
    seed = joint_seed(*SHARES.values(), "7f3a")
    return [one.arm for one in draw(plan, seed) if one.stratum == site]


def test_allow_leads_to_the_next_slot_of_the_site(desk: Desk, record: Make) -> None:
    given = [desk.randomize(record(f"ZS01-{number:03}"))[1] for number in range(1, 6)]
    other = desk.randomize(record("ZS02-001"))[1]
    assert [(one.number, one.arm) for one in given] == [*enumerate(arms(desk, "ZS01")[:5], 1)]
    assert (other.number, other.arm) == (1, arms(desk, "ZS02")[0])
    assert len(desk.events("gate.decision")) == len(desk.events("list.opened")) == 6
    envelope = bytes(desk.events("gate.decision")[0].content.data)
    assert read_envelope(envelope, desk.place.decision_key.public()).decision.decision == "ALLOW"


def test_participant_who_has_a_slot_gets_the_same_answer_again(desk: Desk, record: Make) -> None:
    first = desk.randomize(record())
    assert desk.randomize(record()) == first
    assert desk.randomize(record(who="zs01-001", site_id="ZS01", **NARROW)) == first  # another spelling, other data
    assert len(desk.events("gate.decision")) == 1


@pytest.mark.parametrize(
    ("changes", "word"),
    [(NARROW, "REFUSE"), ({"renal__on_dialysis": None, "renal__dialysis_required": None}, "INCOMPLETE")],
)
def test_what_is_no_allow_opens_nothing(desk: Desk, record: Make, changes: dict[str, Any], word: str) -> None:
    decision, slot = desk.randomize(record(**changes))
    assert (decision.word, slot, desk.sealer.openings) == (word, None, ())


def test_change_after_refuse_needs_a_reason_and_shows_what_changed(desk: Desk, record: Make) -> None:
    from precise_cal.desk.gating import consider

    desk.randomize(record(**NARROW))
    with pytest.raises(ReasonNeededError):
        desk.randomize(record())
    changes = consider(desk.place, desk.trial, record()).changes
    assert [(one.pointer, one.before, one.after) for one in changes] == [
        ("/lesions/0/reference_vessel_diameter/0/value", "2.0", "3.00")
    ]
    decision, slot = desk.randomize(record(), reason="measured again")
    assert (decision.word, slot.number) == ("ALLOW", 1)
    assert desk.events("gate.decision")[-1].body.find(b"measured again") > 0


def test_record_of_another_site_is_refused(desk: Desk, record: Make) -> None:
    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.gating import randomize

    for _ in range(2):
        with pytest.raises(DeskError, match="not of ZS01"):
            randomize(desk.place, desk.trial, record("ZS02-001"), desk.actor(), {}, None)
        desk.randomize(record("ZS02-001"), "other")
    assert len(desk.events("gate.decision")) == 1


def test_crash_between_decision_and_allocation_is_recovered(
    desk: Desk, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk import gating, listing
    from precise_cal.randomization.bundle import faults

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:  # the sealer has opened; the process dies before the event
        patch.setattr(gating, "add_allocation", die)
        with suppress(KeyboardInterrupt):
            desk.randomize(record())
    assert (len(desk.sealer.openings), len(desk.events("list.opened"))) == (1, 0)
    assert desk.randomize(record("ZS01-002"))[1].number == 2
    assert gating.recover(desk.place, desk.trial, desk.actor()) == 1
    assert gating.recover(desk.place, desk.trial, desk.actor()) == 0
    assert desk.randomize(record())[1].number == 1
    assert len(desk.events("list.opened")) == 2
    assert [*faults(listing.bundle(listing.list_state()))] == []


def test_allow_without_a_sealer_stands_until_it_expires(
    desk: Desk, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk import gating

    def silent(*_: Any) -> None:
        raise SealerError("unreachable", "the sealer does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(gating, "ask", silent)
        with pytest.raises(SealerError):
            desk.randomize(record())
    assert desk.randomize(record())[0].sequence == 1  # the same decision, allocated now
    with monkeypatch.context() as patch:
        patch.setattr(gating, "ask", silent)
        with pytest.raises(SealerError):
            desk.randomize(record("ZS01-002"))
    later = datetime.now(UTC) + timedelta(minutes=61)
    signature: dict[str, Any] = {"meaning": gating.meaning_of("ALLOW")}
    monkeypatch.setattr(gating, "datetime", type("Clock", (), {"now": staticmethod(lambda _: later)}))
    assert gating.decide(desk.place, desk.trial, record("ZS01-002"), desk.actor(), signature, None).sequence == 3


def test_database_put_back_is_read_only_and_names_the_gap(desk: Desk, record: Make) -> None:
    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.store.log import TREES

    desk.randomize(record())
    desk.store.keep("backup")
    desk.randomize(record("ZS01-002"))
    desk.store.put_back("backup")
    TREES.forget()
    with pytest.raises(DeskError, match=r"ZS01 2.*Read only"):
        desk.randomize(record("ZS01-003"))
    assert len(desk.sealer.openings) == 2


def test_database_put_back_behind_a_desk_that_runs_is_noticed_without_a_new_opening(desk: Desk, record: Make) -> None:
    """What this process has seen agree is not taken for granted: the log is shorter than it was then."""
    from precise_cal.desk.errors import DeskError

    desk.randomize(record())
    desk.store.keep("backup")
    desk.randomize(record("ZS01-002"))
    desk.randomize(record("ZS01-003", **NARROW))
    desk.store.put_back("backup")
    with pytest.raises(DeskError, match=r"ZS01 2.*Read only"):
        desk.randomize(record("ZS01-004"))


def test_sealer_put_back_to_before_an_opening_opens_nothing_twice(made: Path, desk: Desk, record: Make) -> None:
    """An older folder of the sealer beside a newer database: it would give a slot to a second participant."""
    from precise_cal.desk.errors import DeskError
    from tests.desk.conftest import served

    desk.randomize(record())
    kept = {file.name: file.read_bytes() for file in desk.place.sealer.iterdir() if file.is_file()}
    desk.randomize(record("ZS01-002"))
    (desk.place.sealer / "openings.jsonl").write_bytes(kept["openings.jsonl"])
    older = Sealer(Home(desk.place.sealer))
    with served(older, made / "s"), pytest.raises(DeskError, match=r"ZS01 2.*folder is older.*Read only"):
        desk.randomize(record("ZS01-003"))
    assert len(older.openings) == 1


def test_slot_that_is_opened_after_the_sealer_was_asked_is_no_gap(desk: Desk, record: Make) -> None:
    """Two ask at once: the log that one of them sees under the lock has what was opened for the other meanwhile."""
    from precise_cal.desk import sealed
    from precise_cal.desk.listing import list_state

    desk.randomize(record())
    root = list_state().root
    for everything in (True, False):
        heard = sealed.hear(desk.place, everything=everything)
        decision, slot = desk.randomize(record(f"ZS01-{everything:03}9"))
        assert slot is not None
        assert heard.gap(root, decision.sequence) is None


def test_what_was_opened_meanwhile_is_asked_for_alone(
    desk: Desk, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load this is so nearly always: to look at every opening again would take longer with each of them."""
    from precise_cal.desk import sealed
    from precise_cal.desk.listing import list_state

    for number in range(3):
        desk.randomize(record(f"ZS01-00{number}"))
    given, news = [], sealed._news

    def counted(*of: Any) -> Any:
        found = news(*of)
        given.append(len(found.openings))
        return found

    heard = sealed.hear(desk.place)
    decision, _ = desk.randomize(record("ZS01-009"))
    monkeypatch.setattr(sealed, "_news", counted)
    assert heard.gap(list_state().root, decision.sequence) is None
    assert given == [1]


def test_a_meaning_that_the_rules_do_not_bear_out_signs_nothing(desk: Desk, record: Make) -> None:
    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.gating import MEANINGS, randomize

    for data, meaning in ((record(), MEANINGS[1]), (record("ZS01-002", **NARROW), MEANINGS[0])):
        with pytest.raises(DeskError, match="has changed since"):
            randomize(desk.place, desk.trial, data, desk.actor(), {"meaning": meaning}, None)
    assert (desk.events("gate.decision"), desk.events("gate.signature"), desk.sealer.openings) == ([], [], ())


def test_strata_follow_an_expression_and_an_unknown_one_is_incomplete(blank: Desk, record: Make) -> None:
    from hashlib import sha256

    from precise_cal.desk import listing
    from precise_cal.desk.errors import DeskError
    from tests.desk.conftest import encrypted

    design = {"design": "simple", "ratio": {"A": 1, "B": 1}}
    plan = {"study": "T", "strata": [{"name": name, "slots": 5, "design": design} for name in ("ZS01 yes", "ZS01 no")]}
    with pytest.raises(DeskError, match="expression"):
        listing.set_plan(blank.place, blank.trial, plan, blank.actor(), "site_id +")
    by = "site_id + (if planned_surgery.planned then ' yes' else if not planned_surgery.planned then ' no' else null)"
    listing.set_plan(blank.place, blank.trial, plan, blank.actor(), by)
    for party, share in SHARES.items():
        listing.commit(party, sha256(share).hexdigest(), blank.actor())
    listing.publish("a beacon", "1", blank.actor())
    for party, share in SHARES.items():
        listing.share(blank.place, party, encrypted(blank.sealer, share, b"draw"), blank.actor())
    assert blank.randomize(record("ZS01-001"))[1].stratum == "ZS01 no"
    open_ = blank.randomize(record("ZS01-002", planned_surgery=None))[0]
    assert open_.word == "INCOMPLETE"
    refused = blank.randomize(record("ZS02-001"), "other")[0]
    assert refused.word == "REFUSE"
    body = read_envelope(bytes(refused.event.content.data), blank.place.decision_key.public()).decision
    assert [*body.evaluation.blocking] == ["STRATUM"]


def in_threads(works: list[Callable[[], Any]]) -> list[Any]:
    from django.db import connections

    found, barrier = list[Any](), threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            found.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_coordinators_on_one_stratum_get_two_slots(desk: Desk, record: Make) -> None:
    data = [record(f"ZS01-{number:03}") for number in range(1, 5)]
    found = in_threads([lambda one=one: desk.randomize(one)[1].number for one in data])  # type: ignore[misc]
    assert sorted(found) == [1, 2, 3, 4]


@pytest.mark.slow
def test_fifty_submissions_of_one_participant_are_one_allocation(desk: Desk, record: Make) -> None:
    data = record()
    found = in_threads([lambda: desk.randomize(data)[1].event_id] * 50)
    assert len(found) == 50
    assert len(set(found)) == 1
    assert len(desk.events("gate.decision")) == len(desk.events("list.opened")) == 1


def test_no_arm_of_an_unopened_slot_is_in_the_database(desk: Desk, record: Make) -> None:
    desk.randomize(record())
    plan = desk.sealer.plan()
    assert plan is not None
    seed = joint_seed(*SHARES.values(), "7f3a")
    files = [one for one in desk.place.folder.iterdir() if one.is_file()]
    data = b"".join(one.read_bytes() for one in files) + desk.store.dump()
    assert b"ZS01-001" in data
    unopened = [one for one in draw(plan, seed) if (one.stratum, one.number) != ("ZS01", 1)]
    assert not any(one.salt in data or one.salt.hex().encode() in data for one in unopened)
    assert b"permuted" not in data
