"""``--now`` in cohorts: the instant that is given stands in place of each participant's cut-off, in every respect."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.run.days import Days
from precise_cal.cohort.run.editions import governing
from precise_cal.cohort.run.reference import findings
from precise_cal.cohort.sql.dialects import DUCKDB
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.temporal import DateTime
from precise_cal.rules import bundled
from tests.cohort.test_equality import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.cohort.layout.dataset import Cohort
    from precise_cal.cohort.run.checking import Check
    from precise_cal.engine.rulebook.rulebook import Rulebook

NOW = DateTime.parse("2026-03-20T17:00:00.000+00:00")


def day(year: int, month: int, of_month: int) -> str:
    return str((datetime.date(year, month, of_month) - datetime.date(1970, 1, 1)).days)


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        ("2026-03-20T15:59:59.999Z", (2026, 3, 20), (2026, 3, 20)),
        ("2026-03-20T16:00:00.000Z", (2026, 3, 21), (2026, 3, 21)),
        ("2026-03", (2026, 3, 1), (2026, 3, 31)),
    ],
)
def test_the_day_of_an_instant_is_that_of_the_study(
    now: str, first: tuple[int, int, int], last: tuple[int, int, int], book: Rulebook
) -> None:
    assert Days(book, DateTime.parse(now), DUCKDB)._now == (day(*first), day(*last))


def test_without_an_instant_the_cut_off_tells_the_day(book: Rulebook) -> None:
    found = Days(book, None, DUCKDB)._now
    assert found is not None
    assert ("data_cutoff_low" in found.first, "data_cutoff_high" in found.last) == (True, True)
    consented = Days(book, NOW, DUCKDB)._moment("consent")
    assert consented is not None
    assert day(2026, 3, 21) in consented.first, "what is later than the instant counts as of the instant"


def test_the_sql_reads_the_cut_off_only_where_no_instant_is_given(book: Rulebook) -> None:
    """What is recorded after the cut-off is contradictory only where the cut-off tells the day."""
    (with_cutoff,), (given,) = (governing(book, now, DUCKDB, ["IC-1"], reasons=False) for now in (None, NOW))
    assert "data_cutoff" in str(with_cutoff.program)
    assert "data_cutoff" not in str(given.program)


@pytest.mark.slow
def test_a_cut_off_before_the_events_does_not_count_where_an_instant_is_given(
    complete: dict[str, Any],
    book: Rulebook,
    check: Callable[..., Check],
    import_lines: Callable[[list[bytes]], Cohort],
) -> None:
    """Who is contradictory by the cut-off alone is the interpreter's; with an instant, the rules in SQL judge."""
    complete["data_cutoff"] = "2026-01-01T00:00:00+08:00"
    line = json.dumps(complete).encode()
    cohort = import_lines([line])
    record = records_of(bundled()).read(line)
    for name, now, by_interpreter in (("cutoff", None, 1), ("given", NOW, 0)):
        job = check(cohort, name, now=now, only=["FU-1M", "IC-1"])
        assert job.run().by_interpreter == by_interpreter
        verdicts = {one.id: str(one.verdict) for one in Checker(book, now).subject(record, line).verdicts}
        assert {rule: row[0] for (_, rule), row in rows(job.folder).items()} == {
            rule: verdicts[rule] for rule in ("FU-1M", "IC-1")
        }


def test_dates_that_contradict_each_other_matter_to_rules_that_read_them(
    complete: dict[str, Any],
    book: Rulebook,
    check: Callable[..., Check],
    import_lines: Callable[[list[bytes]], Cohort],
) -> None:
    """Of a day of discharge before the admission nothing is asked where no rule reads a moment of such a pair."""
    complete["hospital"]["discharged_at"] = "2025-01-01T00:00:00+08:00"
    complete["hospital"]["admitted_at"] = "2025-01-02T00:00:00+08:00"
    line = json.dumps(complete).encode()
    cohort = import_lines([line])
    subject = Checker(book, NOW).subject(records_of(bundled()).read(line), line)
    assert any(one.rule == book.chronology.rule for one in subject.queries)
    verdicts = {one.id: str(one.verdict) for one in subject.verdicts}
    for rule, by_interpreter in (("EX-8", 0), ("IC-1", 0), ("PERI-4", 1)):
        job = check(cohort, rule, now=NOW, only=[rule])
        assert (job.run().by_interpreter, rule) == (by_interpreter, rule)
        assert {name: row[0] for (_, name), row in rows(job.folder).items()} == {rule: verdicts[rule]}


def test_a_cut_off_that_is_missing_is_what_is_asked_for(
    complete: dict[str, Any],
    book: Rulebook,
    check: Callable[..., Check],
    import_lines: Callable[[list[bytes]], Cohort],
) -> None:
    complete["visits"] = []
    del complete["data_cutoff"]
    line = json.dumps(complete).encode()
    subject = Checker(book).subject(records_of(bundled()).read(line), line)
    job = check(import_lines([line]), "missing", only=["FU-1M"])
    assert job.run().by_interpreter == 0
    expected = [one[1:] for one in findings(subject, book.rules) if one.rule == "FU-1M"]
    assert list(rows(job.folder).values()) == expected
    assert expected[0][1] == "data_cutoff"


def test_who_is_judged_by_the_only_version_is_told_in_sql(book: Rulebook) -> None:
    """Where nothing could tell, the interpreter would judge everybody: the same, and a hundred times as long."""
    (key,) = book.timeline.keys
    text = Days(book, NOW, DUCKDB).where(key, ["consent", "enrollment"])
    assert text is not None
    assert text.count(" AND ") >= 3
