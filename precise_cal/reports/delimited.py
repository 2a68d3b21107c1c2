"""Tables as CSV (RFC 4180, UTF-8): the sheets of the workbook, without what only the workbook needs."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING, Final

from precise_cal.reports.plain import guarded, visible
from precise_cal.reports.workbook.layout import ID
from precise_cal.reports.workbook.sheets import sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from precise_cal.reports.case import Trial

NAMES: Final = {
    "Deviations": "deviations.csv",
    "Eligibility": "eligibility.csv",
    "Queries": "queries.csv",
    "Visits": "visits.csv",
}


def csv_files(trial: Trial) -> dict[str, Callable[[], bytes]]:
    """The files by name, each with what makes it."""
    return {file: partial(_table, trial, name) for name, file in NAMES.items()}


def _table(trial: Trial, name: str) -> bytes:
    layout, rows = next(one for one in sheets(trial) if one[0].name == name)
    head = [ID, *(column.title for column in layout.shown), *layout.review_names]
    lines = ([row.id, *row.shown, *(row.decision[title] for title in layout.review_names)] for row in rows)
    return as_csv([map(trial.catalog, head), *lines])


def as_csv(rows: Iterable[Iterable[str | int | None]]) -> bytes:
    """Rows as CSV; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return stream.getvalue().encode()


def _cell(value: str | int | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    return guarded(visible(value))
