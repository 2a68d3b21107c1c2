"""``precise simulate --out``: a file that exists stays, and a place that cannot hold one is told before the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_file_that_exists_stays_unless_forced(precise: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "trial.jsonl"
    arguments = ("simulate", "--participants", "3", "--out", file)
    assert precise(*arguments).status == 0
    before = file.read_bytes()
    said = precise(*arguments, "--seed", "2")
    assert (said.status, "exists; --force overwrites it" in said.err, file.read_bytes()) == (2, True, before)
    assert precise(*arguments, "--seed", "2", "--force").status == 0
    assert (file.read_bytes() != before, file.read_bytes().count(b"\n")) == (True, 3)
    assert [one.name for one in tmp_path.iterdir()] == ["trial.jsonl"]


@pytest.mark.parametrize("name", ["absent/trial.jsonl", ".", "x" * 300])
def test_a_place_that_cannot_hold_a_file_is_told_first(
    name: str, precise: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("precise_cal.simulate.cohort", lambda *_arguments: pytest.fail("worked"))
    said = precise("simulate", "--out", tmp_path / name, "--force")
    assert (said.status, "cannot be written" in said.err) == (2, True)
