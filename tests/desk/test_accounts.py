"""Accounts and passkeys are those that the log enrolled; a signature says when; failures do not fill the log."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.conftest import PASSWORD

pytest.importorskip("webauthn", reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]


def with_passkey(client: Any, name: str = "coordinator", second: str = "investigator") -> tuple[Any, Any]:
    """Somebody signed in with a passkey that another person approved, and the passkey."""
    from precise_cal.desk.models import Passkey
    from tests.desk.authenticator import Authenticator

    one, key = client(name), Authenticator()
    answer = key.make(json.loads(one.post("/account/passkey").content))
    assert one.post("/account/passkey", {"answer": answer}).status_code == 200
    row = Passkey.objects.get(user__name=name)
    assert client(second).post("/approvals", {"passkey": str(row.pk)}).status_code == 302
    return one, key


def asked(one: Any, data: bytes) -> dict[str, str]:
    """What the page of the gate holds, to be signed: the form's hidden inputs and the options of the passkey."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = one.post("/gate", {"record": SimpleUploadedFile("r.json", data)}).content.decode()
    form = page.partition('action="/gate/sign"')[2]
    found = dict(re.findall(r'name="(record|begun_at)" value="([^"]*)"', form))
    options = re.search(r'data-passkey="([^"]*)"', form)
    return found | {"options": html.unescape(options[1]) if options else ""}


def test_the_browser_is_asked_for_a_passkey_that_knows_its_person(desk: Desk, client: Any) -> None:
    """It is found without a name, opened by its person alone, of this host, and no second one of what is known."""
    from precise_cal.desk.models import User
    from tests.desk.authenticator import challenge_of

    one, key = with_passkey(client)
    asked = json.loads(one.post("/account/passkey").content)
    user = User.objects.get(name="coordinator")
    assert asked["rp"]["id"] == "testserver"
    assert (asked["user"]["name"], asked["user"]["displayName"]) == ("coordinator", user.printed_name)
    assert (asked["authenticatorSelection"]["residentKey"], asked["authenticatorSelection"]["userVerification"]) == (
        "required",
        "required",
    )
    assert [challenge_of(entry["id"]) for entry in asked["excludeCredentials"]] == [key.credential]
    again = json.loads(one.post("/account/passkey").content)
    assert (again["user"]["id"], again["challenge"] != asked["challenge"]) == (asked["user"]["id"], True)
    other = json.loads(client("monitor").post("/account/passkey").content)
    assert other["user"]["id"] != asked["user"]["id"]
    assert other["excludeCredentials"] == []


def test_passkey_signs_in_and_signs_content_with_its_time(desk: Desk, client: Any, record: Make) -> None:
    from tests.desk.authenticator import challenge_of

    one, key = with_passkey(client)
    visitor = client(None)
    answer = key.use(json.loads(visitor.post("/login/passkey").content))
    assert visitor.post("/login/passkey", {"answer": answer}).status_code == 200
    page = asked(one, record())
    form = {"record": page["record"], "begun_at": page["begun_at"], "assertion": key.use(json.loads(page["options"]))}
    assert one.post("/gate/sign", form).status_code == 302
    kept = json.loads(bytes(desk.events("gate.signature")[0].content.data))
    content = {name: kept[name] for name in ("at", "meaning", "name", "sha256", "user")}
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert challenge_of(json.loads(page["options"])["challenge"]) == sha256(written).digest()
    assert timedelta() <= datetime.now(UTC) - datetime.fromisoformat(kept["at"]) < timedelta(minutes=5)


def test_signature_of_another_time_or_too_late_signs_nothing(
    desk: Desk, client: Any, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk.web import signing

    one, key = with_passkey(client)
    page = asked(one, record())
    form = {"record": page["record"], "begun_at": page["begun_at"], "assertion": key.use(json.loads(page["options"]))}
    at = datetime.fromisoformat(page["begun_at"])
    for wrong in (
        at + timedelta(seconds=1),
        at - timedelta(days=1),
        at + timedelta(days=1),
        "",
        "yesterday",
        "2026-03-10",
    ):
        answer = one.post("/gate/sign", {**form, "begun_at": str(wrong)})
        assert answer.status_code == 409, wrong
    late = type("Clock", (datetime,), {"now": classmethod(lambda _, zone: datetime.now(zone) + timedelta(minutes=11))})
    with monkeypatch.context() as patch:
        patch.setattr(signing, "datetime", late)
        answer = one.post("/gate/sign", form)
        assert (answer.status_code, b"open for too long" in answer.content) == (409, True)
    assert desk.events("gate.decision") == []
    assert one.post("/gate/sign", form).status_code == 302


@pytest.mark.parametrize(
    "changes",
    [{"role": "investigator"}, {"site": "ZS02"}, {"password": "other"}, {"totp_secret": "JBSWY3DPEHPK3PXP"}, "closed"],
)
def test_account_that_was_altered_in_the_database_signs_nothing_in(desk: Desk, client: Any, changes: Any) -> None:
    from django.contrib.auth.hashers import make_password

    from precise_cal.desk import people
    from precise_cal.desk.models import User
    from precise_cal.desk.store.log import SYSTEM

    if changes == "closed":
        people.close_account(User.objects.get(name="coordinator"), SYSTEM, "left")
        changes = {"password": PASSWORD, "is_active": True}
    if "password" in changes:
        changes = {**changes, "password": make_password(PASSWORD)}
    User.objects.filter(name="coordinator").update(**changes)
    assert client(None).post("/login", {"user": "coordinator", "password": PASSWORD}).status_code == 401
    fault = json.loads(bytes(desk.events("session.failed")[-1].content.data))["fault"]
    assert fault == "altered"
    for name, page in (("administrator", "/users"), ("inspector", "/log")):
        assert "altered outside of the desk" in client(name).get(page).content.decode()
    assert "altered outside" not in client("other").get("/log").content.decode()


def test_account_that_only_the_database_knows_signs_nothing_in(desk: Desk, client: Any) -> None:
    from precise_cal.desk import people
    from precise_cal.desk.models import Invitation, User
    from precise_cal.desk.run import _altered

    user = User(name="ghost", role="coordinator", site="ZS01")
    user.set_password(PASSWORD)
    user.save()
    assert client(None).post("/login", {"user": "ghost", "password": PASSWORD}).status_code == 401
    invited = Invitation(user=User.objects.get(name="monitor"), expires=datetime.now(UTC) + timedelta(days=1))
    invited.token_sha256 = sha256(b"forged").hexdigest()
    invited.save()
    assert people.invitation("forged") is None
    assert [str(one) for one in _altered()] == ["ghost: the log knows no such account"]
    assert b"ghost" in bytes(desk.events("accounts.altered")[0].content.data)


def test_session_ends_when_its_account_is_altered(desk: Desk, client: Any) -> None:
    from precise_cal.desk.models import User

    one = client("monitor")
    assert one.get("/gate").status_code == 403
    User.objects.filter(name="monitor").update(role="coordinator", site="ZS01")
    assert one.get("/gate").status_code == 302
    assert b"altered" in bytes(desk.events("session.ended")[0].content.data)


@pytest.mark.parametrize("how", ["key", "owner", "approval"])
def test_passkey_that_was_altered_in_the_database_signs_nothing(
    desk: Desk, client: Any, record: Make, how: str
) -> None:
    from precise_cal.desk.accounts import altered
    from precise_cal.desk.models import Passkey, User

    one, key = with_passkey(client)
    page = asked(one, record())
    if how == "key":  # another key behind the same credential
        _, other = with_passkey(client, "monitor", "administrator")
        row = Passkey.objects.get(user__name="monitor")
        Passkey.objects.filter(user__name="coordinator").update(public_key=row.public_key)
        other.credential = key.credential
        key = other
    elif how == "owner":
        Passkey.objects.update(user=User.objects.get(name="other"))
    else:
        Passkey.objects.update(approved_by="monitor")
    form = {"record": page["record"], "begun_at": page["begun_at"], "assertion": key.use(json.loads(page["options"]))}
    assert one.post("/gate/sign", form).status_code == 409
    assert desk.events("gate.decision") == []
    assert [str(each).split(",")[0][:12] for each in altered()] == ["a passkey of"]
    visitor = client(None)
    answer = key.use(json.loads(visitor.post("/login/passkey").content))
    assert visitor.post("/login/passkey", {"answer": answer}).status_code == 401


def test_failures_beyond_a_few_are_counted_and_told_as_a_number(
    desk: Desk, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk import failures, people

    def fail(count: int, name: str) -> None:
        for _ in range(count):
            assert people.sign_in(name, "wrong", "", "198.51.100.7") is None

    def counted() -> list[int]:
        return [json.loads(bytes(one.content.data))["count"] for one in desk.events("failures.counted")]

    monkeypatch.setattr(people, "check_password", lambda given, _: given == PASSWORD)
    fail(failures.BUDGET + 25, "nobody")
    assert (len(desk.events("session.failed")), counted()) == (failures.BUDGET, [])
    fail(5, "monitor")  # that an account rests is told in any case, and how many were counted before
    assert (len(desk.events("session.failed")), counted()) == (failures.BUDGET + 1, [29])
    fail(7, "nobody")
    assert people.sign_in("sponsor", PASSWORD, "", "") is not None
    assert counted() == [29, 7]
    monkeypatch.setattr(failures, "WINDOW", timedelta())
    fail(3, "nobody")
    assert len(desk.events("session.failed")) == failures.BUDGET + 4


def test_accounts_of_an_earlier_version_are_enrolled_once(desk: Desk, client: Any) -> None:
    from precise_cal.desk.accounts import about, altered, enroll_earlier
    from precise_cal.desk.models import User
    from precise_cal.desk.store.log import SYSTEM, add

    add("account.made", about(User.objects.get(name="monitor")), SYSTEM)  # as it was said before
    assert client(None).post("/login", {"user": "monitor", "password": PASSWORD}).status_code == 401
    for _ in range(2):
        enroll_earlier()
    assert [json.loads(bytes(one.content.data))["user"] for one in desk.events("account.enrolled")] == ["monitor"]
    assert altered() == []
    assert client("monitor").get("/participants").status_code == 200
    User.objects.filter(name="monitor").update(role="sponsor")
    enroll_earlier()
    assert len(altered()) == 1
