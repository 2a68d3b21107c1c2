"""Cohorts for the benchmarks: random records, imported once and repeated under new numbers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from precise_cal.cohort.layout.dataset import (
    SCHEMA_VERSION,
    Manifest,
    open_cohort,
    row_counts,
    write_manifest,
    write_table,
)
from precise_cal.cohort.layout.tables import KEY, tables
from precise_cal.cohort.transfer.importing import Import, import_records
from precise_cal.cohort.transfer.pieces import Line
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cohort"))
from random_records import RandomRecords

SCHEMA = records_of(bundled()).schema
STUDY, OFFSET = "NCT07277114", 480
SITES, PART = 10, 100_000


def base(folder: Path, count: int, seed: int, workers: int = 2) -> Path:
    """A cohort of so many random records; made once."""
    if not (folder / "cohort.json").exists():
        lines = (
            Line(f"random:{place}", line) for place, line in enumerate(RandomRecords(seed, unfit=False).lines(count), 1)
        )
        import_records(Import(folder, (("random", count, seed),), SCHEMA, STUDY, OFFSET, workers), lines)
    return folder


def repeated(source: Path, folder: Path, count: int) -> Path:
    """A cohort of so many participants at ten sites, the records of another one over and over; made once."""
    if (folder / "cohort.json").exists():
        return folder
    cohort = open_cohort(source, SCHEMA)
    whole = {name: _all(cohort.files(name, cohort.parts)) for name in tables(cohort.schema)}
    size = whole["participants"].num_rows
    left, first = count, 0
    for number in range(-(-count // PART)):
        wanted = min(PART, left)
        copies = -(-wanted // size)
        site, part = f"S{number % SITES:02}", f"part-{number // SITES:05}.parquet"
        for name, table in whole.items():
            shifted = pa.concat_tables([_shifted(table, first + copy * size, site) for copy in range(copies)])
            kept = shifted.filter(pc.less(shifted[KEY], first + wanted + 1))
            write_table(kept, folder / name / f"site={site}" / part)
        left, first = left - wanted, first + copies * size
    write_manifest(folder, Manifest(SCHEMA_VERSION, STUDY, OFFSET, count, 0, row_counts(folder, SCHEMA)))
    return folder


def _all(files: list[str]) -> Any:
    """The rows of a table, participants numbered from 1 without gaps."""
    return pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])


def _shifted(table: Any, first: int, site: str) -> Any:
    numbers = pc.add(_dense(table[KEY]), first)
    table = table.set_column(0, table.schema.field(0), numbers)
    if "subject_id" not in table.column_names:
        return table
    place = table.column_names.index("subject_id")
    table = table.set_column(place, table.schema.field(place), pc.cast(numbers, pa.string()))
    place = table.column_names.index("site_id")
    return table.set_column(place, table.schema.field(place), pa.array([site] * table.num_rows, pa.string()))


_RANK: dict[int, int] = {}


def _dense(column: Any) -> Any:
    if not _RANK:
        _RANK.update({number: place for place, number in enumerate(sorted(set(column.to_pylist())), 1)})
    known = pa.array(list(_RANK), pa.int64())
    return pc.add(pc.cast(pc.index_in(column, value_set=known), pa.int64()), 1)


def describe(folder: Path) -> str:
    """How large a cohort is on disk."""
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    rows = json.loads((folder / "cohort.json").read_text("utf-8"))["participants"]
    return f"{rows:,} participants, {size / 1e6:,.0f} MB of Parquet"
