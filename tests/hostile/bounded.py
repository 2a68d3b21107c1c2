"""A program in a process of its own, with bounded memory and time."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE = 10
"""How much longer than the processor's time a process may take on a busy machine."""

_STARTER = """
import os, resource, sys
space, seconds = map(int, sys.argv[1:3])
pid = os.posix_spawn(sys.argv[3], sys.argv[3:], os.environ)
resource.prlimit(pid, resource.RLIMIT_AS, (space, space))
resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
_, status, used = os.wait4(pid, 0)
sys.stderr.write(f"\\n{os.waitstatus_to_exitcode(status)} {used.ru_maxrss}")
"""


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

    Peak memory is that of the process itself, as the system counted it. A small program starts it: the system counts
    what the parent of a process held for the process, and tests hold a lot.
    """
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        starter = [sys.executable, "-S", "-c", _STARTER, str(megabytes << 20), str(seconds), *command]
        process = subprocess.Popen(starter, stdin=subprocess.PIPE, stdout=out, stderr=err)
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        _wait(process, _PATIENCE * seconds)
        out.seek(0)
        err.seek(0)
        *told, last = err.read().decode("utf-8", "replace").split("\n")
        status, peak = map(int, last.split())
        text = out.read().decode("utf-8", "replace")
    return Ended(status, text, "\n".join(told), time.monotonic() - begun, peak / 1024)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"{process.args} ran for more than {seconds} s") from None
