"""The whole list verified in the browser names what `precise lists verify` names, fault by fault."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.randomization.bundle import PublicValue, bundle_of, faults, read_bundle
from precise_cal.randomization.design import BigStick, PermutedBlocks, Simple
from precise_cal.randomization.errors import RandomizationError
from precise_cal.randomization.plan import Plan, Stratum
from tests.randomization.test_bundle import CHANGES, REVEALED, document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk

pytestmark = pytest.mark.slow

PLAN = Plan(
    study='known "answer" \u2028é',
    strata=[
        Stratum(name="blocks", slots=90, design=PermutedBlocks(ratio={"DCB": 2, "DES": 1, "1": 1}, sizes=[4, 8, 12])),
        Stratum(name="\U0001f3e5 10", slots=70, design=BigStick(ratio={"\uff21": 1, "\U0001d400": 1}, tolerance=2)),
        Stratum(name="chance", slots=50, design=Simple(ratio={"a": 3, "b": 2})),
    ],
)
KNOWN_ROOT = "4c88af20c1f0a4e75f7f8c62000179acc288e9d102a68b9034500356665a60c9"
KNOWN_ARMS = "DCB 𝐀 a DCB 𝐀 a 1 Ａ b"


def known(*, reveal: bool = True) -> dict[str, Any]:
    """A list of all designs, with names that other sortings and escapes would make another list of."""
    shares = sha256(b"statistician").digest(), sha256(b"sponsor").digest()
    opened = [(one.name, number) for number in (1, 2, 3) for one in PLAN.strata]
    made: dict[str, Any] = bundle_of(
        PLAN, shares, PublicValue(source="a beacon", value="7f3a 抽签"), opened, reveal=reveal
    ).model_dump(mode="json")
    return made


def shown(page: Any, form: dict[str, Any] | bytes) -> tuple[str, list[str]]:
    """What the page says of a file: its class, and the faults."""
    data = form if isinstance(form, bytes) else json.dumps(form).encode()
    page.evaluate("document.getElementById('verified').className = ''")
    page.locator("#bundle").set_input_files({"name": "l.json", "mimeType": "application/json", "buffer": data})
    page.locator("#verified.good, #verified.bad").wait_for()
    return page.locator("#verified").get_attribute("class"), page.locator("#faults li").all_inner_texts()


def test_known_answer_is_made_again_slot_by_slot(visit: Callable[..., Any]) -> None:
    page, form = visit(None), known()
    assert form["root"] == KNOWN_ROOT
    assert " ".join(one["arm"] for one in form["allocations"]) == KNOWN_ARMS
    page.goto("/lists/verify")
    asked: list[str] = []
    page.on("request", lambda one: one.url.endswith("icon.svg") or asked.append(one.url))
    assert shown(page, form) == ("good", [])
    assert "make this list, slot by slot" in page.locator("#about").inner_text()
    assert shown(page, known(reveal=False)) == ("good", [])
    assert "only the opened slots" in page.locator("#about").inner_text()
    assert "9 of 210 slots" in page.locator("#about").inner_text()
    assert asked == []


def test_every_fault_is_the_one_that_the_command_names(visit: Callable[..., Any]) -> None:
    """A tampered slot, a tampered plan and all others, before and after the end."""
    page = visit(None)
    page.goto("/lists/verify")
    cases = [(change, reveal) for change in (one for one, _ in CHANGES.values()) for reveal in (False, True)]
    cases += [(change, True) for change, _ in REVEALED.values()]
    for change, reveal in cases:
        form = document(reveal=reveal)
        change(form)
        expected = [str(one) for one in faults(read_bundle(json.dumps(form).encode(), "l.json"))]
        assert expected
        assert shown(page, form) == ("bad", expected)
    assert shown(page, document(reveal=True)) == ("good", [])


def test_command_and_page_say_the_same_of_a_list_of_the_desk(
    desk: Desk, visit: Callable[..., Any], client: Any, record: Any, precise: Any, tmp_path: Path
) -> None:
    from precise_cal.desk import listing
    from tests.desk.conftest import SHARES, encrypted

    desk.randomize(record())
    page, file = visit("inspector"), tmp_path / "l.json"
    for end in (False, True):
        for party, share in SHARES.items() if end else ():
            listing.share(desk.place, party, encrypted(desk.sealer, share, b"reveal"), desk.actor())
        file.write_bytes(client("inspector").post("/lists/bundle").content)
        page.goto("/lists")
        page.get_by_role("link", name="Verify a randomization list").click()
        page.wait_for_url("**/lists/verify")
        assert shown(page, file.read_bytes()) == ("good", [])
        said = precise("lists", "verify", file)
        assert said.status == 0
        assert page.locator("#about").inner_text().split(", root ")[0] == said.out.split(", root ")[0]
        assert ("slot by slot" in said.out) is end
        assert ("slot by slot" in page.locator("#about").inner_text()) is end
    slot = json.loads(file.read_bytes())
    slot["allocations"][0]["arm"] = "DES" if slot["allocations"][0]["arm"] == "DCB" else "DCB"
    file.write_text(json.dumps(slot))
    said = precise("lists", "verify", file)
    assert said.status == 1
    for one in shown(page, slot)[1]:
        assert f"  {one}\n" in said.out


def _second_root(data: bytes) -> bytes:
    return data.replace(b'{"form"', b'{"root": "' + b"0" * 64 + b'", "form"', 1)


NO_BUNDLES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "/root": lambda form: form.update(root="0" * 63 + "A"),
    "/more": lambda form: form.update(more=1),
    "/allocations/0/number": lambda form: form["allocations"][0].update(number="1"),
    "/allocations/1/path/0": lambda form: form["allocations"][1]["path"].insert(0, ""),
    "/strata/0/slots": lambda form: form["strata"][0].update(slots=True),
    "/revealed/plan/strata/0/design": lambda form: form["revealed"]["plan"]["strata"][0]["design"].pop("design"),
    "/revealed/plan/strata/0/design/sizes": lambda form: form["revealed"]["plan"]["strata"][0]["design"].update(
        sizes=[4, 7]
    ),
    "/revealed/plan/strata": lambda form: form["revealed"]["plan"]["strata"].append(
        form["revealed"]["plan"]["strata"][0]
    ),
}


def test_what_is_no_list_is_none_for_both(visit: Callable[..., Any]) -> None:
    page = visit(None, "zh-CN")
    page.goto("/lists/verify")
    whole = json.dumps(document(reveal=True)).encode()
    broken: list[tuple[str, bytes]] = [("/", one) for one in (b"{", b"[]", b"\xff", _second_root(whole))]
    broken.append(("/", whole.replace(b'"slots": 40', b'"slots": 40.0', 1)))
    for place, change in NO_BUNDLES.items():
        form = document(reveal=True)
        change(form)
        broken.append((place, json.dumps(form).encode()))
    for place, data in broken:
        with pytest.raises(RandomizationError):
            read_bundle(data, "l.json")
        kind, (said,) = shown(page, data)
        assert (kind, said.split("：")[0].strip().startswith(f"l.json:{place}")) == ("bad", True), (place, said)
    form = document(reveal=False)
    form["allocations"].pop(0)
    assert shown(page, form)[0] == "bad"
    assert "而应开启第 1 个" in page.locator("#faults li").first.inner_text()
