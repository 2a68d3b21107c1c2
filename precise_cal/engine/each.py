"""Many participants, one after another: each judged, or told why it cannot be read."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from precise_cal.engine.across import Across
from precise_cal.engine.populations import leaving
from precise_cal.engine.rulebook.consequences import Found, finding_fact, in_order
from precise_cal.protocol.from_json import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from precise_cal.engine.across import Remark
    from precise_cal.engine.check import Checker
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject

TOGETHER: Final = 16
"""Participants that a rule judges before the next rule does."""
TOGETHER_BYTES: Final = 1_000_000
"""What their records hold together at most, but for the last one."""

_SELDOM: Final = 100_000
"""Objects that are alive at once beyond those of the start before it does: several times those of a batch."""


class RecordSource(Protocol):
    """The bytes of a record; its text says where they stand."""

    @property
    def data(self) -> bytes:
        """The bytes."""


Some = TypeVar("Some", bound=RecordSource)


def collect_seldom() -> None:
    """Let Python look for reference cycles seldom, and never among what all participants share: judging makes none.

    To be called where the rules are there and one participant was judged.
    """
    gc.freeze()
    gc.set_threshold(_SELDOM, 20, 20)
    gc.enable()


def judge_each(
    checker: Checker, sources: Iterable[Some], across: Across | None = None
) -> Iterator[tuple[Some, tuple[Part, Subject] | RecordError]]:
    """Every source with its record and what is found about it, or with what is wrong with it.

    Args:
        checker: the rules.
        sources: the records, one after another.
        across: takes note of the participants; its `close` tells what only all of them together show.
    """
    across = across or Across(checker.book)
    for batch in _batches(sources):
        for source, judged in zip(batch, judge_together(checker, [one.data for one in batch]), strict=True):
            yield source, judged if isinstance(judged, RecordError) else _entered(checker, source, judged, across)


def _batches(sources: Iterable[Some]) -> Iterator[list[Some]]:
    batch: list[Some] = []
    size = 0
    for source in sources:
        batch.append(source)
        size += len(source.data)
        if len(batch) == TOGETHER or size > TOGETHER_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def judge_together(checker: Checker, documents: Iterable[bytes]) -> list[tuple[Part, Subject] | RecordError]:
    """Some documents, each as its record with what is found about it, or with what is wrong with it."""
    read = [(_read(checker, data), data) for data in documents]
    found = iter(checker.subjects([(one, data) for one, data in read if not isinstance(one, RecordError)]))
    judged = [(one, one if isinstance(one, RecordError) else next(found)) for one, _ in read]
    return [
        one if isinstance(one, RecordError) else subject if isinstance(subject, RecordError) else (one, subject)
        for one, subject in judged
    ]


def _read(checker: Checker, data: bytes) -> Part | RecordError:
    try:
        return checker.book.records.read(data)
    except RecordError as error:
        return error


def _entered(
    checker: Checker, source: RecordSource, judged: tuple[Part, Subject], across: Across
) -> tuple[Part, Subject] | RecordError:
    record, subject = judged
    try:
        remarks = across.enter(across.facts(record), str(source))
    except RecordError as error:
        return error
    at = checker.book.role("enrolled_at", record) if remarks else None
    return record, remarked(checker, subject, at and str(at), remarks) if remarks else subject


def remarked(checker: Checker, subject: Subject, enrolled_at: str | None, remarks: Sequence[Remark]) -> Subject:
    """The findings with what does not hold because of other participants."""
    found = [
        Found(finding_fact(one.notice.rule, one.finding, None, None), None, enrolled_at, one.notice.text)
        for one in remarks
        if one.finding is not None
    ]
    more = checker.book.deviations.deviations(found)
    populations, reasons = leaving(subject.populations, subject.population_reasons, more)
    return replace(
        subject,
        deviations=in_order([*subject.deviations, *more]),
        notices=(*subject.notices, *(one.notice for one in remarks)),
        populations=populations,
        population_reasons=reasons,
    )
