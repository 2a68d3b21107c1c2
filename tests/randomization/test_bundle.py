"""Bundles: what holds is found sound, and every change of a byte that matters is named."""

from __future__ import annotations

import copy
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from precise_cal.log.merkle import leaf_hash
from precise_cal.randomization.bundle import Bundle, PublicValue, bundle_of, faults, read_bundle
from precise_cal.randomization.design import BigStick, PermutedBlocks
from precise_cal.randomization.errors import RandomizationError
from precise_cal.randomization.plan import Plan, Stratum, commitment, draw, joint_seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EQUAL = {"DCB": 1, "DES": 1}
BLOCKS = PermutedBlocks(ratio=EQUAL, sizes=[4, 6])
PLAN = Plan(
    study="NCT07277114",
    strata=[
        Stratum(name="ZS01", slots=40, design=BLOCKS),
        Stratum(name="中心二", slots=30, design=BigStick(ratio=EQUAL, tolerance=3)),
        Stratum(name="S03", slots=7, design=BLOCKS),
    ],
)
SHARES = bytes(range(32)), bytes(range(100, 132))
PUBLIC = PublicValue(source="lottery of 2026-03-01", value="03 08 15 22 31 40")
OPENED = [("ZS01", 1), ("S03", 1), ("ZS01", 2), ("中心二", 1), ("ZS01", 3)]


def document(*, reveal: bool) -> dict[str, Any]:
    made: dict[str, Any] = bundle_of(PLAN, SHARES, PUBLIC, OPENED, reveal=reveal).model_dump(mode="json")
    return made


def problems(form: dict[str, Any]) -> list[str]:
    return list(faults(read_bundle(json.dumps(form).encode(), "list.json")))


@pytest.mark.parametrize("reveal", [False, True])
def test_what_holds_is_sound(reveal: bool) -> None:
    assert problems(document(reveal=reveal)) == []


def test_the_list_is_what_its_description_says() -> None:
    """Seed, salts and leaves, from the description alone."""
    seed = sha256(SHARES[0] + SHARES[1] + PUBLIC.value.encode()).digest()
    assert joint_seed(*SHARES, PUBLIC.value) == seed
    assert commitment(SHARES[0]) == sha256(SHARES[0]).hexdigest()
    slot = next(one for one in draw(PLAN, seed) if one.stratum == "中心二")
    assert slot.leaf == leaf_hash(f'["{slot.salt.hex()}","中心二",1,"{slot.arm}"]'.encode())
    assert [one.number for one in draw(PLAN, seed) if one.stratum == "S03"] == list(range(1, 8))


def test_nothing_of_what_was_not_opened_is_in_it() -> None:
    """Neither an arm beyond those opened, nor a salt, nor a size of a block, before the end."""
    text = json.dumps(document(reveal=False))
    slots = list(draw(PLAN, joint_seed(*SHARES, PUBLIC.value)))
    hidden = [slot for slot in slots if (slot.stratum, slot.number) not in OPENED]
    assert not any(slot.salt.hex() in text for slot in hidden)
    assert text.count('"arm"') == len(OPENED)
    assert "sizes" not in text
    assert "tolerance" not in text
    assert not any(share.hex() in text for share in SHARES)


def _other_arm(form: dict[str, Any]) -> None:
    one = form["allocations"][2]
    one["arm"] = "DES" if one["arm"] == "DCB" else "DCB"


def _swapped(form: dict[str, Any]) -> None:
    form["allocations"][0], form["allocations"][2] = form["allocations"][2], form["allocations"][0]


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another arm": (_other_arm, "allocations/2: slot 2 of ZS01 with arm"),
    "two exchanged": (_swapped, "allocations/0: slot 2 of ZS01 was opened where 1 was next"),
    "one left out": (lambda form: form["allocations"].pop(2), "slot 3 of ZS01 was opened where 2 was next"),
    "one twice": (
        lambda form: form["allocations"].append(form["allocations"][4]),
        "slot 3 of ZS01 was opened where 4 was next",
    ),
    "a stratum that is not there": (
        lambda form: form["allocations"][1].update(stratum="S04"),
        "the list has no stratum 'S04'",
    ),
    "beyond the stratum": (
        lambda form: form["strata"][0].update(slots=2),
        "slot 3 of ZS01 with arm",
    ),
    "another root": (lambda form: form.update(root="0" * 64), "does not stand in the list whose root was published"),
    "another salt": (lambda form: form["allocations"][0].update(salt="0" * 64), "slot 1 of ZS01 with arm"),
    "a shorter proof": (lambda form: form["allocations"][0]["path"].pop(), "slot 1 of ZS01 with arm"),
}


@pytest.mark.parametrize(("change", "problem"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("reveal", [False, True])
def test_what_does_not_hold_is_named(change: Callable[[dict[str, Any]], Any], problem: str, reveal: bool) -> None:
    form = copy.deepcopy(document(reveal=reveal))
    change(form)
    assert any(problem in one for one in problems(form)), problems(form)


REVEALED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "an arm that the list has not there": (
        lambda form: form["allocations"][4].update(arm="X"),
        "allocations/4: slot 3 of ZS01 is D",
    ),
    "another share": (
        lambda form: form["revealed"]["shares"].update(sponsor="0" * 64),
        "revealed/shares/sponsor: not the share whose SHA-256 was published before",
    ),
    "another public value": (
        lambda form: form["public"].update(value="03 08 15 22 31 41"),
        "make another list than the one whose root was published",
    ),
    "another plan": (
        lambda form: form["revealed"]["plan"]["strata"][0]["design"].update(sizes=[4]),
        "revealed/plan: not the plan whose SHA-256 was published before",
    ),
    "strata of another length": (
        lambda form: form["revealed"]["plan"]["strata"][2].update(slots=8),
        "revealed/plan/strata: not those of the bundle",
    ),
}


@pytest.mark.parametrize(("change", "problem"), REVEALED.values(), ids=REVEALED)
def test_what_is_revealed_must_be_what_was_committed_to(change: Callable[[dict[str, Any]], Any], problem: str) -> None:
    form = document(reveal=True)
    change(form)
    assert any(problem in one for one in problems(form)), problems(form)


@given(st.data())
def test_a_changed_digit_anywhere_is_seen(data: st.DataObject) -> None:
    """Of commitments, plan, root, salts, proofs and shares, with all revealed."""
    form = document(reveal=True)
    places = [(form[group], name) for group in ("commitments",) for name in form[group]]
    places += [
        (form, "plan_sha256"),
        (form, "root"),
        *((form["revealed"]["shares"], who) for who in form["commitments"]),
    ]
    places += [(one, "salt") for one in form["allocations"]]
    places += [(one["path"], step) for one in form["allocations"] for step in range(len(one["path"]))]
    owner, name = data.draw(st.sampled_from(places))
    at = data.draw(st.integers(0, 63))
    digit = format(int(owner[name][at], 16) ^ data.draw(st.integers(1, 15)), "x")
    owner[name] = owner[name][:at] + digit + owner[name][at + 1 :]
    assert problems(form)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "list.json: the document: is empty"),
        (b"[]", "list.json:"),
        (b'{"form": 1, "form": 2}', "form"),
        (b'{"form": "precise randomization bundle 2"}', "form: 'precise randomization bundle 2' should be"),
    ],
)
def test_what_is_no_bundle_is_told(data: bytes, problem: str) -> None:
    with pytest.raises(RandomizationError) as refused:
        read_bundle(data, "list.json")
    assert problem in str(refused.value)


def test_a_stratum_stands_once() -> None:
    with pytest.raises(ValueError, match="the stratum ZS01 stands twice"):
        Plan(study="x", strata=[PLAN.strata[0], PLAN.strata[0]])


def test_the_command(tmp_path: Path, precise: Callable[..., Any]) -> None:
    file = tmp_path / "list.json"
    file.write_text(json.dumps(document(reveal=True)), "utf-8")
    said = precise("lists", "verify", file)
    assert (said.status, said.err) == (0, "")
    assert "NCT07277114: 5 of 77 slots opened" in said.out
    assert "plan, shares and public value make this list, slot by slot" in said.out
    changed = document(reveal=False)
    _other_arm(changed)
    file.write_text(json.dumps(changed), "utf-8")
    said = precise("lists", "verify", file, "--format", "json")
    assert said.status == 1
    assert [one.split(":")[0] for one in json.loads(said.out)["faults"]] == ["allocations/2"]
    file.write_text('{"form": "another"}', "utf-8")
    said = precise("lists", "verify", file)
    assert (said.status, said.out) == (2, "")
    assert "list.json:" in said.err
    assert precise("lists", "verify", tmp_path / "none.json").status == 2


def test_bundles_are_read_back_as_they_were() -> None:
    form = document(reveal=True)
    assert read_bundle(json.dumps(form).encode(), "x").model_dump(mode="json") == form
    assert Bundle.model_validate(form).allocations[0].stratum == "ZS01"


@pytest.mark.parametrize(("name", "value"), [("slots", "4"), ("slots", 4.0), ("slots", True), ("name", 4)])
def test_a_stratum_is_read_as_it_stands_or_not_at_all(name: str, value: Any) -> None:
    """A number in quotes that were taken would make a list of another digest than its plan."""
    with pytest.raises(ValidationError):
        Stratum.model_validate({"name": "S", "slots": 4, "design": BLOCKS, name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("study", b"S"), ("strata", ({"name": "S", "slots": 4, "design": BLOCKS},))]
)
def test_a_plan_is_read_as_it_stands_or_not_at_all(name: str, value: Any) -> None:
    read = {"study": "S", "strata": [Stratum(name="S", slots=4, design=BLOCKS)]}
    assert Plan.model_validate(read).study == "S"
    with pytest.raises(ValidationError):
        Plan.model_validate(read | {name: value})
