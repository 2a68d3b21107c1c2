"""What the outside contract promises of the desk: its commands, its pages and the names on them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.running import Running, Visitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk

NAMES = {
    "/login": ("User", "Password", "Sign in", "Use a passkey"),
    "/gate": ("Participant", "Record file", "Check"),
    "/log": ("Verify",),
}


def names_of(page: str) -> set[str]:
    """The accessible names of inputs and buttons: a label that names an input by its id, a button's text."""
    ids = {*re.findall(r'<(?:input|select|textarea)[^>]*\bid="([^"]+)"', page)}
    labels = re.findall(r'<label for="([^"]+)">(.*?)</label>', page)
    buttons = re.findall(r"<button[^>]*>([^<]+)</button>", page)
    return {re.sub(r"<.*", "", text).strip() for target, text in labels if target in ids} | {*buttons}


def test_pages_have_the_names_of_the_contract(desk: Desk, client: Any, record: Callable[..., bytes]) -> None:
    web = client("coordinator")
    for path, names in NAMES.items():
        page = (client(None) if path == "/login" else web).get(path).content.decode()
        assert names_of(page) >= {*names}, path
    for path in ("/deviations", "/queries", "/participants", "/qfr", "/lists"):
        assert web.get(path).status_code == 200
    from django.core.files.uploadedfile import SimpleUploadedFile

    checked = web.post("/gate", {"participant": "ZS01-001", "record": SimpleUploadedFile("r.json", record())})
    assert "Sign and randomize" in names_of(checked.content.decode())


def test_health_is_answered(desk: Desk, client: Any) -> None:
    assert client(None).get("/healthz").status_code == 200


def test_user_is_added_by_the_command_with_a_link(desk: Desk, client: Any, precise: Any) -> None:
    said = precise("desk", "user", "add", "chen", "--role", "coordinator", "--site", "ZS01")
    assert said.status == 0
    link = said.out.strip().removeprefix("http://localhost:8443")
    assert client(None).get(link).status_code == 200
    for wrong in (("chen", "--role", "monitor"), ("wu", "--role", "king"), ("wu", "--role", "coordinator")):
        assert precise("desk", "user", "add", *wrong).status == 2


def test_times_show_in_the_zone_of_the_site_with_utc_beside(desk: Desk) -> None:
    from dataclasses import replace

    trial = replace(desk.trial, zones={"XJ01": "Asia/Urumqi"})
    moment = datetime(2026, 3, 10, 2, 5, 31, tzinfo=UTC)
    assert trial.time(moment, "ZS01") == "2026-03-10 10:05:31 UTC+8 (2026-03-10 02:05:31 UTC)"
    assert trial.time(moment, "XJ01") == "2026-03-10 08:05:31 UTC+6 (2026-03-10 02:05:31 UTC)"


def test_desk_without_tls_serves_this_machine_alone(
    desk: Desk, precise: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from gunicorn.app.base import BaseApplication

    for name in ("PRECISE_DESK_SECURE", "PRECISE_DESK_PROXY"):
        monkeypatch.setenv(name, "")
    served: list[Any] = []
    monkeypatch.setattr(BaseApplication, "run", lambda self: served.append(self.cfg))
    for name in ("cert", "key"):
        (tmp_path / name).write_text("")
    both = precise("desk", "run", "--behind-proxy", "--tls", tmp_path / "cert", tmp_path / "key")
    assert (both.status, "exclude each other" in both.err) == (2, True)
    for options in ([], ["--behind-proxy"], ["--tls", tmp_path / "cert", tmp_path / "key"]):
        assert precise("desk", "run", "--port", "9000", *options).status == 0
    assert [one.address for one in served] == [[("127.0.0.1", 9000)]] * 2 + [[("0.0.0.0", 9000)]]
    assert [bool(one.is_ssl) for one in served] == [False, False, True]


@pytest.mark.slow
def test_demonstration_has_a_user_per_role_and_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django", reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")
    from precise_cal.desk.roles import ROLES

    for name in ("PRECISE_DATABASE_URL", "PRECISE_SEALER_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    running = Running(tmp_path / "desk")
    running.make()
    assert [*running.users] == [*ROLES]
    kept = b"".join(one.read_bytes() for one in running.home.rglob("*") if one.is_file())
    assert not any(password.encode() in kept for password in running.users.values())
    running.start()
    try:
        for role in ROLES:
            assert "Demonstration: nothing here is a trial" in Visitor(running, role).get("/")
    finally:
        running.stop()
