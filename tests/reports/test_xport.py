"""Transport files are what the library of ReadStat writes, byte by byte."""

from __future__ import annotations

import math
import random
import re
from typing import TYPE_CHECKING

import pandas as pd
import pyreadstat
import pytest

from precise_cal.reports.sdtm.xport import Column, ibm, xport

if TYPE_CHECKING:
    from pathlib import Path

_MOMENT = re.compile(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")


def _by_the_library(columns: list[Column], path: Path) -> bytes:
    values = {one.name: pd.Series(list(one.values), dtype="object" if one.is_text else "float64") for one in columns}
    pyreadstat.write_xport(
        pd.DataFrame(values),
        str(path),
        table_name="DM",
        file_label="Demographics",
        column_labels=[one.label for one in columns],
        file_format_version=5,
        variable_format={one.name: "DATE9." for one in columns if one.format[0]},
    )
    return path.read_bytes()


@pytest.mark.parametrize("count", [0, 1, 400])
def test_a_file_is_what_the_library_writes(count: int, tmp_path: Path) -> None:
    draw = random.Random(count)
    usual = [0.0, -0.0, 1.0, -1.5, 0.1, 16.0, 0.0625, 1e-10, 1e30, -7e-20, None]
    numbers = [*usual, *(math.ldexp(draw.uniform(-1, 1), draw.randint(-99, 99)) for _ in range(count))][:count]
    columns = [
        Column("NUMBER", "A number", numbers, is_text=False),
        Column("TEXT", "A text", [draw.choice(["", "a", "a longer text"]) for _ in numbers], is_text=True),
        Column("EMPTY", "Nothing", [""] * count, is_text=True),
        Column("DAY", "A day", [draw.randint(-9000, 30000) for _ in numbers], is_text=False, format=("DATE", 9)),
    ]
    made, expected = xport("DM", "Demographics", columns), _by_the_library(columns, tmp_path / "dm.xpt")
    assert _MOMENT.sub(b"", made) == _MOMENT.sub(b"", expected)
    assert len(_MOMENT.findall(made)) == 4


def test_what_no_number_is_is_missing() -> None:
    assert ibm(math.nan) == b"." + bytes(7)
    assert ibm(1.0) == bytes.fromhex("4110000000000000")
    assert ibm(-118.625) == bytes.fromhex("c276a00000000000")
