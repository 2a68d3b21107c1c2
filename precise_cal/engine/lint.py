"""What can be said against rule files that work: cases that are missing, and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.case_names import check_cases
from precise_cal.engine.cases import read_cases
from precise_cal.engine.counting import lossy_counts
from precise_cal.engine.membership import lossy_memberships
from precise_cal.engine.rulebook.texts import check_chinese, missing
from precise_cal.engine.rulebook.trial_folder import CHINESE
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.verdicts import LADDERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook


def lint(book: Rulebook, folder: Path) -> list[str]:
    """Remarks on the rules of a folder; form, types and use were checked when they were read.

    Raises:
        RuleFileError: a file is wrong; ``chinese.yaml`` too, which nothing else looks at as a whole.
    """
    check_chinese(book)
    return [
        *lossy_memberships(book),
        *lossy_counts(book),
        *_missing_cases(book, folder),
        *_sentences_without_chinese(book),
        *_texts_without_chinese(book, folder),
    ]


def _texts_without_chinese(book: Rulebook, folder: Path) -> Iterator[str]:
    """Of a folder that speaks Chinese anywhere: what it says in English alone."""
    path = folder / CHINESE
    if path.exists() or any(one.zh for file, _ in book.loaded.rules for rule in file.rules for one in rule.says):
        yield from (
            message('{ $path }: "{ $text }" has no Chinese', path=Verbatim(path), text=text) for text in missing(book)
        )


def _sentences_without_chinese(book: Rulebook) -> Iterator[str]:
    for file, source in book.loaded.rules:
        for index, rule in enumerate(file.rules):
            for number, one in enumerate(rule.says):
                if one.zh is None:
                    place = source.place(("rules", index, "says", number))
                    yield message(
                        "{ $place }: { $id }: the sentence has no Chinese (zh)", place=place, id=Verbatim(rule.id)
                    )


def _missing_cases(book: Rulebook, folder: Path) -> Iterator[str]:
    shown: dict[str, set[str]] = {}
    cases = read_cases(folder)
    check_cases(cases, book)
    for case in cases:
        shown.setdefault(case.rule, set()).add(case.case.expect)
    for rule in book.rules.values():
        ladder = LADDERS[rule.kind]
        lacking = sorted({ladder.otherwise, ladder.decided, ladder.unknown} - shown.get(rule.rule.id, set()))
        if lacking:
            yield message(
                "{ $id }: no case shows { $lacking }", id=Verbatim(rule.rule.id), lacking=Verbatim(", ".join(lacking))
            )
