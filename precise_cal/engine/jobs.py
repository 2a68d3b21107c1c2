"""Many participants judged by several processes: what comes out, and in which order, is what one process gives."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.across import Across
from precise_cal.engine.check import Checker
from precise_cal.engine.each import TOGETHER, collect_seldom, judge_together, remarked
from precise_cal.engine.rulebook import rulebook
from precise_cal.files.workers import workers
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.from_json import Problem, RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from precise_cal.engine.across import Facts
    from precise_cal.engine.each import Some
    from precise_cal.protocol.report import Subject
    from precise_cal.protocol.temporal import DateTime

BATCH: Final = 100
"""Participants that a process judges before it is given more."""
_AHEAD: Final = 3
"""Batches that wait for each process, so that memory stays bounded."""


class RulesChangedError(PreciseError):
    """The rules were changed while they judged."""


class Task(NamedTuple):
    """What processes judge by: what a `Checker` has, and the digest of its rules."""

    folder: Path
    sha256: str
    now: DateTime | None
    all_reasons: bool


class Judged(NamedTuple):
    """A participant as judged alone, and what others are held against."""

    subject: Subject
    facts: Facts
    enrolled_at: str | None


def judge_by_others(
    checker: Checker, sources: Iterable[Some], across: Across, number: int
) -> Iterator[tuple[Some, Subject | RecordError]]:
    """Every source with what is found about it, or with what is wrong with it, in the order of the sources.

    Args:
        checker: the rules; they are those of their folder.
        sources: the records, one after another.
        across: takes note of the participants.
        number: how many processes judge.

    Raises:
        RulesChangedError: the rules of the folder are no longer those of the checker.
    """
    book = checker.book
    task = Task(book.folder, book.version.sha256, checker.now, checker.all_reasons)
    with workers(number) as pool:
        for source, judged in _in_order(task, sources, pool, number * _AHEAD):
            yield source, _entered(checker, source, judged, across)


def _in_order(
    task: Task, sources: Iterable[Some], pool: Executor, ahead: int
) -> Iterator[tuple[Some, Judged | tuple[Problem, ...]]]:
    waiting: deque[tuple[list[Some], Future[list[Judged | tuple[Problem, ...]]]]] = deque()
    rest = iter(sources)
    while batch := list(islice(rest, BATCH)):
        waiting.append((batch, pool.submit(judge_batch, task, [one.data for one in batch])))
        if len(waiting) > ahead:
            first, judged = waiting.popleft()
            yield from zip(first, judged.result(), strict=True)
    for last, judged in waiting:
        yield from zip(last, judged.result(), strict=True)


def _entered(
    checker: Checker, source: Some, judged: Judged | tuple[Problem, ...], across: Across
) -> Subject | RecordError:
    if not isinstance(judged, Judged):
        return RecordError(judged)
    try:
        remarks = across.enter(judged.facts, str(source))
    except RecordError as error:
        return error
    return remarked(checker, judged.subject, judged.enrolled_at, remarks) if remarks else judged.subject


def judge_batch(task: Task, records: Sequence[bytes]) -> list[Judged | tuple[Problem, ...]]:
    """What is found about each record, or what is wrong with it; what runs in the other processes."""
    checker, across = _judging(task)
    found: list[Judged | tuple[Problem, ...]] = []
    for first in range(0, len(records), TOGETHER):
        for judged in judge_together(checker, records[first : first + TOGETHER]):
            if isinstance(judged, RecordError):
                found.append(judged.problems)
                continue
            record, subject = judged
            at = checker.book.role("enrolled_at", record)
            found.append(Judged(subject, across.facts(record), None if at is None else str(at)))
    return found


@lru_cache(maxsize=1)
def _judging(task: Task) -> tuple[Checker, Across]:
    book = rulebook(task.folder)
    if book.version.sha256 != task.sha256:
        raise RulesChangedError(message("{ $folder }: the rules were changed during the run", folder=task.folder))
    collect_seldom()
    return Checker(book, task.now, all_reasons=task.all_reasons), Across(book)
