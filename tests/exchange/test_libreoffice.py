"""LibreOffice opens every workbook and table that is written, and holds what stands there."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from precise_cal.simulate import cohort

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str, list[Path]], Path]:
    """Files as LibreOffice saves them, in a folder."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")

    def save(form: str, files: list[Path]) -> Path:
        home = f"-env:UserInstallation=file://{tmp_path}/office"
        command = [office, home, "--headless", "--convert-to", form, "--outdir", tmp_path / "saved", *files]
        subprocess.run(command, check=True, timeout=240, capture_output=True)
        return tmp_path / "saved"

    return save


def _texts(path: Path) -> dict[str, list[list[Any]]]:
    book = load_workbook(path)
    return {
        sheet.title: [[cell for cell in row if cell not in (None, "")] for row in sheet.iter_rows(values_only=True)]
        for sheet in book
    }


def test_workbooks_and_tables_of_a_report(saved: Any, precise: Callable[..., Any], tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    records.write_text("".join(json.dumps(one) + "\n" for one in cohort(participants=12, seed=7)), encoding="utf-8")
    out = tmp_path / "out"
    assert precise("report", records, "--format", "xlsx,queries", "--out", out).status == 0
    assert precise("crf", "--format", "xlsx", "--out", out / "form", "--lang", "zh").status == 0
    books = sorted(out.rglob("*.xlsx"))
    assert len(books) >= 3
    for book in books:
        there = _texts(saved("xlsx", [book]) / book.name)
        for name, rows in _texts(book).items():
            held = [row for row in rows if row]
            assert [row for row in there[name] if row] == held, (book.name, name)
    (table, *_) = sorted((out / "queries").glob("*.csv"))
    with (saved("csv:Text - txt - csv (StarCalc):44,34,76", [table]) / table.name).open(encoding="utf-8") as file:
        again = list(csv.reader(file))
    with table.open(encoding="utf-8-sig") as file:
        assert [row[0] for row in again] == [row[0] for row in csv.reader(file)]
