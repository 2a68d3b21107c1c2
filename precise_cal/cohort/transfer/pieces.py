"""One piece of an import: some records read, checked and laid out as tables, or refused with reasons.

A piece is a folder that appears as a whole. Within it the rows of each table are grouped by site, and ``piece.json``
tells where those of a site are.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.dataset import arrow_schema, write_json, write_table
from precise_cal.cohort.layout.flatten import Flattener
from precise_cal.cohort.layout.tables import layout
from precise_cal.engine.rulebook.roles import field_reader
from precise_cal.language.catalog import message
from precise_cal.protocol.from_json import Problem, RecordError, RecordReader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from precise_cal.protocol.part import Part
    from precise_cal.protocol.schema.tree import RecordSchema

INDEX: Final = "piece.json"
REJECTS: Final = "rejects.jsonl"


class Line(NamedTuple):
    """The bytes of a record, and where they stand."""

    where: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """What one piece is made of: records, and the number of the first one in the cohort."""

    number: int
    first: int
    lines: tuple[Line, ...]


def make_piece(batch: Batch, folder: Path, schema: RecordSchema, study: str, offset_minutes: int) -> tuple[int, int]:
    """Make a piece; how many records were taken and how many refused."""
    target, rest = folder / f"{batch.number:06}", folder / f"{batch.number:06}.{os.getpid()}.tmp"
    rest.mkdir(parents=True)
    records, refused = _read(batch, schema, study)
    site_of = field_reader(schema, "site")
    records.sort(key=lambda one: site_of(one[1]) or "")
    flattener = Flattener(schema, offset_minutes)
    sites: list[dict[str, Any]] = []
    for number, record in records:
        site = site_of(record)
        if not sites or sites[-1]["site"] != site:
            sites.append({"site": site, "first": _lengths(flattener)})
        flattener.add(record, number)
    for table in layout(schema).walk():
        _write_rows(table, flattener.rows[table.name], rest / f"{table.name}.parquet")
    (rest / REJECTS).write_text("".join(refused), "utf-8")
    counts = {"taken": len(records), "refused": len(refused), "lines": len(batch.lines)}
    write_json(rest / INDEX, {**counts, "sites": sites, "end": _lengths(flattener)})
    try:
        rest.replace(target)
    except OSError:
        shutil.rmtree(rest)
    return len(records), len(refused)


@cache
def _reader(schema: RecordSchema) -> RecordReader:
    return RecordReader(schema)


def _read(batch: Batch, schema: RecordSchema, study: str) -> tuple[list[tuple[int, Part]], list[str]]:
    reader, study_of = _reader(schema), field_reader(schema, "study")
    records: list[tuple[int, Part]] = []
    refused: list[str] = []
    for place, line in enumerate(batch.lines):
        try:
            record = reader.read(line.data)
            named = study_of(record)
            if named not in (None, study):
                text = message("is another study: these rules are those of { $study }", study=study)
                raise RecordError([Problem(schema.role_pointer("study"), f'"{named}"', text)])
        except RecordError as error:
            refused.append(_refusal(line, batch.first + place, [str(problem) for problem in error.problems]))
        else:
            records.append((batch.first + place, record))
    return records, refused


def _refusal(line: Line, number: int, problems: Sequence[str]) -> str:
    text = line.data.decode("utf-8", "backslashreplace")
    said = {"source": line.where, "number": number, "problems": problems, "record": text}
    return json.dumps(said, ensure_ascii=False) + "\n"


def _lengths(flattener: Flattener) -> dict[str, int]:
    return {name: len(rows) for name, rows in flattener.rows.items()}


def _write_rows(table: Any, rows: list[tuple[Any, ...]], path: Path) -> None:
    arrow = extra("pyarrow")
    schema = arrow_schema(table)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    write_table(arrow.Table.from_arrays(arrays, schema=schema), path, durable=False)
