"""Every role on every page, sites apart, arms masked, and what is refused is an event."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]

PAGES = ("/gate", "/participants", "/deviations", "/queries", "/qfr", "/lists", "/log", "/users", "/approvals")
RANDOMIZED = {"at": "2026-03-10T10:10:00+08:00", "arm": "DCB", "number": "R1"}
ALLOWED = {
    "coordinator": "1111111..",
    "investigator": "1111111.1",
    "monitor": ".111111.1",
    "data-manager": ".1111.1..",
    "statistician": ".....11..",
    "sponsor": ".111111..",
    "inspector": ".111111..",
    "administrator": ".......11",
}


@pytest.mark.parametrize("role", ALLOWED)
def test_role_sees_its_pages_and_no_others(desk: Desk, client: Any, role: str) -> None:
    one = client(role)
    found = "".join("1" if one.get(page).status_code == 200 else "." for page in PAGES)
    assert found == ALLOWED[role]
    refused = found.count(".")
    assert len(desk.events("access.refused")) == refused
    shown = re.findall(r'<li><a href="(/\w+)"', one.get("/account").content.decode())
    assert shown == [page for page, is_allowed in zip(PAGES, found, strict=True) if is_allowed == "1"]


def test_nobody_sees_anything_without_signing_in(desk: Desk, client: Any) -> None:
    one = client(None)
    for page in (*PAGES, "/log/leaves", "/account"):
        answer = one.get(page)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login")
    assert one.get("/healthz").content == b"ok\n"
    assert one.get("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("role", "page"),
    [("monitor", "/gate/sign"), ("sponsor", "/gate/live"), ("monitor", "/log/bundle"), ("coordinator", "/lists/step"),
     ("monitor", "/lists/bundle"), ("coordinator", "/lists/bundle"), ("inspector", "/users/add"),
     ("inspector", "/users/monitor/close")],
)  # fmt: skip
def test_acts_are_refused_as_pages_are(desk: Desk, client: Any, role: str, page: str) -> None:
    before = len(desk.events("account.made"))
    assert client(role).post(page, {"step": "plan", "name": "x", "role": "monitor"}).status_code in (400, 403, 409)
    assert len(desk.events("account.made")) == before


def test_forms_of_elsewhere_are_refused(desk: Desk) -> None:
    from django.test import Client

    one = Client(enforce_csrf_checks=True)
    assert one.post("/login", {"user": "monitor", "password": PASSWORD}).status_code == 403


def test_answers_let_nothing_run_that_is_not_ours(desk: Desk, client: Any) -> None:
    one = client("coordinator")
    for page in (*PAGES[:7], "/account", "/nowhere"):
        answer = one.get(page)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "no-store" in answer["Cache-Control"]
        text = answer.content.decode()
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/)|\son\w+=|\sstyle=|https?://", text), page
    cookie = one.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


def test_sites_are_apart_and_arms_are_masked(desk: Desk, record: Make, client: Any) -> None:
    slot = desk.randomize(record("ZS02-001"), "other")[1]
    desk.randomize(record("ZS01-001"))
    own = client("coordinator")
    for page in ("/participants", "/deviations", "/queries", "/lists", "/log"):
        assert "ZS02-001" not in own.get(page).content.decode()
    assert own.get(f"/allocations/{slot.event_id}").status_code == 404
    assert own.get(f"/decisions/{slot.decision_id}").status_code == 404
    assert client("other").get(f"/allocations/{slot.event_id}").status_code == 200
    for role in ("monitor", "sponsor"):
        text = client(role).get("/participants").content.decode()
        assert "ZS02-001" in text
        assert not re.search(r">\s*(DCB|DES)\s*<", text)
        assert not re.search(r">\s*(DCB|DES)\s*<", client(role).get("/lists").content.decode())
    assert not desk.events("view.unmasked")[-1].body.count(b"monitor")
    assert re.search(r">(DCB|DES)<", client("inspector").get("/participants").content.decode())
    assert b'"inspector"' in bytes(desk.events("view.unmasked")[-1].body)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "17 years old at consent (2026-03-09); at least 18 required"), ("zh", "17 岁；要求至少 18 岁")],
)
def test_deviations_are_told_in_sentences_and_in_the_time_of_the_site(
    desk: Desk, record: Make, client: Any, language: str, sentence: str
) -> None:
    from precise_cal.desk import here
    from precise_cal.desk.receiving import receive

    young = {"demographics__birth_date": "2008-05-10", "randomization": RANDOMIZED}
    receive(here.trial(), record("ZS01-001", **young))
    one = client("monitor")
    one.post("/language", {"language": language, "next": "/deviations"})
    page = one.get("/deviations").content.decode()
    assert sentence in page
    assert "2026-03-10 10:10:00 UTC+8 (2026-03-10 02:10:00 UTC)" in page
    assert not re.search(r"\dT\d", page)
    assert "RANDOMIZED AGAINST" not in page


def test_record_of_another_site_is_refused_on_the_page(desk: Desk, record: Make, client: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    one = client("coordinator")
    file = SimpleUploadedFile("r.json", record("ZS02-001"))
    answer = one.post("/gate", {"participant": "ZS02-001", "record": file})
    assert answer.status_code == 400
    assert b"not of ZS01" in answer.content
    assert len(desk.events("access.refused")) == 1
    assert desk.events("gate.considered") == []


def test_record_of_another_site_is_not_shown_by_its_digest(desk: Desk, record: Make, client: Any) -> None:
    from precise_cal.desk.store.log import keep

    def shown(name: str, data: bytes) -> bool:
        page = client(name).get(f"/gate?form=1&known={keep(data).sha256}").content.decode()
        return 'value="1956-05-10"' in page

    assert (shown("other", record("ZS02-001")), shown("coordinator", record("ZS02-001"))) == (True, False)
    assert not shown("coordinator", b"{}")


def test_page_of_a_fault_tells_nothing(desk: Desk, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from precise_cal.desk import review

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret arm DCB")

    one = client("monitor")
    monkeypatch.setattr(review, "participants", fail)
    answer = one.get("/participants")
    assert (answer.status_code, b"secret" in answer.content) == (500, False)
