"""From the wishes of a user to a check that can run: engine, memory, size of groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.layout.dataset import open_cohort
from precise_cal.cohort.run.checking import Check
from precise_cal.cohort.run.engine import DuckEngine
from precise_cal.cohort.sql.dialects import DUCKDB, SPARK
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.temporal import DateTime

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT])i?B?", re.ASCII | re.IGNORECASE)
_IN_MB: Final = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024 * 1024}
LEAST_MB: Final = 700
_PROGRAM_MB: Final = 350
"""What the program takes itself, before a group is looked at."""
_PER_PARTICIPANT_KB: Final = 12
"""What a group takes in the database, about, for each participant."""
_GROUP: Final = 100_000


def make_check(
    folder: Path,
    out: Path,
    book: Rulebook,
    now: DateTime | None,
    *,
    only: Sequence[str] | None = None,
    engine: str = "duckdb",
    threads: int = 1,
    limit_memory: str = "4GB",
    reasons: bool = True,
    master: str | None = None,
) -> Check:
    """The check of a cohort; `master` is that of Spark's cluster.

    Raises:
        CohortError: an option is wrong, or the cohort cannot be read.
    """
    memory = _megabytes(limit_memory)
    if master is not None and engine != "spark":
        raise CohortError(message("--spark-master goes with --engine spark"))
    cohort = open_cohort(folder, book.schema)
    rules = None if not only else tuple(only)
    if engine == "spark":
        from precise_cal.cohort.run.spark import SparkEngine

        whole = sum(part.participants for part in cohort.parts)
        return Check(
            cohort, book, now, out, SparkEngine(threads, memory, master), SPARK, rules, reasons, 1, max(whole, 1)
        )
    workers = max(1, min(threads, (memory - _PROGRAM_MB) // (LEAST_MB - _PROGRAM_MB)))
    share = (memory - _PROGRAM_MB) // workers
    group = min(_GROUP, max(1, share * 1024 // _PER_PARTICIPANT_KB))
    return Check(cohort, book, now, out, DuckEngine(share, out / ".spill"), DUCKDB, rules, reasons, workers, group)


def _megabytes(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise CohortError(message('--limit-memory "{ $text }": should be a size such as 2GB or 1500MB', text=text))
    size = int(float(match[1]) * _IN_MB[match[2].upper()])
    if size < LEAST_MB:
        raise CohortError(
            message('--limit-memory "{ $text }": is too little; at least { $least_mb }MB', text=text, least_mb=LEAST_MB)
        )
    return size
