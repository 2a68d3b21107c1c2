"""What becomes of a run that is told to stop: by Ctrl-C, by the system, or because its terminal has gone."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress

TYPE_CHECKING = False  # importing typing costs as much as Python itself
if TYPE_CHECKING:
    from types import FrameType
    from typing import Final

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_KILLED: Final = 128
"""A shell's status of a process that a signal ended is this and the number of the signal."""


class Stopped(BaseException):
    """A signal asked the run to stop; raised wherever it is, so that everything unfinished is cleared away."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = _KILLED + number
        """Of the process: 130 after Ctrl-C, 143 after TERM, 129 after HUP."""


def heed_signals() -> None:
    """Let the first signal raise `Stopped`. One that was ignored at the start, as under nohup, stays ignored."""
    for one in _SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    """Later signals are ignored: what is being cleared away would be left half."""
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    raise Stopped(number)


def tell_stopped() -> None:
    """One line, where there is still somebody to read it."""
    from precise_cal.cli.spoken import catalog

    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{catalog()('stopped')}\n")
            sys.stderr.flush()
