"""What is asked: for the datum that decides, at the place where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.protocol.report import Subject

DEAD = {"visits": [], "qfr_measurements": [], "events": []}
REFUTED = {"type": "mi", "onset": "2026-03-20", "vessel": "LAD", "fatal": True, "adjudication": "refuted"}


@pytest.mark.parametrize(
    "changes",
    [
        {"disposition": {"status": "died", "date": "2026-03-20"}},
        {"disposition": None, "last_contact": {"date": "2026-03-20", "vital_status": "dead"}},
        {"disposition": {"status": "died", "date": "2026-03-20"}, "events": [REFUTED]},
    ],
    ids=["disposition", "last contact", "beside a refuted event"],
)
def test_a_death_without_its_cause_is_asked_for_as_an_event(
    changes: dict[str, Any], complete: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    queries = judge(complete | DEAD | changes).queries
    for rule in ("MACE-1", "THROMB-1"):
        (query,) = [one for one in queries if one.rule == rule]
        assert (query.pointer, query.ask) == ("/events", "the death as an event, with its day and its cause")


@pytest.mark.parametrize("events", [[], [{"type": "death", "onset": "2026-03-11T10:00:00+08:00", "fatal": True}]])
def test_a_marker_that_is_missing_is_asked_for_among_the_samples(
    events: list[Any], complete: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    queries = judge(complete | {"labs": complete["labs"][:1], "events": events}).queries
    assert [one.pointer for one in queries if one.rule == "PERI-4"] == ["/labs"]
