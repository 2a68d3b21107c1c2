"""A lumen that cannot be solved is told with its reason in every form, and no number is invented for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIVE = "s_mm,diameter_mm\n0,1.6\n2,2.7\n4,4.2\n6,4.2\n8,1.0\n"


def _refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} in JSON")


def test_five_stations_that_do_not_converge(precise: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "five.csv"
    file.write_text(FIVE)
    arguments = ("qfr", "lumen", file, "--velocity", "0.35")
    told, shown = precise(*arguments, "--format", "json"), precise(*arguments)
    data = json.loads(told.out, parse_constant=_refuse)
    assert told.status == shown.status == 3
    assert data["analyzable"] is False
    assert data["qfr"] is None
    assert data["reasons"]
    for reason in data["reasons"]:
        assert reason["code"] in shown.out or reason["text"] in shown.out
