"""``precise --help`` as it was written before, for a terminal of usual width: Typer would take four times as long.

    python -m precise_cal.cli.kept_help

writes it anew after a change of the commands; a test holds it against what Typer writes.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing costs as much as Python itself
if TYPE_CHECKING:
    from typing import Final

_FOLDER: Final = os.path.dirname(__file__)  # noqa: PTH120 - pathlib is not needed before
_USUAL: Final = 80
"""Columns from which on the text is the same for every terminal."""


def kept_help() -> str | None:
    """The text in the language of the run; None where the terminal wants another one."""
    from precise_cal.cli.spoken import language

    if "COLUMNS" in os.environ or not _is_wide():
        return None
    with open(path_of(language()), encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not needed before
        return file.read()


def path_of(language: str) -> str:
    """The file that keeps the text in a language."""
    return f"{_FOLDER}/help_{language}.txt"


def _is_wide() -> bool:
    """Whether stdout is no terminal, or one of usual width."""
    try:
        columns = os.get_terminal_size(1).columns
    except (OSError, ValueError):
        return True
    return not columns or columns >= _USUAL


def fresh_help(language: str) -> str:
    """The text as Typer writes it now."""
    from precise_cal.cli.app import PROGRAM, command_for
    from precise_cal.cli.spoken import choose

    arguments = ["--lang", language]
    choose(arguments)
    command = command_for(["--help"])
    text: str = command.get_help(command.make_context(PROGRAM, [], resilient_parsing=True))
    choose(())
    return f"{text}\n"


if __name__ == "__main__":
    for one in ("en", "zh"):
        with open(path_of(one), "w", encoding="utf-8") as kept:  # noqa: PTH123 - as above
            kept.write(fresh_help(one))
