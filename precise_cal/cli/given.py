"""What options of several commands name, read: the folder of rules, an instant, origins. Nothing here knows Typer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import message, words_of

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.protocol.provenance import Provenance
    from precise_cal.protocol.temporal import DateTime


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
