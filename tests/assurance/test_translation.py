"""The translation to Z3 says of records what the engine says, and names what it cannot say."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")

from precise_cal.assurance.agreement import agreement
from precise_cal.assurance.days import Calendar, years_between
from precise_cal.engine.cases import read_cases
from precise_cal.engine.cql import calendar
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.engine.rulebook import rulebook
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.temporal import Date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.assurance.days import Day
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part

LANTERN = Path(__file__).parents[2] / "examples" / "trials" / "lantern"


def _read(book: Rulebook, documents: Iterator[dict[str, Any]]) -> Iterator[Part]:
    for document in documents:
        with suppress(RecordError):  # a random value may lie outside its range
            yield book.records.read(json.dumps(document, default=str).encode())


def _random(book: Rulebook, random_records: Any, seed: int, count: int) -> Iterator[Part]:
    return _read(book, random_records.RandomRecords(seed, unfit=False).documents(count))


def test_random_records_have_the_verdicts_of_the_engine(book: Rulebook, random_records: Any) -> None:
    found = agreement(book, _random(book, random_records, 7, 8))
    assert found.differences == ()
    assert found.untranslated == {}
    assert found.compared > 200


@pytest.mark.slow
def test_hundreds_of_random_records_have_the_verdicts_of_the_engine(book: Rulebook, random_records: Any) -> None:
    """A sample; `benchmarks/translation_equality.py` compares twenty thousand."""
    found = agreement(book, _random(book, random_records, 8, 400))
    assert (found.differences, found.untranslated) == ((), {})


@pytest.mark.slow
def test_cases_of_another_trial_changed_at_random_have_the_verdicts_of_the_engine(random_cases: Any) -> None:
    read = rulebook(LANTERN, cache=False)
    cases = [one.document for one in read_cases(LANTERN) if not one.case.parameters]
    found = agreement(read, _read(read, random_cases.varied(read.schema, cases, 3, 200)))
    assert found.differences == ()
    assert found.compared > 2500


INSTANTS = (
    "2026", "2026-03", "2026-03-10", "2026-03-11", "2026-03-10T07:00:00+08:00", "2026-03-10T09:00:00+08:00",
    "2026-03-09T23:00:00Z", "2026-03-10T20:00:00-05:00", "2026-03-10T00:00:00+08:00", "2026-03-11T09:00+08:00",
)  # fmt: skip
ORDERS = (
    "started <= cutoff",
    "started < cutoff",
    "started = cutoff",
    "started + 24 hours > cutoff",
    "started + 1 day <= cutoff",
    "date from started <= date from cutoff",
    "started <= date from cutoff",
    "hour from started < 9",
)


def test_instants_are_ordered_as_in_the_rule_language(tmp_path: Path, small_trial: Any) -> None:
    """Of a day that is recorded in place of an instant, the hours are those of the clock of the study."""
    rules = [small_trial.CRITERION | {"id": f"IC-{n}", "met_when": text} for n, text in enumerate(ORDERS, 1)]
    study = small_trial.STUDY | {"utc_offset": "+08:00"}
    small_trial.folder_of(tmp_path, protocol={"study": study}, eligibility={"rules": rules})
    made = rulebook(tmp_path, cache=False)
    documents = (
        {"schema_version": "1.0", "subject": "A", "started": one, "cutoff": other}
        for one in INSTANTS
        for other in INSTANTS
    )
    found = agreement(made, _read(made, documents))
    assert found.differences == ()
    assert (found.compared, found.untranslated) == (len(ORDERS) * len(INSTANTS) ** 2, {})


EXTREMES = (
    "Min(contacts C return all C.date) <= @2026-03-10",
    "Max(contacts C return all C.date) < @2026-03-10",
    "Min(contacts C where C.status = 'done' return all C.date) is null",
    "Max(contacts C return C.date) = Min(contacts C return C.date)",
)


def test_the_first_and_the_last_of_dates_are_those_of_the_rule_language(tmp_path: Path, small_trial: Any) -> None:
    rules = [small_trial.CRITERION | {"id": f"IC-{n}", "met_when": text} for n, text in enumerate(EXTREMES, 1)]
    small_trial.folder_of(tmp_path, eligibility={"rules": rules})
    made = rulebook(tmp_path, cache=False)
    days = ("2026-03-10", "2026-03-09", "2026-03", "2026", "2027-01-01", None)
    lists = [[], *([one] for one in days), *([one, other] for one in days for other in days)]
    documents = (
        {"schema_version": "1.0", "subject": "A", "contacts": [{"status": "done", "date": one} for one in several]}
        for several in [*lists, ["2026-03-09", None, "2026"], ["2027-01-01", "2026-03", "2026-03-09"]]
    )
    found = agreement(made, _read(made, documents))
    assert found.differences == ()
    assert (found.compared, found.untranslated) == (len(EXTREMES) * (len(lists) + 2), {})


def test_another_trial_is_translated_as_well() -> None:
    book = rulebook(LANTERN, cache=False)
    cases = read_cases(LANTERN)
    found = agreement(book, _read(book, (one.document for one in cases[::4] if not one.case.parameters)))
    assert found.differences == ()
    assert found.compared > 100
    assert set(found.untranslated.values()) <= {"Divide", "a product of Amount and Amount"}


def _translated(made: Calendar, day: Date) -> Day:
    return made.stated(False, day.year, day.month or 1, day.day or 1, day.month is not None, day.day is not None)


def _days(seed: int) -> Iterator[Date]:
    chance = random.Random(seed)
    while True:
        year, month, day = (
            chance.randint(1930, 2060),
            chance.choice((1, 2, 2, 3, 12)),
            chance.choice((1, 15, 28, 29, 30)),
        )
        known = Date(year, month, min(day, 28 + (month != 2 or year % 4 == 0)))
        yield chance.choice((known, known, known, Date(year, month), Date(year)))


def test_days_that_are_partly_known_move_as_in_the_rule_language() -> None:
    made, days, chance = Calendar(), _days(1), random.Random(2)
    for _ in range(500):
        day, amount = next(days), chance.randint(-200, 200)
        for unit, moved in (("day", made.moved_days), ("month", made.moved_months)):
            expected = calendar.add(day, amount, unit)
            found = moved(_translated(made, day), amount)
            assert expected is not None
            assert (found.first, found.last) == (expected.low, expected.high), (day, amount, unit)


def test_completed_years_are_those_of_the_rule_language() -> None:
    made, days = Calendar(), _days(3)
    for _ in range(500):
        one, other = next(days), next(days)
        expected = Uncertainty.bounds(calendar.duration(one, other, "year", 0))
        assert years_between(made, _translated(made, one), _translated(made, other)) == expected, (one, other)
