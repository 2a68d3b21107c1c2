"""The files that the arguments of a command name, and what folders among them hold beside records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cli.echo import tell
from precise_cal.files.records import InputError, expand, passed_over
from precise_cal.language.catalog import message, plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def record_files(arguments: Sequence[str]) -> list[str]:
    """The files of records that the arguments name; stderr tells what folders hold that is not read.

    Raises:
        InputError: a path does not exist, or a folder holds no record.
    """
    files = expand(arguments)
    for line in passed_over(arguments):
        tell(line)
    return files


def check_font(font: Path | None) -> None:
    """Refuse a font that is no file.

    Raises:
        InputError: there is no such file.
    """
    if font is not None and not font.is_file():
        raise InputError(message("--font { $font }: is no file", font=font))


def tell_simulated(count: int) -> None:
    """Tell how many of the records say of themselves that they are simulated, where one does."""
    if count:
        one = "{ $count } participant is simulated: nobody of this name exists"
        tell(plural(count, one, "{ $count } participants are simulated: nobody of these names exists"))
