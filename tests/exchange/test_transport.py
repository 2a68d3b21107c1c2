"""SAS transport files: what is read is what a library wrote, number by number, and what misleads is refused."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.form import SourceForm
from precise_cal.exchange.rows import transport

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = SourceForm.model_validate({"files": "*.xpt", "format": "xpt", "encoding": "utf-8"})


def _written(folder: Path, columns: dict[str, Any], version: int = 5) -> Path:
    import pandas as pd
    import pyreadstat

    path = folder / "a.xpt"
    pyreadstat.write_xport(pd.DataFrame(columns), str(path), table_name="AA", file_format_version=version)
    return path


def _read(path: Path) -> list[dict[str, str]]:
    return [{name: cell.raw for name, cell in row.cells.items()} for row in transport.read_transport(path, SOURCE)]


@pytest.mark.parametrize("version", [5, 8])
def test_numbers_and_texts_come_back(version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_BLOCK", 7)
    draw = random.Random(3)
    numbers = [0.0, 0.1, -0.1, 1 / 3, 1e-20, 123456.75, -2.5e10, None]
    numbers += [draw.uniform(-1, 1) * 10 ** draw.randint(-9, 9) for _ in range(60)]
    texts = [draw.choice(["x", " x", "中文", "a b"]) for _ in numbers]
    found = _read(_written(tmp_path, {"N": numbers, "S": texts}, version))
    assert [one["S"] for one in found] == texts
    assert [None if one["N"] == "" else float(one["N"]) for one in found] == numbers
    assert found[0]["N"] == "0"
    assert found[5]["N"] == str(Decimal("123456.75"))


def test_the_place_of_a_cell(tmp_path: Path) -> None:
    path = _written(tmp_path, {"S": ["x", "", "y", ""]})
    rows = list(transport.read_transport(path, SOURCE))
    assert [row.cells["S"].raw for row in rows] == ["x", "", "y"]  # a last row of nothing fills up the file
    assert str(rows[2].cells["S"].place) == "a.xpt!AA row 3, column S"


def test_files_that_mislead(tmp_path: Path) -> None:
    path = _written(tmp_path, {"S": ["x", "y"], "N": [1.0, 2.0]})
    whole = path.read_bytes()
    path.write_bytes(whole + whole[240:])
    with pytest.raises(ExchangeError, match="holds several datasets"):
        _read(path)
    path.write_bytes(whole.replace(b"HEADER RECORD*******MEMBER", b"HEADER RECORD*******MUMBER"))
    with pytest.raises(ExchangeError, match="has no dataset"):
        _read(path)
    for data in (b"", b"id,sex\n", whole[:400]):
        path.write_bytes(data)
        with pytest.raises(ExchangeError, match="cannot be read as a SAS transport file"):
            _read(path)
    path.write_bytes(whole.replace(b"x", b"\x92", 1))
    with pytest.raises(ExchangeError, match="cannot be read as a SAS transport file"):
        _read(path)
