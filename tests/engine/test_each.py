"""Participants judged together: each as if it were alone, in the order of the sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from precise_cal.engine.check import Checker
from precise_cal.engine.each import TOGETHER, TOGETHER_BYTES, judge_each, judge_together
from precise_cal.protocol.from_json import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook


class Line(NamedTuple):
    """A record of a file."""

    number: int
    data: bytes


def _lines(complete: dict[str, Any], count: int) -> list[Line]:
    """Records of which every fifth is of another study, every seventh is no record, and others have no lesions."""
    found = []
    for number in range(count):
        more = {"study_id": "NCT00000000"} if number % 5 == 4 else {"lesions": []} if number % 3 == 1 else {}
        document = {**complete, **more, "subject_id": f"ZS01-{number:03}"}
        found.append(Line(number, b"{" if number % 7 == 6 else json.dumps(document).encode()))
    return found


def _alone(checker: Checker, line: Line) -> Any:
    try:
        return checker.subject(checker.book.records.read(line.data), line.data)
    except RecordError as error:
        return error.problems


def test_each_is_judged_as_if_alone(book: Rulebook, complete: dict[str, Any]) -> None:
    checker, lines = Checker(book), _lines(complete, TOGETHER)
    judged = judge_together(checker, [line.data for line in lines])
    found = [one.problems if isinstance(one, RecordError) else one[1] for one in judged]
    assert found == [_alone(checker, line) for line in lines]
    assert sum(isinstance(one, tuple) for one in found) > TOGETHER // 4, "problems"


def test_all_come_in_the_order_of_the_sources(book: Rulebook, complete: dict[str, Any]) -> None:
    lines = _lines(complete, 2 * TOGETHER + 3)
    assert [line for line, _ in judge_each(Checker(book), lines)] == lines


def test_no_more_is_read_ahead_than_is_judged_together(book: Rulebook, complete: dict[str, Any]) -> None:
    """By number, and of large records by their bytes."""
    for padding, most in ((0, TOGETHER), (TOGETHER_BYTES // 2, 3)):
        read: list[int] = []

        def sources(padding: int = padding, read: list[int] = read) -> Iterator[Line]:
            for line in _lines(complete, 3 * TOGETHER):
                read.append(line.number)
                yield Line(line.number, line.data + b" " * padding)

        next(judge_each(Checker(book), sources()))
        assert len(read) <= most, padding
