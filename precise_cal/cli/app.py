"""The command line's shape: its subcommands, each imported when it is called, so that starting stays fast."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from precise_cal.cli.echo import echo
from precise_cal.cli.options import Lang

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM: Final = "precise"
COMPLETE: Final = "_PRECISE_COMPLETE"
"""The variable by which a shell asks for completions instead of a run."""
EXITS: Final = (
    "Exit status: 0 nothing found, 1 a criterion fails or a deviation, 3 something cannot be decided, 2 bad usage or "
    "unreadable input, 4 a fault of the program itself; 130, 143 or 129 stopped by Ctrl-C, TERM or HUP. Where several "
    "apply, the worst wins: 4, 2, 1, 3, 0."
)
HELP: Final = {"help_option_names": ["-h", "--help"]}
"""How every command line is asked for its help."""
Abort: Final = typer.Abort
UsageError: Any = typer.BadParameter.__mro__[2]
"""The base of usage errors; Typer brings its own copy of Click and exports only this descendant of it."""


def _print_version(value: bool) -> None:
    if value:
        from precise_cal.cli.version import version_text

        echo(version_text())
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Was the protocol followed?"""


class Entry(NamedTuple):
    """A command in the list of all.

    Attributes:
        summary: what it is for, in that list.
        module: of this package.
        name: what of the module: its Typer app, or the function of the command.
    """

    summary: str
    module: str
    name: str = "app"


COMMANDS: Final[Mapping[str, Entry]] = {
    "check": Entry("Judge participants against every rule of the trial.", "check", "check"),
    "explain": Entry("Say why a rule judges a participant so, and what would turn it.", "explain", "explain"),
    "gate": Entry("Decide, before randomization, who may be randomized.", "gate"),
    "report": Entry("Write reports of one participant or of a whole trial.", "report", "report"),
    "qfr": Entry("Compute QFR from a lumen or from angiograms.", "qfr_all"),
    "rules": Entry("Look at the rules, test them, try their language.", "rules"),
    "trial": Entry("Begin a trial folder, look at one, compare two.", "trial"),
    "import": Entry("Read exports of data systems into records.", "import_", "import_"),
    "crf": Entry("Write forms for data entry, with the maps that read them.", "crf", "crf"),
    "new": Entry("Ask for one participant at the terminal.", "new", "new"),
    "cohort": Entry("Judge tables of millions of participants by SQL.", "cohort"),
    "simulate": Entry("Make participants of a trial who never were.", "simulate", "simulate"),
    "schema": Entry("Print JSON Schemas, for editors and other programs.", "schema", "schema"),
    "lists": Entry("Compare designs of randomization, and verify lists.", "lists"),
    "log": Entry("Give out the log of the gate, and verify it offline.", "log"),
    "desk": Entry("Bring gate, randomization and log to the browser.", "desk"),
}
"""Every command, in the order in which help lists them."""


def _add(app: typer.Typer, name: str) -> None:
    """Add a command: its module is imported now."""
    entry = COMMANDS[name]
    found = getattr(import_module(f"precise_cal.cli.{entry.module}"), entry.name)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, short_help=entry.summary)
    else:
        app.command(name, short_help=entry.summary)(found)


def _list(app: typer.Typer, name: str) -> None:
    """Let a command stand in the list of all, without what it takes."""
    app.command(name, short_help=COMMANDS[name].summary)(lambda: None)


def command_for(arguments: Sequence[str]) -> Any:
    """The command line for some arguments: the commands that they name are there, others are listed."""
    from precise_cal.cli.spoken import language

    if COMPLETE in os.environ:  # the shell's words are in the environment
        return every_command()
    named = [one for one in arguments if one in COMMANDS]
    return _command(tuple(named[:1] if arguments[:1] == named[:1] else COMMANDS), frozenset(named), language())


@cache
def _command(listed: tuple[str, ...], whole: frozenset[str], _language: str) -> Any:
    """The command line with some commands, of which some are whole: made once where a process runs many."""
    app = _root_app()
    for name in listed:
        (_add if name in whole else _list)(app, name)
    return in_language(app)


def every_command() -> Any:
    """The command line with everything that every command takes."""
    app = _root_app()
    for name in COMMANDS:
        _add(app, name)
    return in_language(app)


def in_language(app: typer.Typer) -> Any:
    """The command of an app, that takes ``--lang`` wherever it may stand, and says what it does in that language."""
    from precise_cal.cli.spoken import language

    command = typer.main.get_command(app)
    _add_language(command)
    if language() == "zh":
        from precise_cal.cli.help import speak_chinese

        speak_chinese(command)
    return command


def _add_language(command: Any) -> None:
    """Let every command take ``--lang``; a run knows its language before (`precise_cal.cli.spoken`)."""
    app = typer.Typer()
    app.command()(_spoken)
    (option,) = (one for one in typer.main.get_command(app).params if one.name == "lang")
    option.expose_value = False
    commands = [command]
    for one in commands:
        commands += getattr(one, "commands", {}).values()
        one.params.append(option)


def _spoken(
    lang: Annotated[
        Lang | None,
        typer.Option("--lang", help="The language of sentences and documents; without it, the locale's, else English."),
    ] = None,
) -> None:
    """The one option of every command."""


def _root_app() -> typer.Typer:
    app = typer.Typer(
        name=PROGRAM,
        help="Was the protocol followed? Checks participants of PRECISE CAL (NCT07277114) against its rules.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        rich_markup_mode=None,
        epilog=EXITS,
        context_settings=HELP,
    )
    app.callback()(_root)
    return app
