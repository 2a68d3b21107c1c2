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

PAGES = (
    *("/gate", "/participants", "/deviations", "/queries", "/qfr", "/lists", "/log"),
    *("/inspection", "/users", "/approvals"),
)
RANDOMIZED = {"at": "2026-03-10T10:10:00+08:00", "arm": "DCB", "number": "R1"}
ALLOWED = {
    "coordinator": "1111111...",
    "investigator": "1111111..1",
    "monitor": ".111111..1",
    "data-manager": ".1111.1...",
    "statistician": ".....11...",
    "sponsor": ".111111...",
    "inspector": ".1111111..",
    "administrator": "........11",
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
    for role, status in (("monitor", 403), ("sponsor", 403), ("inspector", 200)):
        web = client(role)
        assert web.get(f"/decisions/{slot.decision_id}").status_code == 200
        assert web.get(f"/allocations/{slot.event_id}").status_code == status
        assert (b"/allocations/" in web.get(f"/decisions/{slot.decision_id}").content) == (status == 200)
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
    for name in ("data-manager", "sponsor"):
        desk.account(name, site="ZS01")
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


_FORM = "multipart/form-data; boundary=x"
_PART = '--x\r\nContent-Disposition: form-data; name="participant"; {more}\r\n\r\nZS01-001\r\n--x--\r\n'


def sent(one: Any, path: str, data: bytes, kind: str) -> int:
    """The status of what a server would hand over as it came."""
    from io import BytesIO

    from precise_cal.desk.web.wsgi import application

    environ = one._base_environ(PATH_INFO=path, REQUEST_METHOD="POST", CONTENT_TYPE=kind, CONTENT_LENGTH=str(len(data)))
    token = one.cookies["csrftoken"].value
    statuses: list[str] = []
    answer = application(
        environ | {"wsgi.input": BytesIO(data), "HTTP_X_CSRFTOKEN": token}, lambda status, _: statuses.append(status)
    )
    assert b"".join(answer)
    return int(statuses[0][:3])


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        (f"{_FORM}", _PART.format(more="x=y"), 200),
        (f'{_FORM}; charset="UTF-8"', _PART.format(more="x=y"), 200),
        ("application/x-www-form-urlencoded; charset=utf-8", "participant=ZS01-001", 200),
        *((f"application/x-www-form-urlencoded; charset={one}", "participant=+AGE-", 415)
          for one in ("utf-7", "nosuch", "utf-16", "idna", "base64", "punycode", "\0")),
        *((f"{_FORM}; charset={one}", _PART.format(more="x=y"), 415) for one in ("utf-7", "nosuch", "hex")),
        (f"{_FORM[:-1]}*=nosuch''x", _PART.format(more="x=y"), 415),
        ("text/plain\xff", "x", 415),
        (_FORM, _PART.format(more="filename*=nosuch''%41"), 200),
        (_FORM, _PART.format(more="name*=nosuch''%41"), 200),
        ("multipart/form-data", _PART.format(more="x=y"), 400),
        ("application/x-www-form-urlencoded", f"participant=ZS01-001&participant:{'9' * 5000}:consent=1", 200),
        ("application/x-www-form-urlencoded", "participant=%ff%ed%a0%80&known=%ff", 200),
        ("application/x-www-form-urlencoded", "participant=%00", 400),
        ("application/x-www-form-urlencoded", "partici%00pant=x", 400),
    ],
)  # fmt: skip
def test_body_of_any_encoding_is_read_or_refused_and_no_fault(
    desk: Desk, client: Any, kind: str, data: str, status: int
) -> None:
    one = client("coordinator")
    one.get("/gate")
    assert sent(one, "/gate/live", data.encode(), kind) == status


def test_text_that_no_database_keeps_is_no_fault(desk: Desk, client: Any, record: Make) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    one = client("coordinator")
    for path in ("/gate?participant=%00", "/deviations?site=%00", "/log?type=%00", "/welcome/%00", "/login?next=%00"):
        assert one.get(path).status_code == 400
    for name in ("sessionid", "precise_language"):
        visitor = client(None)
        visitor.cookies[name] = "aaaaaaaaaa\0"
        assert visitor.get("/login").status_code == 400
    for who in ("ZS01-\0", "ZS01-\ud800", "ZS01-" + "9" * 5000):
        for path in ("/gate", "/gate/live"):
            answer = one.post(path, {"record": SimpleUploadedFile("r.json", record("ZS01-001", subject_id=who))})
            assert answer.status_code in (200, 400), who


def test_number_of_any_length_is_no_fault(desk: Desk, client: Any) -> None:
    monitor = client("monitor")
    for digits in ("9" * 25, "9" * 5000, "²", "-1", "0"):
        assert client(None).get(f"/consistency?old={digits}").status_code == 400
        for path in (f"/participants?page={digits}", f"/log?before={digits}", f"/deviations?page={digits}"):
            assert monitor.get(path).status_code == 200


def test_administrator_of_a_site_sees_and_makes_its_accounts_alone(desk: Desk, client: Any) -> None:
    from precise_cal.desk.models import User

    desk.account("administrator", site="ZS01")
    one = client("administrator")
    page = one.get("/users").content.decode()
    assert tuple(f"<td>{name}" in page for name in ("coordinator", "other", "monitor")) == (True, False, False)
    assert one.post("/users/other/close", {"reason": "none"}).status_code == 400
    assert one.post("/users/monitor/close", {"reason": "none"}).status_code == 400
    made = {"name": "li", "role": "coordinator"}
    for site in ("ZS02", ""):
        answer = one.post("/users/add", {**made, "site": site})
        assert (answer.status_code, b"for ZS01 alone" in answer.content) == (400, True)
    assert one.post("/users/add", {**made, "site": "ZS01"}).status_code == 200
    assert not User.objects.filter(is_active=False).exists()


def test_address_of_an_act_leads_to_its_page_when_nothing_is_sent(desk: Desk, client: Any) -> None:
    """By going back, by the other language on a page that says what is wrong, by signing in again after the session."""
    browser = client("coordinator")
    for path, page in (("/gate/sign", "/gate"), ("/gate/discard", "/gate"), ("/lists/bundle", "/lists")):
        assert browser.get(path)["Location"] == page
    browser.cookies.clear()
    sent = browser.post("/gate/sign", {"record": "0" * 64})
    assert sent["Location"] == "/login?next=/gate"
    assert browser.post("/gate", {"participant": "ZS01-001"})["Location"] == "/login?next=/gate"
    assert client("administrator").get("/users/monitor/close")["Location"] == "/users"
    assert client("monitor").get("/gate/sign").status_code == 403
