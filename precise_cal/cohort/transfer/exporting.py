"""A cohort back to records: one line of JSON a participant, all that was recorded and nothing that was computed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.rebuild import documents_of
from precise_cal.cohort.layout.tables import KEY, layout, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.cohort.layout.dataset import Cohort, Part


def export_records(cohort: Cohort) -> Iterator[bytes]:
    """The records, by site and in the order in which they were imported."""
    for part in cohort.parts:
        for document in documents(cohort, [part]):
            yield as_line(document)


def as_line(document: dict[str, Any]) -> bytes:
    """A record as one line, without the end of the line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def documents(cohort: Cohort, parts: Sequence[Part], only: Sequence[int] | None = None) -> Iterator[dict[str, Any]]:
    """The records of some parts as JSON data, in order of their numbers.

    Args:
        cohort: where they are.
        parts: which files to read.
        only: the numbers of the participants that are wanted; all without it.
    """
    rows = {name: _rows(cohort, name, parts, only) for name in tables(cohort.schema)}
    yield from documents_of(layout(cohort.schema), rows)


def _rows(cohort: Cohort, table: str, parts: Sequence[Part], only: Sequence[int] | None) -> list[dict[str, Any]]:
    """The rows of a table."""
    parquet = extra("pyarrow.parquet")
    filters = None if only is None else [(KEY, "in", list(only))]
    files = cohort.files(table, parts)
    return [row for path in files for row in parquet.read_table(path, filters=filters, partitioning=None).to_pylist()]
