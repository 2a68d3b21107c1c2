"""What can be said against rule files that work: cases and Chinese sentences that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cases import read_cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook

_NEEDED: Final = {
    "inclusion": {"MET", "NOT_MET", "UNKNOWN"},
    "exclusion": {"ABSENT", "PRESENT", "UNKNOWN"},
    "conduct": {"COMPLIANT", "DEVIATION", "CANNOT_ASSESS"},
    "outcome": {"YES", "NO", "CANNOT_ASSESS"},
    "side_finding": {"YES", "NO", "CANNOT_ASSESS"},
}


def lint(book: Rulebook, folder: Path) -> list[str]:
    """Remarks on the rules of a folder; form, types and use were checked when they were read.

    Raises:
        RuleFileError: a file is wrong.
    """
    return [*_missing_cases(book, folder), *_missing_languages(book)]


def _missing_languages(book: Rulebook) -> Iterator[str]:
    for file, source in book.loaded.rules:
        for index, rule in enumerate(file.rules):
            for number, one in enumerate(rule.says):
                if one.zh is None:
                    place = source.place(("rules", index, "says", number))
                    yield f"{place}: {rule.id}: the sentence has no Chinese (zh)"


def _missing_cases(book: Rulebook, folder: Path) -> Iterator[str]:
    shown: dict[str, set[str]] = {}
    for case in read_cases(folder):
        shown.setdefault(case.rule, set()).add(case.case.expect)
    for rule in book.rules.values():
        lacking = sorted(_NEEDED[rule.kind] - shown.get(rule.rule.id, set()))
        if lacking:
            yield f"{rule.rule.id}: no case shows {', '.join(lacking)}"
