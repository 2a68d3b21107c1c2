"""INCOMPLETE is answered where it stands; what was typed outlasts the session."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]

OPEN = {"renal__on_dialysis": None, "renal__dialysis_required": None}


def uploaded(data: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("r.json", data)


def buttons(page: str) -> dict[str, str]:
    """The answers that are offered, by their accessible names."""
    found = re.findall(r'name="answer" value="([^"]*)" aria-label="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for value, name in found}


@pytest.mark.parametrize(("lang", "yes", "no", "unknown"), [("en", "yes", "no", "unknown"), ("zh", "是", "否", "未知")])
def test_incomplete_is_answered_by_a_button_where_it_stands(
    desk: Desk, client: Any, record: Make, lang: str, yes: str, no: str, unknown: str
) -> None:
    one = client("coordinator")
    one.post("/language", {"language": lang, "next": "/"})
    page = one.post("/gate", {"record": uploaded(record(**OPEN))}).content.decode()
    offered = buttons(page)
    assert {name.split(":")[0] for name in offered} >= {yes, no, unknown}
    dialysis = {name.split(":")[0]: value for name, value in offered.items() if "renal.on_dialysis" in value}
    file = {"record": uploaded(record(**OPEN)), "answer": dialysis[no]}  # without a script the file goes along again
    page = one.post("/gate", file).content.decode()
    assert "renal.on_dialysis" not in str(buttons(page))
    known = re.search(r'name="known" value="(\w+)"', page)
    assert known
    rest = {value for value in buttons(page).values() if value.endswith(f"={no}")}
    assert len(rest) == 1
    page = one.post("/gate", {"known": known[1], "answer": rest.pop()}).content.decode()
    assert 'class="word ALLOW"' in page
    changed = one.post("/gate", {"known": known[1], "answer": dialysis[yes]}).content.decode()
    assert 'class="word REFUSE"' in changed
    again = one.post("/gate", {"record": uploaded(record(**OPEN)), "answer": dialysis[unknown]}).content.decode()
    assert 'class="word INCOMPLETE"' in again


def test_the_fewest_data_are_marked_of_who_waits_and_of_nobody_who_is_refused(
    desk: Desk, client: Any, record: Make
) -> None:
    one = client("coordinator")
    other = {"other_trial__participating": None, "other_trial__interventional": None}
    page = one.post("/gate", {"record": uploaded(record(**other))}).content.decode()
    marked = re.findall(r"<li>(<b [^>]*>\+</b>)?.*\(EX-10\)", page)
    assert [bool(mark) for mark in marked] == [True, False, False]
    assert "Marked +" in page
    refused = one.post("/gate", {"record": uploaded(record(**other, antiplatelet__dual_therapy_tolerated=False))})
    assert 'class="word REFUSE"' in refused.content.decode()
    assert ">+</b>" not in refused.content.decode()


def test_answer_that_no_page_offers_is_refused_and_no_fault(desk: Desk, client: Any, record: Make) -> None:
    one = client("coordinator")
    for answer in ("participant:0:nosuch=1", "participant:0:renal.on_dialysis=perhaps", "lesions:9:in_stent=yes"):
        status = one.post("/gate", {"record": uploaded(record(**OPEN)), "answer": answer}).status_code
        assert status in (200, 400), answer
    for answer in ("", "=", "a:b=c", "x"):  # none at all
        assert one.post("/gate", {"record": uploaded(record(**OPEN)), "answer": answer}).status_code == 200


TYPED = {"participant:0:renal.on_dialysis": "no", "participant:0:demographics.birth_date": "1956-05-10"}


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page)
    chosen = re.search(rf'<select id="{re.escape(name)}".*?<option selected>(.*?)</option>', page)
    return found[1] if found else chosen[1] if chosen else ""


def test_what_was_typed_outlasts_the_session_and_ends_with_the_signature(desk: Desk, client: Any, record: Make) -> None:
    from precise_cal.desk.models import Draft

    one = client("coordinator")
    one.post("/gate/live", {"participant": "ZS01-001", **TYPED})
    one.post("/logout")
    again = client("coordinator")
    page = again.get("/gate").content.decode()
    assert "What you typed was kept" in page
    assert ">ZS01-001<" in page
    page = again.get("/gate?draft=1").content.decode()
    assert [value_of(page, name) for name in TYPED] == ["no", "1956-05-10"]
    assert value_of(page, "participant") == "ZS01-001"
    again.post("/language", {"language": "zh", "next": "/"})
    assert value_of(again.get("/gate?draft=1").content.decode(), next(iter(TYPED))) == "否"
    for name in ("other", "investigator"):
        assert "was kept" not in client(name).get("/gate").content.decode()
    assert client("monitor").get("/gate?draft=1").status_code == 403
    desk.randomize(record("ZS01-002"))
    assert Draft.objects.count() == 1
    assert again.post("/gate/discard").status_code == 302
    assert Draft.objects.count() == 0


def test_draft_is_gone_once_it_is_signed_or_a_day_old(
    desk: Desk, client: Any, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses
    from datetime import timedelta

    from precise_cal.desk import drafts
    from precise_cal.desk.models import Draft
    from precise_cal.desk.store.log import keep

    one = client("coordinator")
    monkeypatch.setitem(desk.place.__dict__, "config", dataclasses.replace(desk.place.config, demo=True))
    one.post("/gate/live", {"participant": "ZS01-001", **TYPED})
    with monkeypatch.context() as patch:
        patch.setattr(drafts, "KEPT", timedelta())
        assert "was kept" not in one.get("/gate").content.decode()
    for who, count in (("ZS01-002", 1), ("ZS01-001", 0)):
        keep(record(who))
        assert one.post("/gate/sign", {"record": keep(record(who)).sha256}).status_code == 302
        assert Draft.objects.count() == count


@pytest.mark.parametrize(("lang", "words"), [("en", "no second list"), ("zh", "没有第二份列表")])
def test_procedure_without_network_is_a_page_to_print(
    desk: Desk, client: Any, monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    import dataclasses

    assert client(None).get("/offline").status_code == 302
    one = client("coordinator")
    one.post("/language", {"language": lang, "next": "/"})
    assert 'href="/offline"' in one.get("/gate").content.decode()
    assert words in one.get("/offline").content.decode()
    monkeypatch.setitem(desk.place.__dict__, "config", dataclasses.replace(desk.place.config, on_call="+86 21 555"))
    assert "+86 21 555" in one.get("/offline").content.decode()


def test_number_of_randomization_counts_over_the_trial(desk: Desk, client: Any, record: Make) -> None:
    slots = [desk.randomize(record(who), name)[1] for who, name in
             (("ZS01-001", "coordinator"), ("ZS02-001", "other"), ("ZS01-002", "coordinator"))]  # fmt: skip
    one = client("coordinator")
    assert "R-0003" in one.get(f"/allocations/{slots[2].event_id}").content.decode()
    numbers = re.findall(r"R-\d{4}", one.get("/lists").content.decode())
    assert numbers == ["R-0001", "R-0003"]
