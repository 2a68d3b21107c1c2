"""What is left to the interpreter: participants whose values no column holds, rules that have no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cohort.run.reference import findings
from precise_cal.cohort.transfer.exporting import as_line, documents
from precise_cal.engine.check import Checker
from precise_cal.protocol.from_json import read_record

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from precise_cal.cohort.layout.dataset import Cohort, Part
    from precise_cal.cohort.run.reference import Finding
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.temporal import DateTime


def judge(
    book: Rulebook,
    now: DateTime | None,
    cohort: Cohort,
    parts: Sequence[Part],
    numbers: Sequence[int] | None,
    wanted: Container[str],
) -> Iterator[list[Finding]]:
    """The findings about participants, in order of their numbers.

    Args:
        book: the rules.
        now: as `Checker` has it.
        cohort: where the records are.
        parts: in which files.
        numbers: the participants; all of the parts without them.
        wanted: the rules that are asked for.
    """
    checker = Checker(book, now)
    rules = {rule.rule.id: rule for rule in book.edition(None).rules}
    for document in documents(cohort, parts, numbers):
        data = as_line(document)
        subject = checker.subject(read_record(data), data)
        yield [one for one in findings(subject, rules) if one.rule in wanted]


def judge_batch(
    book: Rulebook,
    now: DateTime | None,
    cohort: Cohort,
    parts: Sequence[Part],
    numbers: Sequence[int],
    wanted: frozenset[str],
) -> list[list[Finding]]:
    """The same as a list, for a worker process."""
    return list(judge(book, now, cohort, parts, numbers, wanted))


