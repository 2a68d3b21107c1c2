"""What is taken and told without Typer is what Typer takes and tells."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

import precise_cal.cli.check
from precise_cal.cli.app import command_for
from precise_cal.cli.checking import check_files
from precise_cal.cli.kept_help import fresh_help, kept_help, path_of
from precise_cal.cli.quick import FLAGS, LISTS, VALUES, plain_check

PLAIN = [
    ["a.json"],
    ["-"],
    ["a.json", "b.jsonl", "-", "folder"],
    ["--format", "json", "a.json"],
    ["a.json", "-v"],
    ["a.json", "--verbose", "--lang", "zh", "--format", "text"],
    ["--summary", "--rule", "IC-1", "a.json", "--rule", "IC-2", "--site", "ZS01", "--only", "queries"],
    ["a.json", "--trial", "folder", "--now", "2026-03-09", "--color", "never"],
    ["a.json", "--jobs", "3"],
    ["a.json", "--rules", "folder", "--since", "report.json", "--provenance", "origins.jsonl"],
]
LEFT = [
    [],
    ["-x", "a.json"],
    ["--format=json", "a.json"],
    ["--format", "junit", "a.json"],
    ["--format", "xml", "a.json"],
    ["--help"],
    ["a.json", "--now", "-1"],
    ["a.json", "--now"],
    ["a.json", "--now", "2026", "--now", "2027"],
    ["a.json", "--lang", "fr"],
    ["--", "a.json"],
    ["--jobs", "0", "a.json"],
    ["--jobs", "many", "a.json"],
    [""],
    ["-vv", "a.json"],
    ["--verb", "a.json"],
]


def _bound(*values: Any, **named: Any) -> dict[str, Any]:
    bound = inspect.signature(check_files).bind(*values, **named)
    bound.apply_defaults()
    return dict(bound.arguments)


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_plain_arguments_mean_what_they_mean_to_typer(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[dict[str, Any]] = []
    monkeypatch.setattr(precise_cal.cli.check, "check_files", lambda *values: taken.append(_bound(*values)) or 0)
    command_for(["check", *words])(args=["check", *words], prog_name="precise", standalone_mode=False)
    given = plain_check(["check", *words])
    assert given is not None
    assert [_bound(**given)] == taken


@pytest.mark.parametrize("words", LEFT, ids=" ".join)
def test_what_is_not_plain_is_left_to_typer(words: list[str]) -> None:
    assert plain_check(["check", *words]) is None
    assert plain_check(["report", "a.json"]) is None


def test_every_option_of_the_command_is_known() -> None:
    command = command_for(["check", "a.json"]).commands["check"]
    options = {name for one in command.params for name in one.opts if name.startswith("-")}
    assert options == {*FLAGS, *VALUES, *LISTS, "--lang"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_kept_help_is_what_typer_writes(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the commands: python -m precise_cal.cli.kept_help."""
    monkeypatch.setenv("COLUMNS", "80")
    assert Path(path_of(language)).read_text(encoding="utf-8") == fresh_help(language)
    assert kept_help() is None
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8" if language == "zh" else "C.UTF-8")
    assert kept_help() == fresh_help(language)
