"""The command ``precise``: its subcommands, and what becomes of errors.

Every command imports what it needs when it runs, so that starting stays fast.
"""

from __future__ import annotations

import codecs
import errno
import gc
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins costs more than a whole check

import typer

from precise_cal.cli import exits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROGRAM: Final = "precise"
_UsageError: Any = typer.BadParameter.__mro__[2]
"""The base of usage errors; Typer brings its own copy of Click and exports only this descendant of it."""


def _print_version(value: bool) -> None:
    if value:
        from precise_cal.cli.version import version_text

        typer.echo(version_text())
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


def _gate(app: typer.Typer) -> None:
    from precise_cal.cli import gate

    app.add_typer(gate.app, name="gate")


def _report(app: typer.Typer) -> None:
    from precise_cal.cli import report

    app.command("report")(report.report)


def _qfr(app: typer.Typer) -> None:
    from precise_cal.cli import qfr, qfr_angio

    qfr_angio.register(qfr.app)
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


COMMANDS: Final[Mapping[str, Callable[[typer.Typer], None]]] = {
    "check": _check,
    "cohort": _cohort,
    "gate": _gate,
    "report": _report,
    "qfr": _qfr,
    "rules": _rules,
    "schema": _schema,
    "simulate": _simulate,
}
"""What adds each command, in the order in which help lists them."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def _app(arguments: Sequence[str]) -> typer.Typer:
    """The command line: the one command that is called, or, for help and completion, all of them."""
    app = typer.Typer(
        name=PROGRAM,
        help="Was the protocol followed? Checks participants of PRECISE CAL (NCT07277114) against its rules.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    called = arguments[0] if arguments else ""
    for name in [called] if called in COMMANDS else COMMANDS:
        COMMANDS[name](app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status.

    A start makes no garbage, and looking for some costs a fifth of a check; a long run turns it on again.
    """
    gc.disable()
    _prepare_streams()
    status = run(sys.argv[1:] if arguments is None else list(arguments))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up_stdout()
    except OSError as error:
        status = _tell_unwritable(error)
    sys.exit(status)


def _prepare_streams() -> None:
    """Write to nowhere what was closed before the start; escape what the encoding of stdout does not have."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        codecs.register_error("escaped", _escaped)
        sys.stdout.reconfigure(errors="escaped")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """The characters as JSON escapes them, so that JSON stays JSON."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True)), error.end


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit status; what can go wrong is told in one place, here."""
    from precise_cal.protocol.errors import PreciseError

    try:
        return _status(_app(arguments)(args=list(arguments), prog_name=PROGRAM, standalone_mode=False))
    except _UsageError as error:
        error.show(sys.stderr)
        return exits.BAD_INPUT
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("stopped", err=True)
        return 130
    except BrokenPipeError:
        _give_up_stdout()
        return exits.OK
    except PreciseError as error:
        typer.echo(f"{PROGRAM}: {error}", err=True)
        return exits.BAD_INPUT
    except OSError as error:
        return _tell_unwritable(error) if error.errno in _FULL else _tell_fault(error)
    except Exception as error:  # noqa: BLE001 - the last resort: a fault of the program is told, never shown raw
        return _tell_fault(error)


def _status(result: Any) -> int:
    return result if isinstance(result, int) else exits.OK


def _give_up_stdout() -> None:
    """The reader of our output has gone: keep Python from complaining when it flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell_unwritable(error: OSError) -> int:
    """There is no room for what was to be written, on stdout or in a file."""
    typer.echo(f"{PROGRAM}: the output cannot be written: {error.strerror}", err=True)
    try:
        sys.stdout.flush()
    except OSError:
        _give_up_stdout()
    return exits.BAD_INPUT


def _tell_fault(error: BaseException) -> int:
    """One line, and a file with the traceback; neither holds anything of a record."""
    from precise_cal.cli.fault import write_traceback

    where = write_traceback(error)
    typer.echo(f"{PROGRAM}: internal fault ({type(error).__name__}); please send {where} to the developers", err=True)
    return exits.FAULT
