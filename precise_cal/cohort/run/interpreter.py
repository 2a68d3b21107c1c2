"""What is left to the interpreter: participants whose values no column holds, rules that have no SQL."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final, Self

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.run.reference import findings
from precise_cal.cohort.transfer.exporting import as_line, documents
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.files.workers import workers
from precise_cal.language.catalog import message, words_of
from precise_cal.protocol.from_json import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor
    from pathlib import Path
    from types import TracebackType

    from precise_cal.cohort.layout.dataset import Cohort, Part
    from precise_cal.cohort.run.reference import Finding
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.temporal import DateTime

BATCH: Final = 250
"""Participants that a process judges before it is given more."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to judge participants by, and where their records are.

    Attributes:
        rules: the folder of the rules.
        now: as `Checker` has it.
        cohort: where the records are, and in which files.
        wanted: the rules that are asked for.
    """

    rules: Path
    now: DateTime | None
    cohort: Cohort
    parts: tuple[Part, ...]
    wanted: frozenset[str]


def judged(task: Task, numbers: Sequence[int]) -> list[list[Finding]]:
    """The findings about participants, in order of their numbers.

    Raises:
        CohortError: the tables hold what is no record.
    """
    book = _book(task.rules)
    checker = Checker(book, task.now)
    rules = book.rules
    found = []
    for number, document in zip(numbers, documents(task.cohort, task.parts, numbers), strict=True):
        data = as_line(document)
        try:
            subject = checker.subject(book.records.read(data), data)
        except RecordError as error:
            who = message("{ $folder }: the rows of participant { $number }", folder=task.cohort.folder, number=number)
            raise CohortError(message("{ $who } are no record: { $error }", who=who, error=words_of(error))) from None
        found.append([one for one in findings(subject, rules) if one.rule in task.wanted])
    return found


@lru_cache(maxsize=2)
def _book(folder: Path) -> Rulebook:
    return rulebook(folder)


class Interpreters:
    """Processes that judge batches of participants; they start with the first batch that is worth it.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._held = ExitStack()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.__exit__(kind, error, trace)

    def judge(self, task: Task, numbers: Sequence[int]) -> Iterator[list[Finding]]:
        """The findings about participants, in order of their numbers."""
        if len(numbers) < BATCH or self._workers == 1:
            yield from judged(task, numbers)
            return
        with self._lock:
            if self._pool is None:
                self._pool = self._held.enter_context(workers(self._workers))
        batches = [numbers[first : first + BATCH] for first in range(0, len(numbers), BATCH)]
        for found in self._pool.map(judged, [task] * len(batches), batches):
            yield from found
