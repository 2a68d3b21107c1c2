"""A program in a process of its own, with bounded memory and time."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE = 10
"""How much longer than the processor's time a process may take on a busy machine."""


@dataclass(frozen=True)
class Ended:
    """How a process ended, what it wrote, and what it took."""

    status: int
    out: str
    err: str
    seconds: float
    megabytes: float


def bounded(command: Sequence[str], *, megabytes: int, seconds: int, stdin: bytes = b"") -> Ended:
    """Run a command that may use so much address space, and so many seconds of a processor, before the system ends it.

    Peak memory is that of the process itself, as the system counted it.
    """
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err)
        resource.prlimit(process.pid, resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        used = _waited(process, _PATIENCE * seconds)
        out.seek(0)
        err.seek(0)
        status = os.waitstatus_to_exitcode(used[0])
        texts = out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace")
    return Ended(status, *texts, time.monotonic() - begun, used[1] / 1024)


def _waited(process: subprocess.Popen[bytes], seconds: float) -> tuple[int, int]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = status
            return status, used.ru_maxrss
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError(f"{process.args} ran for more than {seconds} s")
