"""The problems of a record with the place where each stands: file, line and column."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from precise_cal.cli import exits
from precise_cal.cli.echo import tell
from precise_cal.cli.printable import printable
from precise_cal.files.records import InputError
from precise_cal.protocol.from_json import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from precise_cal.files.records import Source
    from precise_cal.language.catalog import Catalog


Result = TypeVar("Result")


def located(source: Source, error: RecordError, catalog: Catalog | None = None) -> Iterator[str]:
    """Every problem of a record as a line: file, line, column, JSON Pointer, value, and what would be right.

    Args:
        source: that the record was read from.
        error: with the problems.
        catalog: of the language; without it, that of the locale.
    """
    from precise_cal.cli.spoken import language
    from precise_cal.language.house import house_catalog
    from precise_cal.protocol.json_text import line_and_column

    within = catalog or house_catalog(language())
    for problem in error.problems:
        place = line_and_column(source.data, problem.pointer) if problem.pointer else problem.at
        where = str(source)
        if place is not None:
            line, column = place
            where = f"{source.name}:{line + (source.line or 1) - 1}:{column}"
        yield f"{printable(where)}: {printable(within(replace(problem, at=None).words))}"


def each_readable(sources: Iterable[Source], judge: Callable[[Source], Result]) -> tuple[int, list[Result]]:
    """What is found about every record, and the exit status: bad input where one cannot be read, or there is none."""
    found: list[Result] = []
    status = exits.OK
    for source in sources:
        try:
            found.append(judge(source))
        except RecordError as error:
            status = exits.BAD_INPUT
            for line in located(source, error):
                tell(line)
    return (status if found else exits.BAD_INPUT), found


@contextmanager
def naming(source: Source) -> Iterator[None]:
    """Whatever is wrong with the record inside is told with its file.

    Raises:
        InputError: the record is not valid.
    """
    try:
        yield
    except RecordError as error:
        raise InputError("\n".join(located(source, error))) from None
