"""The command line's shape: its subcommands, each imported when it is called, so that starting stays fast."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Final

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins costs more than a whole check

import typer

from precise_cal.cli.echo import echo
from precise_cal.cli.options import Lang

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROGRAM: Final = "precise"
EXITS: Final = (
    "Exit status: 0 nothing found, 1 a criterion fails or a deviation, 3 something cannot be decided, 2 bad usage or "
    "unreadable input, 4 a fault of the program itself; 130, 143 or 129 stopped by Ctrl-C, TERM or HUP. Where several "
    "apply, the worst wins: 4, 2, 1, 3, 0."
)
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


def _check(app: typer.Typer) -> None:
    from precise_cal.cli import check

    app.command("check")(check.check)


def _cohort(app: typer.Typer) -> None:
    from precise_cal.cli import cohort

    app.add_typer(cohort.app, name="cohort")


def _crf(app: typer.Typer) -> None:
    from precise_cal.cli import crf

    app.command("crf")(crf.crf)


def _desk(app: typer.Typer) -> None:
    from precise_cal.cli import desk

    app.add_typer(desk.app, name="desk")


def _gate(app: typer.Typer) -> None:
    from precise_cal.cli import gate

    app.add_typer(gate.app, name="gate")


def _import(app: typer.Typer) -> None:
    from precise_cal.cli import import_

    app.command("import")(import_.import_)


def _lists(app: typer.Typer) -> None:
    from precise_cal.cli import lists

    app.add_typer(lists.app, name="lists")


def _log(app: typer.Typer) -> None:
    from precise_cal.cli import log

    app.add_typer(log.app, name="log")


def _new(app: typer.Typer) -> None:
    from precise_cal.cli import new

    app.command("new")(new.new)


def _report(app: typer.Typer) -> None:
    from precise_cal.cli import report

    app.command("report")(report.report)


def _qfr(app: typer.Typer) -> None:
    from precise_cal.cli import qfr, qfr_angio, qfr_batch

    qfr_angio.register(qfr.app)
    qfr_batch.register(qfr.app)
    app.add_typer(qfr.app, name="qfr")


def _rules(app: typer.Typer) -> None:
    from precise_cal.cli import rules

    app.add_typer(rules.app, name="rules")


def _schema(app: typer.Typer) -> None:
    from precise_cal.cli import schema

    app.command("schema")(schema.schema)


def _simulate(app: typer.Typer) -> None:
    from precise_cal.cli import simulate

    app.command("simulate")(simulate.simulate)


def _trial(app: typer.Typer) -> None:
    from precise_cal.cli import trial

    app.add_typer(trial.app, name="trial")


COMMANDS: Final[Mapping[str, Callable[[typer.Typer], None]]] = {
    "check": _check,
    "cohort": _cohort,
    "crf": _crf,
    "desk": _desk,
    "gate": _gate,
    "import": _import,
    "lists": _lists,
    "log": _log,
    "new": _new,
    "report": _report,
    "qfr": _qfr,
    "rules": _rules,
    "schema": _schema,
    "simulate": _simulate,
    "trial": _trial,
}
"""What adds each command, in the order in which help lists them."""


def command_for(arguments: Sequence[str]) -> Any:
    """The command line: the one command that is called, or, for help and completion, all of them."""
    return in_language(_app_for(arguments))


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


def _app_for(arguments: Sequence[str]) -> typer.Typer:
    app = typer.Typer(
        name=PROGRAM,
        help="Was the protocol followed? Checks participants of PRECISE CAL (NCT07277114) against its rules.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        rich_markup_mode=None,
        epilog=EXITS,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    called = arguments[0] if arguments else ""
    for name in [called] if called in COMMANDS else COMMANDS:
        COMMANDS[name](app)
    return app
