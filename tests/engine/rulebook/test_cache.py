"""The kept rulebook: the same findings as the rules read anew, and never used where it does not belong."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import cache, rulebook
from precise_cal.protocol.from_json import read_record
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "rulebook.pickle"
    monkeypatch.setattr(cache, "_file", lambda folder: file)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return file


def test_the_kept_rules_judge_as_those_read_anew(kept: Path) -> None:
    data = (bundled() / "tests" / "complete.json").read_bytes()
    record = read_record(data)
    anew = Checker(rulebook(bundled())).subject(record, data)
    book = cache.recall(bundled())
    assert book is not None
    assert Checker(book).subject(record, data) == anew
    assert book.loaded.sha256 == book.sha256


def test_a_rulebook_of_other_files_is_not_used(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rulebook(bundled())
    monkeypatch.setattr(cache, "_key", lambda folder: bytes(32))
    assert cache.recall(bundled()) is None


@pytest.mark.parametrize("length", [0, 10, 32, 33, 5000])
def test_a_damaged_file_is_not_used(kept: Path, length: int) -> None:
    rulebook(bundled())
    kept.write_bytes(kept.read_bytes()[:length])
    assert cache.recall(bundled()) is None


def test_nothing_is_kept_where_python_writes_no_bytecode(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    rulebook(bundled())
    assert not kept.exists()
