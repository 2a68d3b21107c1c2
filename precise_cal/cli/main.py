"""The command ``precise``: a run from the start of the process to its exit status, and what becomes of errors."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import suppress

from precise_cal.cli import exits
from precise_cal.cli.stopping import Stopped, heed_signals, tell_stopped
from precise_cal.cli.version import version_text

TYPE_CHECKING = False  # importing typing costs as much as Python itself
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Final

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_PACKAGE: Final = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - pathlib is not needed before


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status; a signal ends even the start with one line.

    A start makes no garbage, and looking for some costs a fifth of a check; a long run turns it on again.
    """
    gc.disable()
    heed_signals()
    try:
        from precise_cal.cli.streams import prepare_streams

        prepare_streams()
        status = run(sys.argv[1:] if arguments is None else list(arguments))
        status = _flushed(status)
    except Stopped as stop:
        tell_stopped()
        status = stop.status
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit status."""
    if [*arguments] == ["--version"]:
        print(version_text())  # noqa: T201 - nothing else is imported for it
        return exits.OK
    if [*arguments] in (["--help"], ["-h"]):
        from precise_cal.cli.kept_help import kept_help

        text = kept_help()
        if text is not None:
            sys.stdout.write(text)
            return exits.OK
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins costs more than a whole check
    if [*arguments][:1] == ["check"]:
        from precise_cal.cli.quick import plain_check

        given = plain_check([*arguments])
        if given is not None:
            return _check(arguments, given)
    from precise_cal.cli.app import PROGRAM, command_for

    _heed_completion(arguments)
    return run_app(lambda: command_for(arguments), PROGRAM, arguments)


def _check(arguments: Sequence[str], given: Mapping[str, Any]) -> int:
    """``precise check``, whose arguments are plain."""
    from precise_cal.cli.checking import check_files
    from precise_cal.cli.spoken import choose

    choose(arguments)
    return _told(lambda: check_files(**given))


def run_app(command: Callable[[], Any], program: str, arguments: Sequence[str]) -> int:
    """Run a command and return its exit status."""
    from precise_cal.cli.app import Abort, UsageError
    from precise_cal.cli.spoken import choose

    def called() -> int:
        try:
            return _status(command()(args=list(arguments), prog_name=program, standalone_mode=False))
        except UsageError as error:
            _show_usage(error)
            return exits.BAD_INPUT
        except Abort:
            raise KeyboardInterrupt from None

    choose(arguments)
    return _told(called)


def _told(work: Callable[[], int]) -> int:
    """The exit status of a run; what can go wrong is told in one place, here."""
    from precise_cal.language.catalog import words_of
    from precise_cal.protocol.errors import PreciseError

    try:
        return work()
    except KeyboardInterrupt:
        tell_stopped()
        return exits.STOPPED
    except PreciseError as error:
        _tell(words_of(error))
        return exits.BAD_INPUT
    except OSError as error:
        return _tell_system(error)
    except Exception as error:  # noqa: BLE001 - the last resort: a fault of the program is told, never shown raw
        return _tell_fault(error)


def _heed_completion(arguments: Sequence[str]) -> None:
    """Forget the shell's variable unless a shell asks: it passes no arguments, and the line that is being typed."""
    asks = {"COMP_WORDS", "COMP_CWORD"} <= os.environ.keys() or "_TYPER_COMPLETE_ARGS" in os.environ
    if arguments or not asks:
        from precise_cal.cli.app import COMPLETE

        os.environ.pop(COMPLETE, None)


def _status(result: Any) -> int:
    return result if isinstance(result, int) else exits.OK


def _flushed(status: int) -> int:
    """The exit status, where all of stdout could be written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return _tell_unwritable(error)
    return status


def _tell(text: str) -> None:
    """One line of stderr, in the language of the run."""
    from precise_cal.cli.app import PROGRAM
    from precise_cal.cli.echo import safe
    from precise_cal.cli.spoken import catalog

    said = safe(catalog()(text))
    print(f"{PROGRAM}: {said}", file=sys.stderr, flush=True)  # noqa: T201 - the one place that tells of errors


def _show_usage(error: Any) -> None:
    """Usage and error, with what was typed made safe for a terminal."""
    from precise_cal.cli.echo import safe
    from precise_cal.cli.spoken import language

    if language() == "zh" and not _is_help(error):
        from precise_cal.cli.help import usage_lines

        sys.stderr.write(safe("\n".join(usage_lines(error)).expandtabs(2) + "\n"))
        return
    shown = io.StringIO()
    error.show(shown)
    sys.stderr.write(safe(shown.getvalue().expandtabs(2)))


def _is_help(error: Any) -> bool:
    """Whether a usage error is no more than the help of a command that was called without arguments."""
    return type(error).__name__ == "NoArgsIsHelpError"


def _tell_system(error: OSError) -> int:
    """What the system refuses: for want of room, or a file that a person named; else it is a fault of ours."""
    from precise_cal.language.catalog import message

    if error.errno in _FULL:
        return _tell_unwritable(error)
    named = error.filename
    if isinstance(named, str | bytes | os.PathLike) and not os.fsdecode(named).startswith(_PACKAGE):
        _tell(message("{ $path }: { $error }", path=os.fsdecode(named), error=error.strerror))
        return exits.BAD_INPUT
    return _tell_fault(error)


def _tell_unwritable(error: OSError) -> int:
    """There is no room for what was to be written, on stdout or in a file."""
    from precise_cal.cli.streams import give_up
    from precise_cal.language.catalog import message

    _tell(message("the output cannot be written: { $error }", error=error.strerror))
    try:
        sys.stdout.flush()
    except OSError:
        give_up(sys.stdout)
    return exits.BAD_INPUT


def _tell_fault(error: BaseException) -> int:
    """One line, and a file with the traceback; neither holds anything of a record."""
    from precise_cal.cli.fault import write_traceback
    from precise_cal.language.catalog import message

    name = type(error).__name__
    where = None
    with suppress(OSError):
        where = write_traceback(error)
    sent = message("please send { $path } to the developers", path=str(where))
    how = sent if where else "no folder for a traceback can be written"
    _tell(message("internal fault ({ $name }); { $how }", name=name, how=how))
    return exits.FAULT
