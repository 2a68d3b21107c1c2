"""Queries that are written once give what Django's own give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk


def test_rows_are_those_of_the_query_with_what_it_brings(desk: Desk, record: Callable[..., bytes]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from precise_cal.desk.models import Decision, Event
    from precise_cal.desk.store.prepared import Prepared

    desk.randomize(record("ZS01-001"))
    desk.randomize(record("ZS01-002", renal__on_dialysis=True))

    def query(site: str, number: int) -> Any:
        rows = Decision.objects.filter(site=site, sequence__gt=number).order_by("-sequence")
        return rows.select_related("event__content", "allocation")

    prepared: Prepared[Decision] = Prepared(query, str, int)
    for site, number in (("ZS01", 0), ("ZS01", 1), ("ZS02", 0)):
        expected = [*query(site, number)]
        with CaptureQueriesContext(connection) as captured:
            found = prepared(site, number)
            content = [bytes(one.event.content.data) for one in found]
            slots = [getattr(one, "allocation", None) for one in found]
        assert (found, len(captured)) == (expected, 1)
        assert [one.decided_at for one in found] == [one.decided_at for one in expected]
        assert content == [bytes(one.event.content.data) for one in expected]
        assert slots == [getattr(one, "allocation", None) for one in expected]
    events: Prepared[Event] = Prepared(lambda: Event.objects.filter(type__in=["gate.decision"]).order_by("number"))
    assert events() == desk.events("gate.decision")
    assert (prepared.first("ZS03", 0), prepared.first("ZS01", 0)) == (None, query("ZS01", 0)[0])


def test_many_texts_are_asked_for_some_at_a_time(desk: Desk, record: Callable[..., bytes]) -> None:
    from precise_cal.desk.models import Decision
    from precise_cal.desk.store.prepared import PreparedOf

    names = [f"ZS01-00{number}" for number in range(1, 4)]
    for one in names:
        desk.randomize(record(one))
    prepared: PreparedOf[tuple[str]] = PreparedOf(
        lambda these: Decision.objects.filter(subject_id__in=these).order_by("sequence").values_list("subject_id"), 2
    )
    for wanted in ([], names[:1], names[:2], names, [*names, "other"]):
        assert prepared(wanted) == [(one,) for one in wanted if one in names]


def test_text_that_looks_like_a_place_is_a_value(desk: Desk) -> None:
    from precise_cal.desk.models import Content
    from precise_cal.desk.store.prepared import Prepared

    both: Prepared[Content] = Prepared(lambda one, other: Content.objects.filter(pk__in=[one, other]), str, str)
    assert both("%s", "value 0") == []


def test_rows_are_added_as_django_adds_them(desk: Desk) -> None:
    from datetime import UTC, datetime

    from django.db import IntegrityError, transaction

    from precise_cal.desk.models import Content, Event, Head
    from precise_cal.desk.store.prepared import insert, update

    at = datetime(2026, 3, 10, 2, 5, 31, 123456, tzinfo=UTC)
    content, other = (Content(sha256=one * 64, data=data) for one, data in (("a", b"\x00%s"), ("b", b"")))
    insert(content, other)
    insert(Content(sha256="a" * 64, data=b"other"), if_new=True)
    assert [bytes(one.data) for one in Content.objects.filter(sha256__in=["a" * 64, "b" * 64])] == [b"\x00%s", b""]
    event = Event(number=10_000, body=b"{}", type="a.b", content=content, site="", at=at)
    insert(event)
    found = Event.objects.get(pk=10_000)
    assert (found.at, bytes(found.body), found.content_id) == (at, b"{}", "a" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(event)
    head = Head.objects.get(pk=1)
    head.size, head.at = 10_000, at
    update(head, "size", "at")
    assert (Head.objects.get(pk=1).size, Head.objects.get(pk=1).at) == (10_000, at)
