"""The kept rulebook: the same findings as the rules read anew, and never used where it does not belong."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import cache, rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path

read_record = records_of(bundled()).read


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PRECISE_CACHE_HOME", str(folder))
    return folder


def kept_file(home: Path) -> Path:
    (file,) = home.glob("rules-*.pickle")
    return file


def test_the_kept_rules_judge_as_those_read_anew(home: Path) -> None:
    data = (bundled() / "tests" / "complete.json").read_bytes()
    record = read_record(data)
    anew = Checker(rulebook(bundled())).subject(record, data)
    book = cache.recall(bundled())
    assert book is not None
    assert Checker(book).subject(record, data) == anew
    assert book.loaded.sha256 == book.sha256
    assert book.study.study.id == book.version.study_id


def test_what_is_kept_can_still_be_asked_for_its_meaning(home: Path) -> None:
    rulebook(bundled())
    book = cache.recall(bundled())
    assert book is not None
    edition = book.edition(None)
    rule = next(one for one in edition.rules if one.rule.id == "IC-5")
    assert "vessel_diameter.min" in rule.conditions["met_when"].parameters
    assert edition.environment.compile("Count(lesions) > 0").evaluate is not None


def test_a_folder_of_ones_own_is_kept_too_until_it_changes(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(bundled(), folder)
    before = rulebook(folder).sha256
    assert cache.recall(folder) is not None
    with (folder / "protocol.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# an amendment\n")
    assert cache.recall(folder) is None
    assert rulebook(folder).sha256 != before


def test_only_the_newest_are_kept(home: Path, tmp_path: Path) -> None:
    book = rulebook(bundled())
    for number in range(12):
        (home / f"rules-{number}.pickle").write_bytes(b"")
    cache.keep(book)
    assert len(list(home.glob("rules-*.pickle"))) == 8


@pytest.mark.parametrize("length", [0, 7, 8, 10, 33, 5000])
def test_a_damaged_file_is_not_used(home: Path, length: int) -> None:
    rulebook(bundled())
    file = kept_file(home)
    file.write_bytes(file.read_bytes()[:length])
    assert cache.recall(bundled()) is None


@pytest.mark.skipif(sys.platform == "win32", reason="folders of Windows users are their own")
def test_a_folder_where_others_can_write_is_not_trusted(home: Path) -> None:
    rulebook(bundled())
    assert cache.recall(bundled()) is not None
    home.chmod(0o777)
    assert cache.recall(bundled()) is None


def test_nothing_is_kept_where_that_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECISE_CACHE_HOME", "")
    cache.keep(rulebook(bundled()))
    assert cache.recall(bundled()) is None
