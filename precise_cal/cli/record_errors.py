"""The problems of a record with the place where each stands: file, line and column."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from precise_cal.cli.printable import printable
from precise_cal.files.records import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.files.records import Source
    from precise_cal.protocol.from_json import RecordError


def located(source: Source, error: RecordError) -> Iterator[str]:
    """Every problem of a record as a line: file, line, column, JSON Pointer, value, and what would be right."""
    from precise_cal.protocol.json_text import line_and_column

    for problem in error.problems:
        line, column = (1, 1) if not problem.pointer else line_and_column(source.data, problem.pointer)
        line += source.line - 1 if source.line else 0
        where = f"{source.name}:{line}:{column}" if problem.pointer else str(source)
        yield f"{printable(where)}: {printable(str(problem))}"


@contextmanager
def naming(source: Source) -> Iterator[None]:
    """Whatever is wrong with the record inside is told with its file.

    Raises:
        InputError: the record is not valid.
    """
    from precise_cal.protocol.from_json import RecordError

    try:
        yield
    except RecordError as error:
        raise InputError("\n".join(located(source, error))) from None
