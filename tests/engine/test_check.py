"""What is judged fast is judged the same: records that were met before, reasons only where somebody reads them."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.verdicts import HARMLESS
from precise_cal.rules import bundled
from tests.bundled_cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject

read_record = records_of(bundled()).read

DOCUMENTS = [case.document for case in CASES]


def read(document: Any) -> tuple[Any, bytes]:
    data = json.dumps(document, default=str).encode()
    return read_record(data), data


def records() -> list[tuple[Any, bytes]]:
    """Those of the rule cases, in an order without meaning."""
    found = []
    for document in DOCUMENTS:
        try:
            found.append(read(document))
        except RecordError:
            continue
    chance = random.Random(7)
    chance.shuffle(found)
    return found[:150]


RECORDS = records()


@pytest.fixture(scope="module")
def alone(book: Rulebook) -> list[Subject]:
    """Each record judged by a checker that has met no other."""
    return [Checker(book).subject(*one) for one in RECORDS]


def test_what_was_met_before_changes_nothing(book: Rulebook, alone: list[Subject]) -> None:
    checker = Checker(book)
    for one, expected in zip(RECORDS, alone, strict=True):
        assert checker.subject(*one) == expected


def test_reasons_may_be_left_out_where_all_is_in_order(book: Rulebook, alone: list[Subject]) -> None:
    checker = Checker(book, all_reasons=False)
    for one, expected in zip(RECORDS, alone, strict=True):
        subject = checker.subject(*one)
        assert subject.gate == expected.gate
        assert (subject.queries, subject.notices, subject.deviations) == (
            expected.queries, expected.notices, expected.deviations)  # fmt: skip
        for verdict, full in zip(subject.verdicts, expected.verdicts, strict=True):
            assert (verdict.id, verdict.verdict, verdict.per) == (full.id, full.verdict, full.per)
            if verdict.verdict not in HARMLESS:
                assert verdict.because == full.because


def test_without_a_target_lesion_it_is_asked_for_and_nothing_else(
    screening: dict[str, Any], judge: Callable[[Any], Subject]
) -> None:
    screening["lesions"][0]["target"] = False
    asked = {query.rule: query for query in judge(screening).queries}
    assert set(asked) == {"IC-2", "IC-3", "IC-4", "IC-5", "IC-6", "IC-7", "EX-4"}
    assert {query.pointer for query in asked.values()} == {"/lesions"}
    assert all(query.ask.startswith("which lesion is a target lesion") for query in asked.values())


def test_recorded_digits_are_kept_apart(book: Rulebook, complete: dict[str, Any]) -> None:
    checker = Checker(book)
    observed = []
    for digits in ("3.0", "3.00"):
        complete["lesions"][0]["reference_vessel_diameter"][0]["value"] = digits
        subject = checker.subject(*read(complete))
        verdict = next(one for one in subject.verdicts if one.id == "IC-5")
        observed.append(verdict.because[0].observed)
    assert observed == ["3.0 mm", "3.00 mm"]


@pytest.mark.parametrize(
    ("cutoff", "verdict"),
    [
        ("2026-03-08", "NO"),
        ("2026-03-10T10:30:00+08:00", "YES"),
        ("2026-03-10T02:30:00Z", "YES"),
        ("2026-03-11", "YES"),
    ],
)
def test_a_cut_off_that_is_a_day_is_one_of_the_sites_calendar(book: Rulebook, cutoff: str, verdict: str) -> None:
    assert _is_past(book, cutoff, "@2026-03-10T10:00:00.000+08:00") is (verdict == "YES")


def test_a_moment_after_midnight_at_the_site_is_on_the_next_day(book: Rulebook) -> None:
    """It would still be the day before in Greenwich."""
    assert _is_past(book, "2026-03-10", "@2026-03-11T02:00:00.000+08:00") is False


def _is_past(book: Rulebook, cutoff: str, moment: str) -> Any:
    """Whether a moment lies before the cut-off of a record in which nothing else is known."""
    record = {"schema_version": "1.0", "subject_id": "S1", "data_cutoff": cutoff}
    state = RecordEvaluation(book, read_record(json.dumps(record).encode()), None, all_reasons=True).state
    return evaluate(compile_expression(book.edition(None).environment, f"{moment} <= Now()"), state)
