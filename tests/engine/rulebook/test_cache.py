"""The kept rulebook: the same findings as the rules read anew, and never used where it does not belong."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.cases import read_cases
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import cache, rulebook
from precise_cal.engine.rulebook.load import records_of
from precise_cal.engine.rulebook.trial_folder import digests
from precise_cal.engine.rulebook.writing import written
from precise_cal.protocol.from_json import RecordError
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook

SMALL = Path(__file__).parents[3] / "examples" / "trials" / "lantern"
"""A trial of which the module is written and compiled in a moment."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PRECISE_CACHE_HOME", str(folder))
    return folder


def kept_file(home: Path) -> Path:
    (file,) = home.glob("rules-*.py")
    return file


def bytecode(file: Path) -> Path:
    """The bytecode beside a module."""
    return file.with_name(Path(cache_from_source(file)).name)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """The small trial's rules, read anew."""
    return rulebook(SMALL, cache=False)


@pytest.fixture(scope="module")
def written_once(book: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with them."""
    folder = tmp_path_factory.mktemp("once") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRECISE_CACHE_HOME", str(folder))
        cache.keep(book)
        assert cache.recall(SMALL) is not None
    return folder


@pytest.fixture
def kept(home: Path, written_once: Path) -> Path:
    """The file that they are kept in."""
    shutil.copytree(written_once, home)
    return kept_file(home)


@pytest.mark.parametrize("folder", [bundled(), SMALL], ids=["precise-cal", "small"])
def test_the_kept_rules_judge_as_those_read_anew(home: Path, folder: Path) -> None:
    book, read_record = rulebook(folder, cache=False), records_of(folder).read
    cache.keep(book)
    again = cache.recall(folder)
    assert again is not None
    for case in read_cases(folder)[::9]:
        data = json.dumps(case.document, default=str).encode()
        try:
            record = read_record(data)
        except RecordError:
            continue
        assert Checker(again).subject(record, data) == Checker(book).subject(record, data)
    assert ("\ndef FU_1M_says_0_when(s):\n" in kept_file(home).read_text("utf-8")) == (folder == bundled())
    assert again.loaded.sha256 == again.sha256
    assert again.study.study.id == again.version.study_id
    assert (again.across, again.timeline, again.chronology) == (book.across, book.timeline, book.chronology)


def test_what_is_kept_judges_and_says_that_its_meaning_is_elsewhere(kept: Path) -> None:
    book = cache.recall(SMALL)
    assert book is not None
    edition = book.edition(None)
    with pytest.raises(LookupError, match="cache=False"):
        assert edition.by_id["IC-5"].conditions["met_when"].tree
    with pytest.raises(LookupError, match="cache=False"):
        assert edition.environment
    assert str(book.parameters_of(book.timeline.keys[0])["kidney.least"].value) == "45 mL/min/{1.73_m2}"


def test_the_module_can_be_read(kept: Path) -> None:
    """It says which files it is of; a function's name tells the rule and the condition."""
    text = kept.read_text("utf-8")
    assert all(f"{digest}  {name}\n" in text for name, digest in digests(SMALL))
    for name in ("IC_5_met_when", "IC_5_met_when_reasons", "define_BodyMassIndex"):
        assert f"\ndef {name}(s):\n" in text
    assert "\nQuantity_1500_mg = Quantity(value=Decimal('1500'), unit='mg')\n" in text
    assert max(len(line) for line in text.splitlines() if not line.strip().startswith(("text=", "looked="))) < 1000


def test_the_module_is_the_same_whenever_it_is_written(kept: Path) -> None:
    text = written(rulebook(SMALL, cache=False))
    assert kept.read_text("utf-8").startswith(text)


def test_bytecode_is_used_and_made_again_where_it_is_missing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    compiled: list[str] = []
    compile_ = cache._Kept.source_to_code

    def watched(self: Any, data: Any, path: Any, **options: Any) -> Any:
        compiled.append(path)
        return compile_(self, data, path, **options)

    monkeypatch.setattr(cache._Kept, "source_to_code", watched)
    assert cache.recall(SMALL) is not None
    assert compiled == []
    bytecode(kept).unlink()
    assert cache.recall(SMALL) is not None
    assert compiled == [str(kept)]
    assert cache.recall(SMALL) is not None
    assert compiled == [str(kept)]


def test_only_the_newest_are_kept(home: Path, kept: Path, book: Rulebook) -> None:
    for number in range(24):
        (home / f"rules-{number}.py").write_bytes(b"")
    cache.keep(book)
    assert len(list(home.glob("rules-*"))) == 16
    assert cache.recall(SMALL) is not None


@pytest.mark.parametrize("length", [0, 7, 33, 80, 5000])
def test_a_damaged_file_is_not_used(kept: Path, length: int) -> None:
    bytecode(kept).write_bytes(bytecode(kept).read_bytes()[:length])
    assert cache.recall(SMALL) is not None  # from the source
    kept.write_bytes(kept.read_bytes()[:length])
    bytecode(kept).unlink(missing_ok=True)
    assert cache.recall(SMALL) is None


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
@pytest.mark.parametrize("which", ["folder", "file"])
def test_what_others_can_write_is_not_read(home: Path, kept: Path, which: str, mode: int) -> None:
    for file in [home] if which == "folder" else [kept, bytecode(kept)]:
        file.chmod(mode)
    assert cache.recall(SMALL) is None


@pytest.mark.skipif(not _is_root(), reason="only root can give a file away")
@pytest.mark.parametrize("which", ["folder", "file"])
def test_what_somebody_else_owns_is_not_read(home: Path, kept: Path, which: str) -> None:
    for file in [home] if which == "folder" else [kept, bytecode(kept)]:
        os.chown(file, 65534, 65534)
    assert cache.recall(SMALL) is None


@pytest.mark.parametrize("which", ["folder", "file"])
def test_no_link_is_followed_when_reading(home: Path, kept: Path, which: str) -> None:
    for named in [home] if which == "folder" else [kept, bytecode(kept)]:
        named.symlink_to(named.rename(named.with_name(f"elsewhere-{named.name}")))
    assert cache.recall(SMALL) is None


def test_no_link_is_followed_when_writing(home: Path, kept: Path, book: Rulebook, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched", "utf-8")
    kept.unlink()
    kept.symlink_to(victim)
    for number in range(os.getpid() - 2, os.getpid() + 3):
        kept.with_suffix(f".{number}").symlink_to(victim)
    bytecode(kept).unlink()
    bytecode(kept).symlink_to(victim)
    cache.keep(book)
    assert victim.read_text("utf-8") == "untouched"
    assert not bytecode(kept).is_symlink()
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
    for make in (os.mkfifo, os.mkdir):
        for file in (kept, bytecode(kept)):
            file.unlink() if file.is_fifo() or file.is_file() else None
            make(file)
        assert cache.recall(SMALL) is None


@pytest.fixture
def small_copy(tmp_path: Path) -> Path:
    """The small trial, free to change."""
    return shutil.copytree(SMALL, tmp_path / "small")


def _weak_rules(folder: Path) -> Path:
    """Rules of which every criterion is met."""
    file = folder / "eligibility.yaml"
    pattern, weak = r"met_when: (?:\|\n)?((?: {6,}.*\n)+|.*\n)", "met_when: |\n      true or (\n      \\1      )\n"
    text, count = re.subn(pattern, weak, file.read_text("utf-8"))
    assert count == 5
    file.write_text(text, "utf-8")
    return folder


def test_rules_are_not_used_under_the_name_of_others(kept: Path, small_copy: Path) -> None:
    weak = _weak_rules(small_copy)
    name = kept.with_name(cache._name(cache._key(weak, digests(weak))))
    bytecode(kept).rename(bytecode(name))
    kept.rename(name)
    assert cache.recall(weak) is None


def test_rules_that_change_while_they_are_read_are_kept_as_what_they_were(home: Path, small_copy: Path) -> None:
    genuine = (small_copy / "eligibility.yaml").read_bytes()
    weak = rulebook(_weak_rules(small_copy), cache=False)
    (small_copy / "eligibility.yaml").write_bytes(genuine)
    cache.keep(weak)
    assert cache.recall(small_copy) is None


def test_a_signed_decision_asks_for_the_files_themselves(kept: Path) -> None:
    kept.write_bytes(b"not looked at")
    bytecode(kept).write_bytes(b"not looked at")
    assert rulebook(SMALL, cache=False).edition(None).environment
    assert kept.read_bytes() == b"not looked at"


@pytest.mark.parametrize("place", [5, 20, 60, 100, 5000, -1])
def test_a_changed_byte_is_seen_before_anything_is_run(kept: Path, place: int) -> None:
    for file in (kept, bytecode(kept)):
        content = bytearray(file.read_bytes())
        content[place] ^= 1
        file.write_bytes(content)
    assert cache.recall(SMALL) is None


def test_nothing_is_kept_where_that_is_not_wanted(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECISE_CACHE_HOME", "")
    cache.keep(book)
    assert cache.recall(SMALL) is None
