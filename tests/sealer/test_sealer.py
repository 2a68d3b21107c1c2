"""The sealer opens the next slot for a signed ALLOW, once, and nothing else."""

from __future__ import annotations

import json
import os
import threading
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from precise_cal.gate import keygen, load_private
from precise_cal.randomization.bundle import Bundle, PublicValue, Shares, faults
from precise_cal.randomization.plan import draw, joint_seed
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.home import Home, make_home
from tests.sealer.conftest import COMMITMENTS, PLAN, PUBLIC, SHARES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sealer.conftest import Desk


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(SealerError) as caught:
        ask()
    return caught.value.code


def test_list_is_the_one_of_plan_and_shares(desk: Desk) -> None:
    sealer = desk.drawn()
    wanted = [one.arm for one in draw(PLAN, joint_seed(*SHARES, PUBLIC)) if one.stratum == "S1"]
    given = [sealer.open(desk.decision(f"P-{n}"), f"P-{n}", "S1") for n in range(1, 9)]
    assert [one.allocation.arm for one in given] == wanted
    assert sealer.root is not None
    bundle = Bundle(
        form="precise randomization bundle 1",
        study=PLAN.study,
        commitments=Shares(statistician=COMMITMENTS[0], sponsor=COMMITMENTS[1]),
        public=PublicValue(source="a beacon", value=PUBLIC),
        plan_sha256=PLAN.sha256,
        root=sealer.root.hex(),
        strata=sealer.strata,
        allocations=[one.allocation for one in given],
    )
    assert [*faults(bundle)] == []
    assert refusal(lambda: sealer.open(desk.decision("P-9"), "P-9", "S1")) == "exhausted"


def test_participant_keeps_the_slot_for_ever(desk: Desk) -> None:
    sealer = desk.drawn()
    decision = desk.decision("P-1")
    first = sealer.open(decision, "P-1", "S1")
    desk.later(hours=5)
    again = desk.sealer().open(decision, "p-1", "S1")  # after the end of the process, too late, in other letters
    assert (again.allocation, again.opening, again.repeated) == (first.allocation, first.opening, True)
    newer = sealer.open(desk.decision("P-1"), "P-1", "S1")
    assert newer.allocation == first.allocation
    assert sealer.open(desk.decision("P-2"), "P-2", "S1").allocation.number == 2


def test_what_is_no_signed_unexpired_allow_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    sealer = desk.drawn()
    keygen(tmp_path / "k", tmp_path / "k.pub")
    foreign = desk.decision("P-1", key=load_private(tmp_path / "k"))
    forged = json.loads(desk.decision("P-1"))
    forged["body"]["subject_id"] = "P-2"
    stale = desk.decision("P-1")
    assert refusal(lambda: sealer.open(foreign, "P-1", "S1")) == "decision"
    assert refusal(lambda: sealer.open(json.dumps(forged).encode(), "P-2", "S1")) == "decision"
    assert refusal(lambda: sealer.open(b"{}", "P-1", "S1")) == "decision"
    assert refusal(lambda: sealer.open(desk.decision("P-1", "REFUSE"), "P-1", "S1")) == "decision"
    assert refusal(lambda: sealer.open(desk.decision("P-1"), "P-2", "S1")) == "participant"
    assert refusal(lambda: sealer.open(desk.decision("P-1"), "P-1", "S9")) == "stratum"
    desk.later(minutes=60)
    assert refusal(lambda: sealer.open(stale, "P-1", "S1")) == "expired"
    desk.later(minutes=10)
    ahead = desk.decision("P-1")
    desk.later(minutes=-2)
    assert refusal(lambda: sealer.open(ahead, "P-1", "S1")) == "clock"
    assert sealer.openings == ()


@pytest.mark.parametrize("password", [None, b"secret"])
def test_transport_key_of_another_kind_is_told(password: bytes | None, desk: Desk) -> None:
    form = BestAvailableEncryption(password) if password else NoEncryption()
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, form)
    (desk.home / "transport.key").write_bytes(other)
    assert refusal(lambda: Home(desk.home)) == "home"


def test_list_that_was_cut_is_told(desk: Desk) -> None:
    desk.drawn()
    file, home = desk.home / "list.sealed", Home(desk.home)
    whole = file.read_bytes()
    rows = whole.splitlines(keepends=True)
    for cut in (b"", b"[]\n", b"{}\n", b"".join(rows[:-1]), b"".join(rows[1:]), whole[:-9]):
        file.write_bytes(cut)
        assert refusal(home.read_list) == "changed"
    file.write_bytes(whole)
    assert home.read_list() is not None


def test_decision_opens_a_slot_for_an_hour(desk: Desk) -> None:
    sealer = desk.drawn()
    first, second = desk.decision("P-1"), desk.decision("P-2")
    desk.later(minutes=59, seconds=59)
    assert sealer.open(first, "P-1", "S1").allocation.number == 1
    desk.later(seconds=2)
    assert refusal(lambda: sealer.open(second, "P-2", "S1")) == "expired"


def test_clock_that_goes_back_opens_nothing(desk: Desk) -> None:
    sealer = desk.drawn()
    sealer.open(desk.decision("P-1"), "P-1", "S1")
    desk.later(minutes=-5)
    assert refusal(lambda: sealer.open(desk.decision("P-2"), "P-2", "S1")) == "clock"


def test_slot_of_another_site_is_not_given_again(desk: Desk) -> None:
    sealer = desk.drawn()
    sealer.open(desk.decision("P-1"), "P-1", "S1")
    assert refusal(lambda: sealer.open(desk.decision("P-1", site="S2"), "P-1", "S2")) == "participant"


def test_two_at_once_get_slots_one_after_the_other(desk: Desk) -> None:
    sealer, barrier, given = desk.drawn(), threading.Barrier(8), list[int]()

    def ask(number: int) -> None:
        decision = desk.decision(f"P-{number % 4}")  # each participant by two
        barrier.wait()
        given.append(sealer.open(decision, f"P-{number % 4}", "S1").allocation.number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(given) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert [one.number for one in sealer.openings] == [1, 2, 3, 4]


def test_list_is_drawn_once_and_from_what_was_committed_to(desk: Desk) -> None:
    sealer = desk.sealer()
    assert refusal(lambda: sealer.open(desk.decision("P-1"), "P-1", "S1")) == "not_drawn"
    assert refusal(lambda: sealer.draw(COMMITMENTS, desk.sent(sealer), PUBLIC)) == "plan"
    sealer.set_plan(PLAN)
    swapped = desk.sent(sealer, (SHARES[1], SHARES[0]))
    assert refusal(lambda: sealer.draw(COMMITMENTS, swapped, PUBLIC)) == "share"
    assert refusal(lambda: sealer.draw(COMMITMENTS, (b"\1" * 384, b"\2" * 384), PUBLIC)) in ("form", "share")
    sealer.draw(COMMITMENTS, desk.sent(sealer), PUBLIC)
    assert refusal(lambda: sealer.draw(COMMITMENTS, desk.sent(sealer), PUBLIC)) == "drawn"
    assert refusal(lambda: sealer.set_plan(PLAN)) == "drawn"
    assert sealer.reveal(COMMITMENTS, desk.sent(sealer, purpose=b"reveal"), PUBLIC) == (PLAN, SHARES)
    back = desk.sent(sealer, (SHARES[1], SHARES[0]), b"reveal")
    assert refusal(lambda: sealer.reveal(COMMITMENTS, back, PUBLIC)) == "share"


def test_share_that_was_sent_to_draw_reveals_nothing(desk: Desk) -> None:
    sealer = desk.drawn()
    assert refusal(lambda: sealer.reveal(COMMITMENTS, desk.sent(sealer), PUBLIC)) == "form"


def test_shares_and_commitments_that_somebody_made_up_reveal_no_plan(desk: Desk) -> None:
    sealer, own = desk.drawn(), (b"a" * 32, b"b" * 32)
    named = sha256(own[0]).hexdigest(), sha256(own[1]).hexdigest()
    assert refusal(lambda: sealer.reveal(named, desk.sent(sealer, own, b"reveal"), PUBLIC)) == "share"
    right = desk.sent(sealer, purpose=b"reveal")
    assert refusal(lambda: sealer.reveal(COMMITMENTS, right, "another value")) == "share"


def test_no_arm_is_readable_in_the_folder(desk: Desk) -> None:
    sealer = desk.drawn()
    sealer.open(desk.decision("P-1"), "P-1", "S1")
    boxes = {len(json.loads(line)["box"]) for line in (desk.home / "list.sealed").read_bytes().splitlines()[1:]}
    salts = [one.salt.hex().encode() for one in draw(PLAN, joint_seed(*SHARES, PUBLIC))]
    for file in desk.home.iterdir():
        data = file.read_bytes()
        assert not any(one in data for one in [*salts, b"permuted", b'"arm"', *SHARES])
    assert len(boxes) == 1


@pytest.mark.parametrize("name", ["list.sealed", "openings.jsonl", "plan.sealed"])
def test_changed_byte_is_seen(desk: Desk, name: str) -> None:
    sealer = desk.drawn()
    for number in (1, 2):
        sealer.open(desk.decision(f"P-{number}"), f"P-{number}", "S1")
    file = desk.home / name
    data = file.read_bytes()
    for place in range(0, len(data) - 1, max(1, len(data) // 40)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        file.write_bytes(changed)
        last = name == "openings.jsonl" and place >= data.rfind(b"\n", 0, -1)  # nothing follows that would tell
        if last:
            continue
        with pytest.raises(SealerError):
            _use(desk)


def _use(desk: Desk) -> None:
    sealer = desk.sealer()
    sealer.plan()
    for stratum in ("S1", "S2"):
        for number in range(1, 9):
            sealer._allocation(stratum, number)


def test_line_that_was_never_finished_is_taken_away(desk: Desk) -> None:
    sealer = desk.drawn()
    sealer.open(desk.decision("P-1"), "P-1", "S1")
    whole = desk.home.joinpath("openings.jsonl").read_bytes()
    desk.home.joinpath("openings.jsonl").write_bytes(whole + whole[:37])
    assert desk.sealer().open(desk.decision("P-2"), "P-2", "S1").allocation.number == 2
    assert [one.number for one in desk.sealer().openings] == [1, 2]


def test_what_is_kept_is_on_the_disk_with_its_name(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file outlives a loss of power only where its folder was written out as well."""
    synced: set[int] = set()
    real = os.fsync

    def noted(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    folder = tmp_path / "one" / "another"
    make_home(folder)
    assert {one.stat().st_ino for one in (folder, folder / "sealing.key", folder / "transport.key")} <= synced
    synced.clear()
    sealer = desk.drawn()
    assert desk.home.stat().st_ino in synced
    synced.clear()
    sealer.open(desk.decision("P-1"), "P-1", "S1")
    assert desk.home.stat().st_ino in synced
    assert len(synced) == 2, "the journal and its folder"


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    before = {one.name: one.read_bytes() for one in (tmp_path / "home").iterdir()}
    with pytest.raises(SealerError) as caught:
        make_home(tmp_path / "home")
    told = f"{tmp_path / 'home' / 'sealing.key'}: exists already; a key is never overwritten"
    assert (caught.value.code, str(caught.value)) == ("home", told)
    assert {one.name: one.read_bytes() for one in (tmp_path / "home").iterdir()} == before


def test_openings_are_told_from_a_state_that_was_on(desk: Desk) -> None:
    sealer = desk.drawn()
    states = [sealer.head]
    for who in ("P-1", "P-2", "P-3"):
        sealer.open(desk.decision(who), who, "S1")
        states.append(sealer.head)
    for count, head in enumerate(states):
        start, openings, now = sealer.openings_since(count, head)
        assert (start, [one.subject_id for one in openings], now) == (count, ["P-1", "P-2", "P-3"][count:], states[-1])
    for count, head in ((1, states[2]), (1, "0" * 64), (9, states[-1])):
        assert sealer.openings_since(count, head)[0] == 0, "never in that state: everything is told"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o750, 0o704, 0o701])
def test_a_folder_that_lets_others_in_is_refused(mode: int, desk: Desk) -> None:
    desk.home.chmod(mode)
    with pytest.raises(SealerError, match=f"mode {mode:04o} lets others in"):
        desk.sealer()
    desk.home.chmod(0o700)
    desk.sealer()
