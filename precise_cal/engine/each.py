"""Many participants, one after another: each judged, or told why it cannot be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

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


class RecordSource(Protocol):
    """The bytes of a record; its text says where they stand."""

    @property
    def data(self) -> bytes:
        """The bytes."""


Some = TypeVar("Some", bound=RecordSource)


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
    for source in sources:
        try:
            record = checker.book.records.read(source.data)
            subject = checker.subject(record, source.data)
            remarks = across.enter(across.facts(record), str(source))
        except RecordError as error:
            yield source, error
        else:
            at = checker.book.role("enrolled_at", record) if remarks else None
            yield source, (record, remarked(checker, subject, at and str(at), remarks) if remarks else subject)


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
