"""JSON read in parts: what comes out is what a parser makes of the whole, wherever blocks end."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows import json_stream

if TYPE_CHECKING:
    from pathlib import Path


def _parts(folder: Path, data: bytes, *spread: str) -> list[tuple[str, Any]]:
    (folder / "a.json").write_bytes(data)
    return list(json_stream.json_parts(folder / "a.json", *spread))


def _value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.randrange(4 if depth < 4 else 2)
    if kind == 0:
        return draw.choice([True, None, 12, -3, "中文{", "}]", "\\", 'a"b', "", "x" * 30])
    if kind == 1:
        return draw.choice([[], {}])
    if kind == 2:
        return [_value(draw, depth + 1) for _ in range(draw.randrange(5))]
    return {f'{number}"k': _value(draw, depth + 1) for number in range(draw.randrange(4))}


def test_it_is_what_a_parser_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_BLOCK", 7)
    draw = random.Random(1)
    for number in range(300):
        items = [_value(draw) for _ in range(draw.randrange(5))]
        text = json.dumps(items, ensure_ascii=bool(number % 3), indent=number % 4 or None)
        assert [one for _, one in _parts(tmp_path, text.encode())] == items
        around = {"before": _value(draw), "rows": items, "after": _value(draw)}
        found = _parts(tmp_path, json.dumps(around, indent=number % 2 or None).encode(), "rows")
        assert [one for name, one in found if name == "rows"] == items
        assert {name: one for name, one in found if name != "rows"} == {
            name: one for name, one in around.items() if name != "rows"
        }


def test_items_come_before_the_file_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_BLOCK", 64)
    (tmp_path / "a.json").write_text("[" + "1.50," * 10_000 + "wrong", encoding="utf-8")
    parts = json_stream.json_parts(tmp_path / "a.json")
    assert [next(parts) for _ in range(9_000)] == [("", Decimal("1.50"))] * 9_000
    with pytest.raises(ExchangeError, match=r"item 10,001: is not valid JSON"):
        list(parts)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"[1, 2", "near byte 6 it lacks ]"),
        (b"[1,,2]", "item 2: is not valid JSON"),
        (b"[1.5,]", "item 2: is not valid JSON"),
        (b"[1 2]", "it lacks ]"),
        (b"[1] x", "more behind its end"),
        (b'{"a": 1', "it lacks }"),
        (b'{"a" 1}', "it lacks :"),
        (b'{"a": 1, "a": 2}', "a name is expected that was not there before"),
        (b'[{"a": 1, "a": 2}]', 'duplicate key "a"'),
        (b'["abc', "item 1: is not valid JSON"),
        (b'[{"a": "x', "item 1: is not valid JSON"),
        (b"[NaN]", "item 1: is not valid JSON"),
        (b"", "is not valid JSON"),
    ],
)
def test_what_is_no_json(data: bytes, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=problem.replace("[", r"\[").replace("}", r"\}")):
        _parts(tmp_path, data)
