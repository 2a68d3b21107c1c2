"""Queries that are written once give what Django's own give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def test_text_that_looks_like_a_place_is_a_value(desk: Desk) -> None:
    from precise_cal.desk.models import Content
    from precise_cal.desk.store.prepared import Prepared

    both: Prepared[Content] = Prepared(lambda one, other: Content.objects.filter(pk__in=[one, other]), str, str)
    assert both("%s", "value 0") == []
