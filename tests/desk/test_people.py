"""Accounts: opened once, weak passwords refused, failures counted and told, closed for good."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.from_json import Problem, RecordError
from tests.desk.conftest import PASSWORD

pyotp = pytest.importorskip("pyotp", reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")

if TYPE_CHECKING:
    from pathlib import Path

    from tests.desk.conftest import Desk


def test_account_is_opened_by_a_link_once_and_asks_for_codes(desk: Desk, client: Any) -> None:
    from precise_cal.desk.models import User

    made = client("administrator").post("/users/add", {"name": "li", "role": "monitor", "full_name": "Li Wei"})
    link = made.content.decode().split("<code>")[1].split("</code>")[0].removeprefix("http://testserver")
    visitor = client(None)
    assert visitor.get(link).status_code == 200
    for weak in ("short", "password1234", "1234567890123"):
        assert visitor.post(link, {"password": weak, "again": weak}).status_code == 400
    assert visitor.post(link, {"password": "long enough one", "again": "another one"}).status_code == 400
    opened = visitor.post(link, {"password": "long enough one", "again": "long enough one"})
    assert opened.status_code == 200
    assert visitor.get(link).status_code == 404
    secret = User.objects.get(name="li").totp_secret
    assert secret in opened.content.decode()
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    given = {"user": "li", "password": "long enough one"}
    assert client(None).post("/login", given).status_code == 401
    assert client(None).post("/login", {**given, "code": code}).status_code == 302
    assert client(None).post("/login", {**given, "code": code}).status_code == 401  # a code is taken once
    told = [[bytes(one.content.data) for one in desk.events(f"account.{name}")] for name in ("made", "opened")]
    assert [sum(b'"user":"li"' in one for one in each) for each in told] == [1, 1]
    assert not any(secret.encode() in one for each in told for one in each)


def test_failures_are_events_and_five_let_the_account_rest(desk: Desk, client: Any) -> None:
    for _ in range(5):
        assert client(None).post("/login", {"user": "monitor", "password": "wrong"}).status_code == 401
    assert client(None).post("/login", {"user": "monitor", "password": PASSWORD}).status_code == 401
    assert client(None).post("/login", {"user": "nobody", "password": "secret pass"}).status_code == 401
    failed = [bytes(one.content.data) for one in desk.events("session.failed")]
    assert [b"locked" in one for one in failed] == [False] * 5 + [True, False]
    assert not any(b"secret pass" in one or b"nobody" in one for one in failed)


def test_closed_account_ends_its_sessions_and_signing_out_is_told(desk: Desk, client: Any) -> None:
    one = client("monitor")
    client("administrator").post("/users/monitor/close", {"reason": "left the trial"})
    assert one.get("/participants").status_code == 302
    assert client(None).post("/login", {"user": "monitor", "password": PASSWORD}).status_code == 401
    other = client("sponsor")
    assert other.post("/logout").status_code == 302
    assert len(desk.events("session.ended")) == 1
    assert b"left the trial" in bytes(desk.events("account.closed")[0].body)


def test_link_of_an_account_that_was_closed_opens_nothing(desk: Desk, client: Any) -> None:
    from precise_cal.desk import people
    from precise_cal.desk.models import Invitation, User
    from precise_cal.desk.store.log import SYSTEM

    token = people.add_user("li", "monitor", "", SYSTEM)
    link, given = f"/welcome/{token}", {"password": "long enough one", "again": "long enough one"}
    assert client(None).get(link).status_code == 200
    people.close_account(User.objects.get(name="li"), SYSTEM, "never came")
    assert client(None).get(link).status_code == 404
    assert client(None).post(link, given).status_code == 404
    Invitation.objects.update(used=False)  # even so
    assert client(None).post(link, given).status_code == 404
    assert not any(b'"user":"li"' in bytes(one.content.data) for one in desk.events("account.opened"))


def test_accounts_that_cannot_be_are_refused(desk: Desk, client: Any) -> None:
    one = client("administrator")
    wrong = (("", "monitor"), ("a b", "monitor"), ("a", "king"), ("a", "coordinator"), ("MONITOR", "monitor"))
    for name, role in wrong:
        assert one.post("/users/add", {"name": name, "role": role}).status_code == 400
    assert desk.events("account.made") == []


def test_signature_needs_password_and_code_where_there_is_no_passkey(desk: Desk, record: Any, client: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from precise_cal.desk.gating import consider
    from precise_cal.desk.models import User
    from precise_cal.desk.store.log import keep

    user = desk.account("coordinator", totp_secret=pyotp.random_base32())
    code = pyotp.TOTP(user.totp_secret).at(datetime.now(UTC))
    one = client(None)
    assert one.post("/login", {"user": "coordinator", "password": PASSWORD, "code": code}).status_code == 302
    page = one.post("/gate", {"participant": "ZS01-001", "record": SimpleUploadedFile("r", record())})
    assert b"Sign and randomize" in page.content
    digest = keep(record()).sha256
    assert consider(desk.place, desk.trial, record()).word == "ALLOW"
    assert one.post("/gate/sign", {"record": digest}).status_code == 409
    assert one.post("/gate/sign", {"record": digest, "password": PASSWORD, "code": "000000"}).status_code == 409
    assert desk.events("gate.decision") == []
    User.objects.filter(name="coordinator").update(totp_used=0)
    signed = one.post("/gate/sign", {"record": digest, "password": PASSWORD, "code": code})
    assert signed.status_code == 302
    assert b"password and code" in bytes(desk.events("gate.decision")[0].body)
    again = one.post("/gate/sign", {"record": digest, "password": "x", "code": ""})  # the back button
    assert again.status_code in (302, 409)
    assert len(desk.events("gate.decision")) == 1


def test_records_are_given_from_elsewhere(desk: Desk, client: Any, record: Any, precise: Any, tmp_path: Path) -> None:
    late = record("ZS01-007", hospital__discharged_at="2026-03-12T10:00:00+08:00", lesions__0__in_stent=True)
    (tmp_path / "r.jsonl").write_bytes(b"\n".join([record("ZS01-006"), late]))
    assert precise("desk", "records", tmp_path / "r.jsonl").out == "2 records, 2 of them new or changed\n"
    assert precise("desk", "records", tmp_path / "r.jsonl").out == "2 records, 0 of them new or changed\n"
    assert "ZS01-007" in client("monitor").get("/participants").content.decode()
    (tmp_path / "bad.json").write_text('{"subject_id": 7}')
    said = precise("desk", "records", tmp_path / "bad.json")
    assert (said.status, "bad.json" in said.err) == (2, True)
    assert len(desk.events("record.received")) == 2


def test_ledger_of_the_command_line_is_entered_once(desk: Desk, record: Any, precise: Any, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(record())
    keys = ("--ledger", tmp_path / "l", "--key", tmp_path / "k")
    from precise_cal.gate import keygen

    keygen(tmp_path / "k", tmp_path / "k.pub")
    assert precise("gate", tmp_path / "r.json", *keys).status == 0
    said = precise("desk", "ledger", tmp_path / "l")
    assert (said.status, "1 entry stands" in said.out) == (0, True)
    assert b"ZS01-001" not in bytes(desk.events("ledger.entered")[0].content.data)
    assert precise("desk", "ledger", tmp_path / "l").status == 2
    assert precise("desk", "ledger", tmp_path / "none").status == 2


def test_folder_that_is_a_desk_is_not_made_again(desk: Desk, precise: Any, tmp_path: Path) -> None:
    said = precise("desk", "init")
    assert said.status == 2


def test_open_session_tries_passwords_no_more_often_than_signing_in_does(desk: Desk) -> None:
    from precise_cal.desk import people
    from precise_cal.desk.models import User

    secret = pyotp.random_base32()
    user, code = desk.account("coordinator", totp_secret=secret), pyotp.TOTP(secret).at(datetime.now(UTC))
    for _ in range(5):
        assert not people.check_again(user, PASSWORD, "no code")
    assert not people.check_again(user, PASSWORD, code)
    assert people.sign_in("coordinator", PASSWORD, code, "") is None
    assert len(desk.events("signature.failed")) == 6
    User.objects.filter(name="coordinator").update(locked_until=None)
    assert people.check_again(user, PASSWORD, pyotp.TOTP(secret).at(datetime.now(UTC)))


def test_a_page_lists_each_problem_of_a_record_and_each_line_of_another_error(desk: Desk) -> None:
    from precise_cal.desk.web.pages import problems_of

    problems = [Problem("/a", "1", "is no date"), Problem("/b", None, "is missing")]
    assert problems_of(RecordError(problems)) == [one.words for one in problems]
    assert problems_of(PreciseError("one\ntwo")) == ["one", "two"]
