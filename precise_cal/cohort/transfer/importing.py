"""JSON Lines to a cohort: records in, tables out, in parallel; a run that was stopped is taken up where it stood."""

from __future__ import annotations

import gc
import json
import shutil
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.dataset import (
    MANIFEST,
    SCHEMA_VERSION,
    Manifest,
    held,
    is_empty,
    row_counts,
    write_json,
    write_manifest,
    written,
)
from precise_cal.cohort.layout.tables import PARTICIPANTS
from precise_cal.cohort.transfer.merging import merge
from precise_cal.cohort.transfer.pieces import INDEX, Batch, Line, make_piece
from precise_cal.files.workers import workers
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from precise_cal.protocol.schema.tree import RecordSchema

BATCH: Final = 5_000
_PIECES: Final = ".pieces"
_RUN: Final = "run.json"


@dataclass(frozen=True, slots=True)
class Import:
    """What to import, and as what.

    Attributes:
        folder: of the cohort to make.
        inputs: what tells the input apart from another one: names, sizes, times of change.
        schema: the form of the records.
        study: the study's id; records of another one are refused.
        offset_minutes: the clock of the study, from UTC.
        workers: processes that read records.
    """

    folder: Path
    inputs: tuple[tuple[str, int, int], ...]
    schema: RecordSchema
    study: str
    offset_minutes: int
    workers: int


def import_records(job: Import, lines: Iterable[Line], seen: Callable[[int], None] = lambda _number: None) -> Manifest:
    """Make a cohort of records.

    Args:
        job: what to make of them.
        lines: the records, in an order that is the same when the run is repeated.
        seen: is told, from time to time, how many more records were worked on.

    Raises:
        CohortError: the folder holds something else, or no record was taken.
        FileError: another run imports into it.
    """
    extra("duckdb")
    extra("pyarrow.parquet")
    with held(job.folder):
        return _import(job, lines, seen)


def _import(job: Import, lines: Iterable[Line], seen: Callable[[int], None]) -> Manifest:
    with written(job.folder):
        pieces = _prepare(job)
    if job.workers == 1:
        for batch in _batches(lines, pieces, seen):
            make_piece(batch, pieces, job.schema, job.study, job.offset_minutes)
            seen(len(batch.lines))
    else:
        _in_parallel(job, _batches(lines, pieces, seen), pieces, seen)
    made = sorted(path.parent for path in pieces.glob(f"*/{INDEX}") if not path.parent.name.endswith(".tmp"))
    participants, rejected = merge(made, job.folder, job.schema, lambda _number: None)
    rows = row_counts(job.folder, job.schema)
    if rows[PARTICIPANTS] != participants:
        raise CohortError(
            message(
                "{ $folder }: holds { $rows } of the { $participants } participants",
                folder=job.folder,
                rows=f"{rows[PARTICIPANTS]:,}",
                participants=f"{participants:,}",
            )
        )
    manifest = Manifest(SCHEMA_VERSION, job.study, job.offset_minutes, participants, rejected, rows)
    if participants:
        write_manifest(job.folder, manifest)
    shutil.rmtree(pieces)
    return manifest


def _prepare(job: Import) -> Path:
    """The folder of the pieces; those of the same run that was stopped stay."""
    pieces, said = (
        job.folder / _PIECES,
        json.loads(json.dumps([job.inputs, job.schema.sha256, job.study, job.offset_minutes, BATCH])),
    )
    if (job.folder / MANIFEST).exists():
        raise CohortError(
            message("{ $folder }: holds a cohort already; name another folder, or remove this one", folder=job.folder)
        )
    run = pieces / _RUN
    if run.exists():
        if json.loads(run.read_text("utf-8")) != said:
            raise CohortError(
                message(
                    "{ $folder }: holds an unfinished import of other files; remove it, or name another folder",
                    folder=job.folder,
                )
            )
        for rest in pieces.glob("*.tmp"):
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
        return pieces
    if not is_empty(job.folder, but=_PIECES):
        raise CohortError(message("{ $folder }: is not empty; name a new folder for the cohort", folder=job.folder))
    shutil.rmtree(pieces, ignore_errors=True)
    pieces.mkdir(parents=True)
    write_json(run, said)
    return pieces


def _batches(lines: Iterable[Line], pieces: Path, seen: Callable[[int], None]) -> Iterator[Batch]:
    """The batches of which no piece was made yet."""
    rest = iter(lines)
    number, first = 0, 1
    while batch := tuple(islice(rest, BATCH)):
        if (pieces / f"{number:06}" / INDEX).exists():
            seen(len(batch))
        else:
            yield Batch(number, first, batch)
        number, first = number + 1, first + len(batch)


def _in_parallel(job: Import, batches: Iterable[Batch], pieces: Path, seen: Callable[[int], None]) -> None:
    """Never more batches in memory than there are workers, and as many again."""
    waiting: dict[Future[Any], int] = {}
    with workers(job.workers, gc.disable) as pool:
        for batch in batches:
            future = pool.submit(make_piece, batch, pieces, job.schema, job.study, job.offset_minutes)
            waiting[future] = len(batch.lines)
            if len(waiting) >= 2 * job.workers:
                _settle(waiting, seen)
        while waiting:
            _settle(waiting, seen)


def _settle(waiting: dict[Future[Any], int], seen: Callable[[int], None]) -> None:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
        seen(waiting.pop(future))
