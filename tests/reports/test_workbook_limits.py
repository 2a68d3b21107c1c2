"""A workbook that claims more than a review can hold is refused before its cells are looked at."""

from __future__ import annotations

import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook

from precise_cal.reports.workbook.read import MAX_BYTES, WorkbookError, read_workbook

if TYPE_CHECKING:
    from pathlib import Path


def made(path: Path, cell: str) -> Path:
    book = Workbook()
    book.active.title = "Deviations"
    for name in ("Eligibility", "Queries", "Visits"):
        book.create_sheet(name)
    book["Deviations"]["A1"] = "ID"
    book["Deviations"][cell] = "far away"
    book.save(path)
    return path


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD1"])
def test_a_cell_far_away_is_named(cell: str, tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(WorkbookError, match=f"sheet Deviations has cells out to .*{cell[-3:]}"):
        read_workbook(made(tmp_path / "far.xlsx", cell))
    assert time.monotonic() - begun < 30


def test_what_unfolds_beyond_measure_is_refused(tmp_path: Path) -> None:
    bomb = made(tmp_path / "bomb.xlsx", "B2")
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * 150_000_000)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(WorkbookError, match="unfolds to 150,"):
        read_workbook(bomb)


def test_what_is_too_large_or_no_workbook_is_refused(tmp_path: Path) -> None:
    for name, data, told in (
        ("large", b"x" * (MAX_BYTES + 1), "has more than"),
        ("text", b"text", "cannot be read as a workbook"),
    ):
        file = tmp_path / f"{name}.xlsx"
        file.write_bytes(data)
        with pytest.raises(WorkbookError, match=told):
            read_workbook(file)
    with pytest.raises(WorkbookError, match="cannot be read: No such file"):
        read_workbook(tmp_path / "none.xlsx")
