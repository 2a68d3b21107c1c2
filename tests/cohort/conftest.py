"""A small cohort: every case of the rule files, and random records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.layout.dataset import open_cohort
from precise_cal.cohort.run.setup import make_check
from precise_cal.cohort.transfer.importing import Import, import_records
from precise_cal.cohort.transfer.pieces import Line
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.rules import bundled
from tests.bundled_cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.cohort.layout.dataset import Cohort
    from precise_cal.cohort.run.checking import Check
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part

SCHEMA = records_of(bundled()).schema
read_record = records_of(bundled()).read

RANDOM = 150


@dataclass(frozen=True)
class Sample:
    """Records with the numbers that they have in the cohort, and the cohort."""

    records: dict[int, tuple[Part, bytes]]
    cohort: Cohort


@pytest.fixture(scope="session")
def lines(random_records: Any) -> list[bytes]:
    """Records as lines; some are not valid."""
    found = []
    for place, case in enumerate(CASES):
        document = {**case.document, "subject_id": f"C-{place:04}", "site_id": f"S{place % 3}"}
        found.append(json.dumps(document, default=str).encode())
    return [*found, *random_records.RandomRecords(20260226).lines(RANDOM)]


@pytest.fixture(scope="session")
def import_lines(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[bytes]], Cohort]:
    """Import lines in this process."""

    def run(given: list[bytes]) -> Cohort:
        folder = tmp_path_factory.mktemp("cohort") / "tables"
        job = Import(folder, (("lines", len(given), 0),), SCHEMA, "NCT07277114", 480, 1)
        import_records(job, [Line(f"lines:{place}", line) for place, line in enumerate(given, 1)])
        return open_cohort(folder, SCHEMA)

    return run


@pytest.fixture(scope="session")
def sample(lines: list[bytes], import_lines: Callable[[list[bytes]], Cohort]) -> Sample:
    """The records that are valid, and the cohort that was made of all."""
    return Sample(_valid(lines), import_lines(lines))


@pytest.fixture(scope="session")
def few(lines: list[bytes], import_lines: Callable[[list[bytes]], Cohort]) -> Sample:
    """A few of them."""
    return Sample(_valid(lines[::8]), import_lines(lines[::8]))


def _valid(lines: list[bytes]) -> dict[int, tuple[Part, bytes]]:
    records = {}
    for number, line in enumerate(lines, 1):
        try:
            records[number] = (read_record(line), line)
        except RecordError:
            continue
    return records


@pytest.fixture
def check(book: Rulebook, tmp_path: Path) -> Callable[..., Check]:
    """A check of a cohort into a new folder."""

    def make(cohort: Cohort, name: str = "out", **options: Any) -> Check:
        return make_check(
            cohort.folder, tmp_path / name, options.pop("book", book), options.pop("now", None), **options
        )

    return make
