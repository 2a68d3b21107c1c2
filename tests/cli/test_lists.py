"""`precise lists compare`: the table, the same in JSON, and files that are not what they should be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DESIGNS = """participants: 60
sites: 3
trials: 4
designs:
  - {design: permuted_blocks, ratio: {DCB: 1, DES: 1}, sizes: [4, 6]}
  - {design: big_stick, ratio: {DCB: 1, DES: 1}, tolerance: 3}
  - {design: simple, ratio: {DCB: 1, DES: 1}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "designs.yaml"
    path.write_text(DESIGNS, "utf-8")
    return path


def test_text_and_json_say_the_same(file: Path, precise: Callable[..., Any]) -> None:
    text, answer = precise("lists", "compare", file), precise("lists", "compare", file, "--format", "json")
    assert (text.status, answer.status, text.err) == (0, 0, "")
    rows = json.loads(answer.out)["designs"]
    assert [row["design"] for row in rows] == ["permuted_blocks", "big_stick", "simple"]
    lines = text.out.splitlines()[2:5]
    for line, row in zip(lines, rows, strict=True):
        assert f"{row['guessed'] * 100:.1f}%" in line
        assert line.split()[-1] == str(row["worst"])
    assert precise("lists", "compare", file, "--seed", "2").out != text.out


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("sizes: [4, 6]", "sizes: [4, 5]", "a block of 5 cannot hold 2 shares evenly"),
        ("design: simple", "design: urn", "design: 'urn' should be permuted_blocks, big_stick or simple"),
        ("{design: simple, ", "{", 'the key "designs.2.design" is missing'),
        ("participants: 60\n", "", "participants"),
        ("sites: 3", "sites: three", "three"),
        ("trials: 4", "trails: 4", "trails"),
        ("tolerance: 3", "tolerance: 0", "0"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(
    old: str, new: str, problem: str, file: Path, precise: Callable[..., Any]
) -> None:
    file.write_text(DESIGNS.replace(old, new, 1), "utf-8")
    said = precise("lists", "compare", file)
    assert (said.status, said.out) == (2, "")
    assert f"{file}:" in said.err
    assert problem in said.err


def test_a_file_that_is_not_there(tmp_path: Path, precise: Callable[..., Any]) -> None:
    said = precise("lists", "compare", tmp_path / "none.yaml")
    assert (said.status, said.out) == (2, "")
    assert "none.yaml" in said.err
