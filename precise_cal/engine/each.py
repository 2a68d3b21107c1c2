"""Many participants, one after another: each judged, or told why it cannot be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.report import Notice
from precise_cal.protocol.roll import SAME_PARTICIPANT, Roll

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.check import Checker
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject


class RecordSource(Protocol):
    """The bytes of a record; its text says where they stand."""

    @property
    def data(self) -> bytes:
        """The bytes."""


Some = TypeVar("Some", bound=RecordSource)


def judge_each(checker: Checker, sources: Iterable[Some]) -> Iterator[tuple[Some, tuple[Part, Subject] | RecordError]]:
    """Every source with its record and what is found about it, or with what is wrong with it.

    A participant who was read before is judged again, with a notice that says from where.
    """
    roll = Roll()
    for source in sources:
        try:
            record = checker.book.records.read(source.data)
            subject = checker.subject(record, source.data)
            before = roll.enter(subject.site_id, subject.subject_id, str(source))
        except RecordError as error:
            yield source, error
        else:
            yield source, (record, subject if before is None else _repeated(subject, before))


def _repeated(subject: Subject, place: str) -> Subject:
    """The findings about a participant who was read before."""
    notice = Notice(SAME_PARTICIPANT, "", f"this participant was read from {place} already", "/subject_id")
    return replace(subject, notices=(*subject.notices, notice))
