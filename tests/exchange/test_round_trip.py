"""Participants written in each format, and read back: the same report."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled
from precise_cal.simulate import cohort

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCHEMA = records_of(bundled()).schema
FORMATS = {
    "csv": lambda exports, folder, found: exports.write_csv(folder, found, "utf-16", ";"),
    "long": lambda exports, folder, found: exports.write_long(folder, found),
    "xlsx": lambda exports, folder, found: exports.write_workbook(folder, found),
    "redcap": lambda exports, folder, found: exports.write_redcap(folder, found),
    "odm": lambda exports, folder, found: exports.write_odm(folder, found),
    "fhir": lambda exports, folder, found: exports.write_fhir(folder, found),
    "xpt": lambda exports, folder, found: exports.write_transport(folder, found),
    "hl7": lambda exports, folder, found: exports.write_messages(folder, found),
    "dataset-json": lambda exports, folder, found: exports.write_dataset_json(folder, found),
}


@pytest.fixture(scope="session")
def exports(program: Any) -> Any:
    return program("tests/exchange/exports.py")


def _report(precise: Callable[..., Any], file: Path) -> Any:
    found = json.loads(precise("check", file, "--format", "json").out)
    for subject in found["subjects"]:
        subject.pop("record_sha256", None)
        subject.pop("source", None)
    return found["subjects"]


@pytest.fixture(scope="module")
def trial(exports: Any, precise: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Any]:
    """The tables of a synthetic trial, and its report: made once, and written in every format."""

    @cache
    def of(number: int) -> tuple[dict[str, Any], Any]:
        records = list(cohort(participants=number, seed=3))
        whole = tmp_path_factory.mktemp("whole") / "whole.jsonl"
        whole.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        found = {name: pair for name, pair in exports.tables_of(SCHEMA, records).items() if pair[1]}
        return found, _report(precise, whole)

    return of


@pytest.mark.parametrize("number", [12, pytest.param(656, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", FORMATS)
def test_what_was_written_reads_back(
    kind: str, number: int, exports: Any, trial: Callable[[int], Any], precise: Callable[..., Any], tmp_path: Path
) -> None:
    found, expected = trial(number)
    sources = FORMATS[kind](exports, tmp_path, found)
    form = exports.map_for(found, sources, {})
    (tmp_path / "map.yaml").write_text(json.dumps(form, ensure_ascii=False), encoding="utf-8")
    files = [tmp_path / source["files"] for source in sources.values()]
    out, origins = tmp_path / "records.jsonl", tmp_path / "origins.jsonl"
    said = precise("import", tmp_path / "map.yaml", *files, "--out", out, "--provenance", origins)
    assert said.status == 0, said.err
    assert _report(precise, out) == expected
