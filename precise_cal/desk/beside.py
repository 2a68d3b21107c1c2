"""The sealer as a process beside the desk, where it is not one of a user of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from precise_cal.desk.errors import DeskError
from precise_cal.language.catalog import message
from precise_cal.sealer.client import ask
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.messages import AskStatus, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.desk.home import Place

_PATIENCE: Final = 15.0


@contextmanager
def sealer_beside(place: Place) -> Iterator[None]:
    """The sealer as a process of this one, started again should it end; it ends with this one.

    Raises:
        DeskError: it does not start.
    """
    ended, held = threading.Event(), [_start(place)]

    def watch() -> None:
        while not ended.wait(0.2):
            if held[0].poll() is not None:
                held[0] = _start(place)

    _await(place, held[0])
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        held[0].terminate()
        held[0].wait()


def _start(place: Place) -> subprocess.Popen[bytes]:
    program = "from precise_cal.cli.sealer import main; main()"
    command = [sys.executable, "-c", program, "run", "--home", str(place.sealer), "--socket", str(place.socket)]
    return subprocess.Popen([*command, "--while-stdin-is-open"], stdin=subprocess.PIPE)  # noqa: S603 - our own program


def _await(place: Place, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            ask(place.socket, AskStatus(), Status)
        except SealerError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    raise DeskError(message("{ $path }: the sealer does not start", path=place.sealer))
