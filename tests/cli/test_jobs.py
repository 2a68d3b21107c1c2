"""``precise check --jobs N``: order, bytes and exit status are those of one process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from precise_cal.engine import jobs
from precise_cal.engine.jobs import RulesChangedError, Task, judge_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Said

TRIAL = Path(__file__).parents[2] / "examples" / "trials" / "lantern"
RECORD = json.loads((TRIAL / "tests" / "complete.json").read_text(encoding="utf-8"))


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Twelve participants: one comes twice, one is none, one is no JSON."""
    lines = [json.dumps(RECORD | {"code": f"L01-{number:03}"}) for number in (*range(9), 4)]
    lines.insert(3, json.dumps(RECORD | {"unknown": 1}))
    lines.insert(7, "{")
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["text", "json"])
def test_many_processes_say_what_one_says(
    form: str, records: Path, precise: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    command = ["check", records, "--trial", TRIAL, "--format", form, "--now", "2027-04-20T12:00:00+08:00"]
    alone, together = precise(*command), precise(*command, "--jobs", "2")
    assert (alone.status, alone.err.count("\n")) == (2, 5)
    assert alone == together


def test_rules_that_are_changed_meanwhile_are_refused() -> None:
    with pytest.raises(RulesChangedError, match="the rules were changed during the run"):
        judge_batch(Task(TRIAL, "0" * 64, None, True), [])
