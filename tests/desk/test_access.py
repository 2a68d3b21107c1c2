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


@pytest.mark.parametrize("length", ["20000001", "9" * 400, "-1", "²"])
def test_what_is_too_large_is_not_read(desk: Desk, client: Any, length: str) -> None:
    answer = client(None).post("/login", CONTENT_LENGTH=length)
    assert answer.status_code == 413
    assert "20 MB" in answer.content.decode()
    assert "Content-Security-Policy" in answer


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


def test_participant_of_another_site_is_not_taken_over_by_a_record_that_names_the_own(
    desk: Desk, record: Make, client: Any
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.models import Record
    from precise_cal.desk.store.log import keep

    desk.randomize(record("ZS02-001", renal__on_dialysis=True), "other")
    forged = record("ZS02-001", site_id="ZS01")
    one = client("coordinator")
    for page, status in (("/gate", 400), ("/gate/live", 200)):
        answer = one.post(page, {"record": SimpleUploadedFile("r.json", forged)})
        assert (answer.status_code, b"known at another site" in answer.content) == (status, True)
        assert not any(text in answer.content for text in (b"on_dialysis", b"REFUSE", b"other,"))
    keep(forged)
    assert one.post("/gate/sign", {"record": keep(forged).sha256}).status_code == 400
    with pytest.raises(DeskError, match="another site"):
        desk.randomize(forged)
    assert [row.site for row in Record.objects.all()] == ["ZS02"]
    assert len(desk.events("access.refused")) == 3


def test_role_that_is_narrowed_to_a_site_takes_no_other_away(desk: Desk, client: Any) -> None:
    from precise_cal.desk.models import User

    User.objects.filter(name__in=("data-manager", "sponsor")).update(site="ZS01")
    manager = client("data-manager")
    assert b'action="/log/bundle"' not in manager.get("/log").content
    assert manager.post("/log/bundle").status_code == 400
    assert desk.events("export.log") == []
    answer = client("sponsor").get("/versions/release", {"site": "ZS02", "version": "x", "day": "x", "approval": "x"})
    assert (answer.status_code, b"for ZS01 alone" in answer.content) == (400, True)


def test_what_no_page_sends_is_refused_and_no_fault(desk: Desk, client: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    deep, digits = "[" * 100_000, "9" * 5000
    one, monitor = client("coordinator"), client("monitor")
    assert one.get(f"/decisions/{'9' * 25}").status_code == 404
    assert one.get(f"/allocations/{'9' * 25}").status_code == 404
    assert one.post("/gate/live", {"participant": ""}).status_code == 200
    assert one.post("/gate/live", {"record": SimpleUploadedFile("r.json", b"[]")}).status_code == 200
    result = {"step": "1", "result": SimpleUploadedFile("r.json", deep.encode())}
    assert one.post("/qfr", result).status_code == 400
    assert one.post("/gate", {"participant": "ZS01-001", "participant:0:nosuch": "1"}).status_code == 400
    assert client("sponsor").post("/lists/step", {"step": "share", "encrypted": "00" * 2000}).status_code == 409
    assert monitor.post("/approvals", {"passkey": digits}).status_code == 400
    for answer in (deep, digits, '{"rawId": 1}'):
        assert client(None).post("/login/passkey", {"answer": answer}).status_code == 401
        assert monitor.post("/account/passkey", {"answer": answer}).status_code == 400


def test_link_that_works_once_is_not_in_the_server_log(desk: Desk) -> None:
    from django.conf import settings

    assert settings.LOGGING["loggers"]["django.security.csrf"]["handlers"] == []
