"""The fewest missing data of who waits for them: of who is refused, none of the criteria; the same from the cache."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.check import Checker
from precise_cal.engine.needed import needed
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.looked import looked_of
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from pathlib import Path

RECORD: dict[str, Any] = {"schema_version": "1.0", "subject": "P-1", "cutoff": "2026-03-10T12:00:00+00:00"}
WORDS = {"title": "x", "quote": "x", "source": "x"}
RULES = [
    {**WORDS, "id": "IC-1", "kind": "inclusion", "met_when": "fit and withdrew is not null"},
    {**WORDS, "id": "EX-1", "kind": "exclusion", "present_when": "started after @2026-03-01 and withdrew"},
]


@pytest.fixture
def folder(tmp_path: Path, small_trial: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trial of two criteria, and a cache of its own."""
    monkeypatch.setenv("PRECISE_CACHE_HOME", str(tmp_path / "cache"))
    return small_trial.folder_of(tmp_path / "trial", eligibility={"rules": RULES})


def _needed(folder: Path, *, cache: bool, **values: Any) -> list[tuple[str, str, str]]:
    book = rulebook(folder, cache=cache)
    data = json.dumps(RECORD | values).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    return [(one.rule, one.pointer, one.ask) for one in needed(book, data, subject)]


def test_what_is_needed_is_the_same_by_rules_from_the_cache(folder: Path) -> None:
    rulebook(folder)  # kept
    for values in ({}, {"fit": True}, {"withdrew": True}, {"fit": True, "withdrew": True}):
        assert _needed(folder, cache=True, **values) == _needed(folder, cache=False, **values), values
    kept, read = rulebook(folder), rulebook(folder, cache=False)
    assert kept.looked
    assert not read.looked
    for name in read.rules:
        assert looked_of(kept, name) == looked_of(read, name)


def test_the_fewest_data_come_with_the_words_that_ask_for_them(folder: Path) -> None:
    assert _needed(folder, cache=False, withdrew=False) == [("IC-1", "/fit", "whether")]
    assert _needed(folder, cache=False, fit=True, withdrew=True) == [("EX-1", "/started", "the first dose")]


def test_a_birthday_is_as_many_years_away_as_a_rule_counts(screening: dict[str, Any]) -> None:
    """The day of birth alone, and not the age that somebody stated, which is not asked for."""
    book = rulebook(bundled())
    data = json.dumps(screening | {"demographics": {"birth_date": None, "sex": "male"}}).encode()
    subject = Checker(book).subject(book.records.read(data), data)
    assert [(one.rule, one.pointer) for one in needed(book, data, subject)] == [("IC-1", "/demographics/birth_date")]


def test_of_who_is_refused_no_criterion_is_told(folder: Path) -> None:
    assert _needed(folder, cache=False, fit=False, withdrew=True) == []
    assert _needed(folder, cache=False, fit=True, withdrew=False) == []


def test_a_varied_rulebook_looks_at_its_own_values(folder: Path) -> None:
    book = rulebook(folder)
    assert book.with_files(book.loaded).looked == ""
