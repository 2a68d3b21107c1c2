"""Across an amendment, gate and `check` judge a participant by the same version, whatever is known of the record."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.gate.evaluate import evaluator
from precise_cal.gate.facts import facts_of
from precise_cal.gate.snapshot import Snapshots
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook


@pytest.fixture(scope="module")
def amended(small_trial: Any, tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """A trial whose second version has another least and another greatest score, and another criterion."""
    folder = small_trial.amended(
        tmp_path_factory.mktemp("amended"),
        record={
            "first_dose": {"type": "date", "about": "the day of the first dose"},
            "arm": {"type": "words", "words": ["A", "B"], "about": "the arm"},
            "status": {"type": "words", "words": ["in", "out"], "about": "where the participant stands"},
        },
        roles={
            "day_zero": "first_dose",
            "enrolled": "allocated is not null or arm is not null",
            "treated": "first_dose is not null",
            "left": "status = 'out'",
        },
        rules={
            "IC-1": {"met_when": "points >= score.least"},
            "IC-2": {"at": "consent", "met_when": "points >= score.least"},
            "IC-3": {"until": "2", "met_when": "points > 10"},
            "IC-4": {"since": "2", "met_when": "points > 20"},
            "IC-5": {"met_when": "points < score.most"},
        },
        scores={"least": (30, 15), "most": (40, 35)},
        sites={
            "early": {"versions": {"1": "2026-01-01", "2": "2026-04-01"}},
            "late": {"versions": {"1": "2026-01-01", "2": "2026-05-01"}},
        },
    )
    return rulebook(folder, cache=False)


def _document(**known: Any) -> dict[str, Any]:
    return {"schema_version": "1.0", "subject": "S", "clinic": "early", "agreed": "2026-03-01", "points": 25, **known}


def _checked(book: Rulebook, document: dict[str, Any], as_of: datetime.datetime) -> dict[str, str]:
    data = json.dumps(document).encode()
    now = DateTime.parse(as_of.isoformat(timespec="milliseconds"))
    subject = Checker(book, now).subject(book.records.read(data), data)
    return {one.id: one.verdict for one in subject.verdicts if one.kind == "inclusion"}


def _gated(book: Rulebook, document: dict[str, Any], as_of: datetime.datetime) -> dict[str, str]:
    record = book.records.record(document)
    facts = facts_of(book.roles, record, book.utc_offset_minutes)
    found: Any = evaluator(book)(Snapshots(book).of(document), facts, as_of).verdicts
    return {one["id"]: one["verdict"] for one in found if one["kind"] == "inclusion"}


def _noon(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(12), datetime.UTC)


_DAYS = st.dates(datetime.date(2026, 2, 1), datetime.date(2026, 6, 30))
_MOMENTS = st.none() | st.just("2026") | st.just("2026-04") | _DAYS.map(str)


@settings(max_examples=150)
@given(
    known=st.fixed_dictionaries(
        {
            "clinic": st.sampled_from(["early", "late", "unlisted", None]),
            "agreed": _MOMENTS,
            "first_dose": st.none() | _MOMENTS,
            "allocated": st.none() | _MOMENTS,
            "arm": st.none() | st.sampled_from("AB"),
            "status": st.sampled_from(["in", "out", None]),
            "points": st.none() | st.sampled_from([5, 12, 18, 25, 32, 38, 50]),
        }
    ),
    day=_DAYS,
)
def test_gate_and_check_say_the_same(known: dict[str, Any], day: datetime.date, amended: Rulebook) -> None:
    document = _document(**known)
    assert _gated(amended, document, _noon(day)) == _checked(amended, document, _noon(day))


MARCH, JUNE = _noon(datetime.date(2026, 3, 20)), _noon(datetime.date(2026, 6, 20))


@pytest.mark.parametrize(
    ("why", "known", "as_of", "words"),
    [
        ("refused by 1", {}, MARCH, "IC-1 NOT_MET, IC-3 MET, IC-5 MET"),
        ("what was refused stays so", {}, JUNE, "IC-1 NOT_MET, IC-4 MET, IC-5 MET"),
        ("who waits is judged by 2", {"points": 38}, JUNE, "IC-1 MET, IC-4 MET, IC-5 NOT_MET"),
        ("who left was judged by 1", {"points": 38, "status": "out"}, JUNE, "IC-1 MET, IC-3 MET, IC-5 MET"),
        ("a later consent", {"agreed": "2026-05-01"}, JUNE, "IC-1 MET, IC-4 MET, IC-5 MET"),
        ("a site that is late", {"clinic": "late", "agreed": "2026-04-20"}, JUNE, "IC-1 NOT_MET, IC-4 MET, IC-5 MET"),
        ("day zero tells", {"first_dose": "2026-03-20"}, JUNE, "IC-1 NOT_MET, IC-3 MET, IC-5 MET"),
        ("enrollment tells", {"allocated": "2026-04-10"}, JUNE, "IC-1 MET, IC-4 MET, IC-5 MET"),
        ("consent in part", {"agreed": "2026"}, JUNE, "IC-1 UNKNOWN, IC-4 MET, IC-5 MET"),
    ],
)
def test_the_moment_of_one_who_is_not_enrolled(
    why: str, known: dict[str, Any], as_of: datetime.datetime, words: str, amended: Rulebook
) -> None:
    found = _checked(amended, _document(**known), as_of)
    assert ", ".join(f"{name} {word}" for name, word in found.items() if name != "IC-2") == words, why


def test_a_consent_known_in_part_is_asked_for(amended: Rulebook) -> None:
    data = json.dumps(_document(agreed="2026")).encode()
    subject = Checker(amended, DateTime.parse("2026-06-20T12:00:00Z")).subject(amended.records.read(data), data)
    asked = {one.rule: one.pointer for one in subject.queries}
    assert asked["IC-1"] == "/agreed"
