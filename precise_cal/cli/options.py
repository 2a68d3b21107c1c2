"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from precise_cal.language.catalog import message, words_of

if TYPE_CHECKING:
    from precise_cal.protocol.provenance import Provenance
    from precise_cal.protocol.temporal import DateTime

RulesOption = Annotated[
    Path | None,
    typer.Option("--trial", "--rules", metavar="DIR", help="A folder with another trial; see docs/trial.md."),
]
NowOption = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="INSTANT",
        help="The instant or day at which due and overdue are judged, instead of data_cutoff.",
    ),
]


ProvenanceOption = Annotated[
    Path | None,
    typer.Option(
        "--provenance", metavar="FILE.jsonl", help="Show source cells, from what precise import --provenance wrote."
    ),
]


class OutputFormat(StrEnum):
    """How a result is written."""

    text = "text"
    json = "json"


class Lang(StrEnum):
    """The languages of sentences and documents."""

    en = "en"
    zh = "zh"


def rules_folder(option: Path | None) -> Path:
    """The folder of rule files: the one that was named, else the one that comes with the program."""
    from precise_cal.rules import bundled

    return option or bundled()


def read_origins(path: Path | None) -> Provenance | None:
    """The origins that a file holds; None without a file.

    Raises:
        InputError: it cannot be read.
        ProvenanceError: a line of it is no origin.
    """
    if path is None:
        return None
    from precise_cal.files.records import InputError
    from precise_cal.files.regular import open_regular
    from precise_cal.protocol.provenance import read_provenance

    try:
        with open_regular(path) as lines:
            return read_provenance(lines, str(path))
    except OSError as error:
        raise InputError(
            message("{ $path }: cannot be read: { $strerror }", path=path, strerror=error.strerror)
        ) from None


def read_now(text: str | None, option: str = "--now") -> DateTime | None:
    """The instant that an option names, or the day, on the clock of the study.

    Raises:
        InputError: it is neither a date-time with an offset nor a whole date.
    """
    if text is None:
        return None
    from precise_cal.files.records import InputError
    from precise_cal.protocol.scalars import read_instant

    try:
        instant = read_instant(text)
    except ValueError as error:
        raise InputError(
            message('{ $option } "{ $text }": { $error }', option=option, text=text, error=words_of(error))
        ) from None
    if instant.day is None:
        wanted = 'a whole date, such as "2026-03-09", or a date-time with an offset'
        raise InputError(
            message('{ $option } "{ $text }": should be { $wanted }', option=option, text=text, wanted=wanted)
        )
    return instant
