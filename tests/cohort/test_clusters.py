"""Where a Spark session comes from, and folders that are none of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.layout.dataset import held, open_cohort
from precise_cal.cohort.run.setup import make_check
from precise_cal.cohort.run.spark import source_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.cohort.layout.dataset import Cohort
    from precise_cal.engine.rulebook.rulebook import Rulebook


@pytest.mark.parametrize(
    ("master", "environment", "source"),
    [
        (None, {}, "local"),
        (None, {"PYSPARK_SUBMIT_ARGS": "--driver-memory 2g pyspark-shell"}, "local"),
        (None, {"PYSPARK_SUBMIT_ARGS": "--master spark://one:7077 pyspark-shell"}, "submitted"),
        (None, {"PYSPARK_GATEWAY_PORT": "40001", "PYSPARK_GATEWAY_SECRET": "x"}, "submitted"),
        (None, {"SPARK_REMOTE": "sc://one:15002"}, "connect"),
        ("spark://one:7077", {}, "named"),
        ("spark://one:7077", {"SPARK_REMOTE": "sc://one:15002"}, "named"),
        ("sc://one:15002", {}, "connect"),
    ],
)
def test_a_master_that_is_named_or_submitted_to_is_taken(
    master: str | None, environment: dict[str, str], source: str
) -> None:
    """Only where nothing names one, Spark runs in this process."""
    assert source_of(master, environment) == source


def test_an_object_store_is_no_folder_of_this_machine(
    book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address is told as it was given, and no folder of such a name is made."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CohortError, match=r"^s3a://bucket/x: is the address of an object store"):
        open_cohort(Path("s3a://bucket/x"), book.schema)
    with pytest.raises(CohortError, match=r"^gs://bucket/verdicts: "), held(Path("gs://bucket/verdicts")):
        pass
    assert list(tmp_path.iterdir()) == []
    with held(Path("a:b")):
        pass


def test_a_master_is_sparks(
    import_lines: Callable[[list[bytes]], Cohort], complete: Any, book: Rulebook, tmp_path: Path
) -> None:
    cohort = import_lines([json.dumps(complete).encode()])
    with pytest.raises(CohortError, match="--spark-master goes with --engine spark"):
        make_check(cohort.folder, tmp_path / "out", book, None, master="spark://one:7077")
