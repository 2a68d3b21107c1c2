"""The desk in Chromium: the gate by keyboard alone, passkeys, verification in the browser, axe, nothing from elsewhere.

Needs Debian's ``chromium`` and the package ``playwright``, which drives it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.browsing import BOTH, looker, visitor
from tests.desk.conftest import encrypted, put_back

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]

pytestmark = pytest.mark.slow
PAGES = {
    "coordinator": (
        "/gate",
        "/gate?form=1",
        "/participants",
        "/deviations",
        "/queries",
        "/qfr",
        "/lists",
        "/log",
        "/account",
        "/offline",
    ),
    "administrator": ("/users", "/approvals"),
    "statistician": ("/lists", "/lists/designs", "/lists/selection"),
    "inspector": ("/inspection", "/log/1"),
}


def upload(page: Any, data: bytes) -> None:
    page.get_by_label("Record file").set_input_files({"name": "r.json", "mimeType": "application/json", "buffer": data})


@pytest.fixture
def demonstration(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk on which the session signs."""
    import dataclasses

    config = dataclasses.replace(desk.place.config, demo=True)
    monkeypatch.setitem(desk.place.__dict__, "config", config)


@pytest.mark.usefixtures("demonstration")
def test_gate_by_keyboard_alone_in_six_strokes(visit: Any, record: Make, desk: Desk) -> None:
    page = visit("coordinator")
    page.locator("#participant:focus").wait_for()  # without a click
    page.keyboard.type("ZS01-001")
    upload(page, record())
    page.get_by_text("May be randomized now.").wait_for()  # while typing, before anything is pressed
    assert desk.events("gate.considered") == []
    strokes = 0
    for key in ("Tab", "Tab", "Enter"):  # to the file, to Check, press it
        page.keyboard.press(key)
        strokes += 1
    page.get_by_role("button", name="Sign and randomize").and_(page.locator(":focus")).wait_for()
    page.keyboard.press("Enter")
    strokes += 1
    page.get_by_text("verified in this browser").wait_for()
    assert strokes <= 6
    assert page.locator(".arm").inner_text().endswith(("(DCB)", "(DES)"))
    assert page.get_by_text("Demonstration: nothing here is a trial").is_visible()
    page.goto("/gate?participant=ZS01-001")
    page.get_by_role("button", name="Check").click()
    page.get_by_text("This participant is randomized already.").wait_for()
    assert page.get_by_role("button", name="Sign and randomize").count() == 0
    assert len(desk.events("list.opened")) == 1


@pytest.mark.usefixtures("demonstration")
def test_question_is_answered_in_place_and_change_is_shown(visit: Any, record: Make, desk: Desk) -> None:
    page = visit("coordinator")
    open_ = record(renal__on_dialysis=None, renal__dialysis_required=None)
    page.get_by_label("Participant").fill("ZS01-001")
    upload(page, open_)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Sign and record").wait_for()
    assert page.evaluate("document.activeElement.className") == "question"  # Enter at once records nothing
    page.get_by_role("button", name="Sign and record").click()
    page.get_by_role("link", name="Back to the gate").click()
    page.get_by_role("link", name="Fill in or change").click()
    page.get_by_role("button", name="Check").click()
    page.locator("a.question").first.click()
    answer = page.locator(":focus")
    assert answer.evaluate("one => one.tagName") == "SELECT"
    page.locator("[id='participant:0:renal.on_dialysis']").select_option("no")
    page.locator("#verdict:not(:has(a.question[href*='on_dialysis']))").wait_for()
    page.get_by_role("button", name=re.compile("^no: ")).click()
    page.locator("#verdict .word.ALLOW").wait_for()
    changed = page.get_by_text("Changed since this participant was asked about before").locator("..")
    assert "/renal/on_dialysis: unknown → no" in changed.inner_text()
    assert "by coordinator" in changed.inner_text()
    page.get_by_role("button", name="Sign and randomize").click()
    page.get_by_text("verified in this browser").wait_for()
    assert len(desk.events("gate.decision")) == 2


def test_clock_of_the_device_that_differs_is_shown(visit: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    from precise_cal.desk.web import pages

    page = visit("coordinator")
    assert page.locator("#clock").is_hidden()
    for minutes, words in ((-5, "seconds ahead of the server"), (5, "seconds behind the server")):
        moment = datetime.now(UTC) + timedelta(minutes=minutes)
        monkeypatch.setattr(pages, "datetime", type("Clock", (), {"now": staticmethod(lambda _, at=moment: at)}))
        page.goto("/gate")
        page.locator("#clock", has_text=words).wait_for()


def test_verdict_does_not_stand_beside_what_was_not_judged(visit: Any, record: Make, desk: Desk) -> None:
    """The network, or the session, ends while somebody types."""
    page = visit("coordinator")
    page.get_by_label("Participant").fill("ZS01-001")
    upload(page, record())
    page.get_by_text("May be randomized now.").wait_for()
    page.route("**/gate/live", lambda route: route.fulfill(status=503, body=""))
    page.get_by_label("Participant").fill("ZS01-002")
    page.get_by_text("The desk did not judge what is typed now").wait_for()
    page.unroute("**/gate/live")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Participant").fill("ZS01-001")
    page.get_by_text("The session has ended").wait_for()
    assert page.locator("#verdict").count() == 0


def test_what_was_typed_is_there_after_signing_out(visit: Any, desk: Desk) -> None:
    page = visit("coordinator")
    page.goto("/gate?form=1")
    page.locator("#participant:focus").wait_for()
    page.keyboard.type("ZS01-001")
    page.locator("[id='participant:0:renal.on_dialysis']").select_option("no")
    page.locator("#verdict .word").wait_for()
    page.wait_for_load_state("networkidle")  # what was chosen last is kept with its verdict
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").wait_for()
    page = visit("coordinator")
    page.get_by_text("What you typed was kept").wait_for()
    page.get_by_role("link", name="Go on").click()
    assert page.locator("[id='participant:0:renal.on_dialysis']").input_value() == "no"


def test_passkey_is_made_approved_and_signs(visit: Any, record: Make, desk: Desk) -> None:
    from precise_cal.desk.models import User

    page = visit("coordinator")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/account")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("nobody yet").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("nobody has approved it yet").wait_for()
    second = visit("investigator")
    second.goto("/approvals")
    second.get_by_role("button", name="Approve the passkey of coordinator").click()
    second.get_by_text("None waits.").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/gate")
    page.get_by_label("Participant").fill("ZS01-001")
    upload(page, record())
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Sign and randomize").click()
    page.get_by_text("verified in this browser").wait_for()
    assert User.objects.get(name="coordinator").passkeys.get().approved_by == "investigator"
    assert b'"authenticated":"passkey"' in bytes(desk.events("gate.decision")[0].body)
    kept = json.loads(bytes(desk.events("gate.signature")[0].content.data))
    assert {"authenticatorData", "clientDataJSON", "signature"} <= kept["assertion"].keys()


def test_log_is_verified_in_the_browser_and_a_rollback_is_seen(visit: Any, desk: Desk) -> None:
    from precise_cal.desk.store.log import SYSTEM, TREES, add

    page = visit("inspector")
    desk.store.keep("earlier")
    add("test.one", {}, SYSTEM)
    page.goto("/log")
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("events make the signed root").wait_for()
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("that this browser saw before").wait_for()
    page.goto("/inspection")
    note = page.locator("pre").text_content()
    page.get_by_text("Against a checkpoint").click()
    page.get_by_label("Checkpoint of a slip").fill(note)
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_text("of the checkpoint that was kept").wait_for()
    page.get_by_label("Checkpoint of a slip").fill(note.replace(note.split("\n")[1], "3", 1))
    page.get_by_role("button", name="Verify", exact=True).click()
    page.get_by_text("none of this log").wait_for()
    page.goto("/log/2")
    page.get_by_text("it is one of the").wait_for()
    page.goto("/log")
    desk.store.put_back("earlier")
    TREES.forget()
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("NOT verified").wait_for()


def test_ceremony_in_two_browsers(browser: Any, address: str, made: Path, record: Make) -> None:
    plan = "study: T\nstrata:\n - {name: ZS01, slots: 8, design: {design: simple, ratio: {DCB: 1, DES: 1}}}\n"
    with put_back(made, "blank") as desk, visitor(browser, address) as visit:
        who = {party: visit(party) for party in ("statistician", "sponsor")}
        for page in who.values():
            page.goto("/lists")
        who["statistician"].get_by_label("Study, strata").fill(plan)
        who["statistician"].get_by_role("button", name="Give the plan").click()
        shares = {}
        for party, page in who.items():
            page.goto("/lists")
            page.get_by_role("button", name="Draw my share").click()
            shares[party] = page.locator("#own-share").input_value()
            page.locator("#kept").check()
            page.get_by_role("button", name="Publish the SHA-256").click()
            page.wait_for_load_state()
        who["statistician"].goto("/lists")
        who["statistician"].get_by_label("Where it stands").fill("a beacon")
        who["statistician"].get_by_label("The value").fill("42")
        who["statistician"].get_by_role("button", name="Enter the public").click()
        for party, page in who.items():
            page.goto("/lists")
            page.locator("#my-share").fill("0" * 64)
            page.get_by_role("button", name="Bring my share").click()
            page.get_by_text("not the share whose SHA-256").wait_for()
            page.locator("#my-share").fill(shares[party])
            page.get_by_role("button", name="Bring my share").click()
            page.wait_for_load_state()
        who["sponsor"].get_by_text("Root of the list:").wait_for()
        assert desk.sealer.root is not None
        assert who["sponsor"].locator("#root").inner_text() == desk.sealer.root.hex()
        assert not any(share.encode() in desk.store.dump() for share in shares.values())
        assert encrypted(desk.sealer, b"x" * 32, b"draw")


@BOTH
def test_pages_are_accessible_and_fit(
    visit: Any, record: Make, desk: Desk, lang: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = looker()
    slot = desk.randomize(record("ZS01-001"))[1]
    desk.randomize(record("ZS01-002", lesions__0__reference_vessel_diameter__0__value="2.0"))
    anonymous = visit(None, lang, width)
    for path in ("/login", "/lists/verify"):
        anonymous.goto(path)
        look(anonymous, path)
    for role, pages in PAGES.items():
        page = visit(role, lang, width)
        for path in pages:
            page.goto(path)
            look(page, f"{role} {path}")
        if role == "inspector":
            for path in (f"/allocations/{slot.event_id}", f"/log/{slot.event_id}"):
                page.goto(path)
                look(page, f"{role} {path}")
        if role == "coordinator":
            for path in (f"/allocations/{slot.event_id}", f"/decisions/{slot.decision_id}"):
                page.goto(path)
                look(page, path)
            page.goto("/gate")
            page.locator("#participant").fill("ZS01-003")
            page.locator("#record").set_input_files(
                {"name": "r", "mimeType": "application/json", "buffer": record("ZS01-003", renal__on_dialysis=None)}
            )
            page.locator("#check").click()
            look(page, "checked")
    assert look.wrong == {}
