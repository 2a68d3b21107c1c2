"""New since the last visit: what a reader did not see in the session before is marked, for that reader alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]

RANDOMIZED = {"at": "2026-03-10T10:10:00+08:00", "arm": "DCB", "number": "R1"}
OPEN = {"renal__on_dialysis": None, "renal__dialysis_required": None}
YOUNG = {"demographics__birth_date": "2008-05-10", "randomization": RANDOMIZED, **OPEN}


def marked(page: str) -> set[str]:
    return {*re.findall(r'class="new">[^<]+</span> (?:<a [^>]*>)?([^<]+)<', page)}


@pytest.mark.parametrize("path", ["/deviations", "/queries", "/participants"])
def test_what_came_since_the_session_before_is_marked_for_its_reader(
    desk: Desk, client: Any, record: Make, path: str
) -> None:
    from precise_cal.desk.receiving import receive

    receive(desk.trial, record("ZS01-001", **YOUNG))
    first = client("monitor")
    for _ in range(2):  # at first nothing is new
        page = first.get(path).content.decode()
        assert ("New since" in page, marked(page)) == (False, set())
    receive(desk.trial, record("ZS01-002", **YOUNG))
    assert marked(first.get(path).content.decode()) == set()  # of this session, which has seen it now
    receive(desk.trial, record("ZS02-003", **YOUNG))
    second = client("monitor")
    for _ in range(2):  # it stays marked through the session
        page = second.get(path).content.decode()
        assert "New since you were here last" in page
        assert marked(page) == {"ZS02-003"}
    alone = second.get(f"{path}?new=1").content.decode()
    assert ("ZS02-003" in alone, "ZS01-001" in alone) == (True, False)
    assert marked(client("sponsor").get(path).content.decode()) == set()
    assert marked(client("monitor").get(path).content.decode()) == set()


def test_who_was_asked_or_randomized_since_is_new_in_the_list(desk: Desk, client: Any, record: Make) -> None:
    from precise_cal.desk.receiving import receive

    for who in ("ZS01-001", "ZS01-002"):
        receive(desk.trial, record(who))
    assert marked(client("coordinator").get("/participants").content.decode()) == set()
    desk.randomize(record("ZS01-002"))
    assert marked(client("coordinator").get("/participants").content.decode()) == {"ZS01-002"}
    receive(desk.trial, record("ZS01-002", history__in_stent_restenosis_elsewhere=True))
    assert marked(client("coordinator").get("/participants").content.decode()) == {"ZS01-002"}
    assert marked(client("coordinator").get("/participants").content.decode()) == set()


def test_two_windows_that_see_a_list_first_at_once_are_one_reader(desk: Desk, monkeypatch: Any) -> None:
    from precise_cal.desk import last_seen
    from precise_cal.desk.models import LastSeen, User

    reader = User.objects.get(name="monitor")
    monkeypatch.setattr(last_seen, "_ROW", type("Nothing", (), {"first": staticmethod(lambda *_: None)}))
    for window in ("one", "two"):
        assert last_seen.visit(reader, "/queries", window, ["a"]).at is None
    assert LastSeen.objects.filter(user=reader, page="/queries").count() == 1
