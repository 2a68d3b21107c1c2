"""The table of chronology: every pair when it is reversed, what is in doubt, and that nothing else rests on it."""

from __future__ import annotations

import copy
import datetime
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.judging.chronology import doubts_about
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.protocol.scalars import read_date, read_instant
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.rulebook.chronology import Moment, Pair
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject

TABLE = rulebook(bundled()).chronology
LISTS = frozenset(
    {
        "lesions",
        "modification",
        "devices",
        "assessments",
        "qfr_measurements",
        "labs",
        "visits",
        "events",
        "sae",
        "consents",
    }
)
EARLY, LATE = "2026-05-01", "2026-06-01"


def _put(document: dict[str, Any], moment: Moment, value: str, item: int) -> None:
    """Write a moment into a record, into an item of each list on its way."""
    owner = document
    for name in moment.path[:-1]:
        if name in LISTS:
            items = owner.setdefault(name, [])
            while len(items) <= item:
                items.append({"lesion_id": f"L{len(items)}"} if name == "lesions" else {})
            owner = items[item]
        else:
            owner = owner.setdefault(name, {})
    owner[moment.path[-1]] = value
    for field, words in moment.where:
        owner[field] = min(words)


def _record(pair: Pair, earlier: str, later: str) -> dict[str, Any]:
    """A record of a pair and nothing else."""
    document: dict[str, Any] = {"schema_version": "1.0", "subject_id": "P-1"}
    _put(document, TABLE.moments[pair.earlier], earlier, 0)
    _put(document, TABLE.moments[pair.later], later, 0 if pair.same_item else 1)
    return document


def _name(pair: Pair) -> str:
    return f"{TABLE.moments[pair.earlier].name} before {TABLE.moments[pair.later].name}"


CROSSING = [
    pair
    for pair in TABLE.pairs
    if TABLE.moments[pair.earlier].path != TABLE.moments[pair.later].path
    or TABLE.moments[pair.earlier].path[0] in LISTS
]
"""The pairs of two data; a disposition is one."""


@pytest.mark.parametrize("pair", CROSSING, ids=_name)
def test_a_reversed_pair_is_a_deviation_and_a_question_that_name_both(
    pair: Pair, judge: Callable[[Any], Subject]
) -> None:
    subject = judge(_record(pair, LATE, EARLY))
    (deviation,) = [one for one in subject.deviations if one.code == "DV-DAT-01"]
    (query,) = [one for one in subject.queries if one.rule == TABLE.rule]
    for text in (deviation.chain[0].text, query.ask):
        for index, value in ((pair.earlier, LATE), (pair.later, EARLY)):
            names = [one.name for one in TABLE.moments if one.path == TABLE.moments[index].path]
            assert any(f"{name} ({value})" in text for name in names)


@pytest.mark.parametrize("pair", CROSSING, ids=_name)
def test_a_pair_in_order_and_one_of_equal_days_are_none(pair: Pair, judge: Callable[[Any], Subject]) -> None:
    for earlier, later in ((EARLY, LATE), (EARLY, EARLY)):
        subject = judge(_record(pair, earlier, later))
        is_symmetric = earlier != later and any(
            (one.earlier, one.later) == (pair.later, pair.earlier) for one in TABLE.pairs
        )
        assert [one.code for one in subject.deviations if one.code == "DV-DAT-01"] == ["DV-DAT-01"] * is_symmetric


SHIFTS = [datetime.timedelta(days=days) for days in (-4000, -365, -30, -2, -1, 1, 2, 30, 365, 4000)]
SHIFTS += [datetime.timedelta(hours=-3), datetime.timedelta(hours=3)]


def _moments(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(one, str) and len(one) >= 10 and one[4] == "-":
            yield (*path, key), one
        yield from _moments(one, (*path, key))


def _moved(value: str, by: datetime.timedelta) -> str:
    if "T" in value:
        return (datetime.datetime.fromisoformat(value) + by).isoformat()
    return str(datetime.date.fromisoformat(value) + by)


def test_no_deviation_rests_on_a_moment_in_doubt(
    complete: dict[str, Any], judge: Callable[[Any], Subject], book: Rulebook
) -> None:
    """Every date of a participant without deviations, mistyped by hours, days, months and years."""
    doubted = 0
    for path, value in _moments(complete):
        for shift in SHIFTS:
            document = copy.deepcopy(complete)
            owner = document
            for step in path[:-1]:
                owner = owner[step]
            owner[path[-1]] = _moved(value, shift)
            record = book.records.read(json.dumps(document).encode())
            doubts = doubts_about(record, TABLE, book.utc_offset_minutes, with_cutoff=True)
            codes = [one.code for one in judge(document).deviations]
            assert ("DV-DAT-01" in codes) == (
                doubts is not None
                or (path in (("consent", "signed_at"), ("randomization", "at")) and owner[path[-1]] < "2026-02")
            )
            if doubts is not None:
                doubted += 1
                assert set(codes) == {"DV-DAT-01"}, (path, owner[path[-1]])
    assert doubted > 60


DAY = "2026-03-10T"
DEATHS = [{"type": "death", "onset": "2026-09-26"}, {"type": "death", "onset": "2026-09-27"}]


@pytest.mark.parametrize(
    ("changes", "doubted"),
    [
        ({"hospital": {"admitted_at": "2026-03-09", "discharged_at": "2026-03-02"}}, ["/hospital/discharged_at"]),
        ({"hospital": {"admitted_at": "2026-03-11T08:00:00+08:00"}}, ["/hospital/admitted_at"]),
        ({"data_cutoff": "2026-03-01T00:00:00+08:00"}, ["/data_cutoff"]),
        ({"consent": {"written": True, "signed_at": "2037-03-09T10:05:00+08:00"}}, ["/consent/signed_at"]),
        ({"demographics": {"birth_date": "2056-05-10"}}, ["/demographics/birth_date"]),
        (
            {"procedure": {"started_at": f"{DAY}09:00+08:00", "ended_at": f"{DAY}08:40+08:00"}},
            ["/procedure/started_at", "/procedure/ended_at"],
        ),
        ({"disposition": {"status": "withdrawn", "date": "2026-03-01"}}, ["/disposition/date"]),
        ({"events": [{"type": "stroke", "onset": "1950-01-01"}]}, ["/events/0/onset"]),
        ({"events": DEATHS, "visits": [], "qfr_measurements": []}, ["/events/0/onset", "/events/1/onset"]),
    ],
)
def test_what_is_in_doubt(
    changes: dict[str, Any], doubted: list[str], complete: dict[str, Any], book: Rulebook
) -> None:
    record = book.records.read(json.dumps(complete | changes).encode())
    doubts = doubts_about(record, TABLE, book.utc_offset_minutes, with_cutoff=True)
    assert doubts is not None
    assert doubts.pointers == set(doubted)


def test_within_a_day_the_day_stands(complete: dict[str, Any], judge: Callable[[Any], Subject]) -> None:
    complete["procedure"]["ended_at"] = "2026-03-10T08:40:00+08:00"
    verdicts = {one.id: one.verdict for one in judge(complete).verdicts}
    assert verdicts["FU-1M"] == verdicts["FU-12M"] == verdicts["CONSENT-1"] == "COMPLIANT"
    assert verdicts["ARM-1"] == "CANNOT_ASSESS"


def test_each_moment_in_doubt_is_asked_by_its_name(complete: dict[str, Any], judge: Callable[[Any], Subject]) -> None:
    complete["procedure"]["ended_at"] = "2026-03-10T08:40:00+08:00"
    asked = {query.pointer: query.ask for query in judge(complete).queries if query.rule == "ARM-1"}
    assert set(asked) == {"/procedure/started_at", "/procedure/ended_at"}
    assert all(words.startswith("the right date of the ") for words in asked.values())


def test_an_instant_of_evaluation_takes_the_place_of_the_cutoff(complete: dict[str, Any], book: Rulebook) -> None:
    record = book.records.read(json.dumps(complete | {"data_cutoff": "2026-03-01"}).encode())
    assert doubts_about(record, TABLE, book.utc_offset_minutes, with_cutoff=False) is None


def test_a_moment_in_doubt_is_shown_as_recorded_and_known_to_be_nothing() -> None:
    instant, day = read_instant("2026-03-10T09:00:00+08:00"), read_date("2026-03-10")
    assert str(instant.in_doubt(480, day_stands=False)) == str(instant.in_doubt(480, day_stands=True)) == str(instant)
    assert str(day.in_doubt()) == str(instant.in_doubt(480, day_stands=True).date) == str(day)
    assert day.in_doubt().span[0] < day.span[0] < day.in_doubt().span[1]
    assert instant.in_doubt(480, day_stands=True).date == day


ADMISSION, CONTACT = "at: hospital.admitted_at}", "where: {status: done}"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (ADMISSION, "at: hospital.admited_at}", 'no field of the record; did you mean "admitted_at"?'),
        (ADMISSION, "at: hospital}", "hospital is no date"),
        (ADMISSION, "at: consent.written}", "consent.written is no date"),
        (
            CONTACT,
            "where: {status: finished}",
            'status is never "finished"; its words are done, missed, refused, not_due',
        ),
        (CONTACT, "where: {state: done}", '"state" is no field beside visits.date; did you mean "status"?'),
        ("later: [discharge]}", "later: [dischage]}", '"dischage" is no moment; did you mean "discharge"?'),
        ("- {id: birth, name: the birth", "- {id: consent, name: the birth", "the moment consent stands twice"),
    ],
)
def test_a_wrong_table_is_told(old: str, new: str, problem: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled(), tmp_path / "rules"))
    file = folder / "events.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(RuleFileError, match=r"events\.yaml") as caught:
        rulebook(folder)
    assert problem in str(caught.value)
