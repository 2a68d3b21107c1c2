"""The kept rulebook: the same findings as the rules read anew, and never used where it does not belong."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.cql.compile import compile_expression
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.rulebook import cache, rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.engine.rulebook.trial_folder import digests
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

read_record = records_of(bundled()).read


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PRECISE_CACHE_HOME", str(folder))
    return folder


def kept_file(home: Path) -> Path:
    (file,) = home.glob("rules-*.pickle")
    return file


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """The bundled rules, read anew."""
    return rulebook(bundled(), cache=False)


@pytest.fixture
def kept(home: Path, book: Rulebook) -> Path:
    """The file that they are kept in."""
    cache.keep(book)
    assert cache.recall(bundled()) is not None
    return kept_file(home)


def test_the_kept_rules_judge_as_those_read_anew(kept: Path, book: Rulebook) -> None:
    data = (bundled() / "tests" / "complete.json").read_bytes()
    record = read_record(data)
    again = cache.recall(bundled())
    assert again is not None
    assert Checker(again).subject(record, data) == Checker(book).subject(record, data)
    assert again.loaded.sha256 == again.sha256
    assert again.study.study.id == again.version.study_id


def test_what_is_kept_can_still_be_asked_for_its_meaning(kept: Path) -> None:
    book = cache.recall(bundled())
    assert book is not None
    edition = book.edition(None)
    rule = next(one for one in edition.rules if one.rule.id == "IC-5")
    assert "vessel_diameter.min" in rule.conditions["met_when"].parameters
    assert compile_expression(edition.environment, "Count(lesions) > 0").type is BOOLEAN


def test_only_the_newest_are_kept(home: Path, kept: Path, book: Rulebook) -> None:
    for number in range(12):
        (home / f"rules-{number}.pickle").write_bytes(b"")
    cache.keep(book)
    assert len(list(home.glob("rules-*.pickle"))) == 8


@pytest.mark.parametrize("length", [0, 7, 8, 10, 33, 5000])
def test_a_damaged_file_is_not_used(kept: Path, length: int) -> None:
    kept.write_bytes(kept.read_bytes()[:length])
    assert cache.recall(bundled()) is None


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
@pytest.mark.parametrize("which", ["folder", "file"])
def test_what_others_can_write_is_not_read(home: Path, kept: Path, which: str, mode: int) -> None:
    (home if which == "folder" else kept).chmod(mode)
    assert cache.recall(bundled()) is None


@pytest.mark.skipif(not _is_root(), reason="only root can give a file away")
@pytest.mark.parametrize("which", ["folder", "file"])
def test_what_somebody_else_owns_is_not_read(home: Path, kept: Path, which: str) -> None:
    os.chown(home if which == "folder" else kept, 65534, 65534)
    assert cache.recall(bundled()) is None


@pytest.mark.parametrize("which", ["folder", "file"])
def test_no_link_is_followed_when_reading(home: Path, kept: Path, which: str) -> None:
    named = home if which == "folder" else kept
    real = named.rename(named.with_name("elsewhere"))
    named.symlink_to(real)
    assert cache.recall(bundled()) is None


def test_no_link_is_followed_when_writing(home: Path, kept: Path, book: Rulebook, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched", "utf-8")
    kept.unlink()
    kept.symlink_to(victim)
    for number in range(os.getpid() - 2, os.getpid() + 3):
        kept.with_suffix(f".{number}").symlink_to(victim)
    cache.keep(book)
    assert victim.read_text("utf-8") == "untouched"
    assert not kept.is_symlink()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_into_a_linked_or_open_folder(home: Path, book: Rulebook, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    home.symlink_to(other)
    cache.keep(book)
    home.unlink()
    home.mkdir()
    home.chmod(0o777)
    cache.keep(book)
    assert not [*other.iterdir(), *home.iterdir()]


def test_neither_a_pipe_nor_a_folder_is_waited_for(kept: Path) -> None:
    kept.unlink()
    os.mkfifo(kept)
    assert cache.recall(bundled()) is None
    kept.unlink()
    kept.mkdir()
    assert cache.recall(bundled()) is None


def _weak_rules(folder: Path) -> Path:
    """Rules of which every criterion is met."""
    file = folder / "eligibility.yaml"
    pattern, weak = r"met_when: (?:\|\n)?((?: {6,}.*\n)+|.*\n)", "met_when: |\n      true or (\n      \\1      )\n"
    text, count = re.subn(pattern, weak, file.read_text("utf-8"))
    assert count > 5
    file.write_text(text, "utf-8")
    return folder


def test_rules_are_not_used_under_the_name_of_others(kept: Path, rules_copy: Path) -> None:
    weak = _weak_rules(rules_copy)
    kept.rename(kept.with_name(cache._name(cache._key(weak, digests(weak)))))
    assert cache.recall(weak) is None


def test_rules_that_change_while_they_are_read_are_kept_as_what_they_were(home: Path, rules_copy: Path) -> None:
    genuine = (rules_copy / "eligibility.yaml").read_bytes()
    weak = rulebook(_weak_rules(rules_copy))
    assert cache.recall(rules_copy) is not None
    kept_file(home).unlink()
    (rules_copy / "eligibility.yaml").write_bytes(genuine)
    cache.keep(weak)
    assert cache.recall(rules_copy) is None


def test_a_signed_decision_asks_for_the_files_themselves(kept: Path) -> None:
    before = kept.stat().st_mtime_ns
    kept.write_bytes(b"not looked at")
    assert rulebook(bundled(), cache=False).sha256
    assert (kept.read_bytes(), kept.stat().st_mtime_ns > 0) == (b"not looked at", before > 0)


@pytest.mark.parametrize("place", [20, 60, 100, 5000, -1])
def test_a_changed_byte_is_seen_before_anything_is_run(kept: Path, place: int) -> None:
    content = bytearray(kept.read_bytes())
    content[place] ^= 1
    kept.write_bytes(content)
    assert cache.recall(bundled()) is None


def test_nothing_is_kept_where_that_is_not_wanted(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECISE_CACHE_HOME", "")
    cache.keep(book)
    assert cache.recall(bundled()) is None
