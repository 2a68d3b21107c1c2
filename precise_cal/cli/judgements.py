"""Records of files judged one after another, with what stderr tells of those that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cli.echo import echo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.across import Across
    from precise_cal.engine.check import Checker
    from precise_cal.files.records import Source
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.from_json import RecordError
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Subject


def subjects_of(
    checker: Checker, sources: Iterable[Source], across: Across, jobs: int
) -> Iterator[tuple[Source, Subject | RecordError]]:
    """Every record with what is found about it, or what is wrong with it, judged by so many processes."""
    if jobs > 1:
        from precise_cal.engine.jobs import judge_by_others

        yield from judge_by_others(checker, sources, across, jobs)
        return
    from precise_cal.engine.each import judge_each
    from precise_cal.protocol.from_json import RecordError

    for source, judged in judge_each(checker, sources, across):
        yield source, judged if isinstance(judged, RecordError) else judged[1]


def told(
    subjects: Iterable[tuple[Source, Subject | RecordError]], catalog: Catalog | None
) -> Iterator[tuple[Source, Subject | None]]:
    """What is found about every record; None of one that cannot be read. Stderr tells what `judgements` tells."""
    from precise_cal.protocol.from_json import RecordError

    for source, subject in subjects:
        _tell_problem(source, subject, catalog)
        yield source, None if isinstance(subject, RecordError) else subject


def _tell_problem(source: Source, subject: Subject | RecordError, catalog: Catalog | None) -> None:
    from precise_cal.engine.across import repeated
    from precise_cal.protocol.from_json import RecordError

    problem = subject if isinstance(subject, RecordError) else repeated(subject)
    if problem is not None:
        from precise_cal.cli.record_errors import located

        for line in located(source, problem, catalog):
            echo(line, err=True)


def judgements(
    checker: Checker, sources: Iterable[Source], across: Across, catalog: Catalog | None = None
) -> Iterator[tuple[Source, tuple[Part, Subject] | None]]:
    """Every record with what is found about it; None of one that cannot be read.

    Stderr tells the problems, and of a participant who was read before, where.
    """
    from precise_cal.engine.each import judge_each
    from precise_cal.protocol.from_json import RecordError

    for source, judged in judge_each(checker, sources, across):
        _tell_problem(source, judged if isinstance(judged, RecordError) else judged[1], catalog)
        yield source, None if isinstance(judged, RecordError) else judged
