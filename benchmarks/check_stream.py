"""How many participants a second ``precise check`` judges from JSON Lines, and in how much memory.

    python benchmarks/check_stream.py [participants]

The program makes the participants itself. It runs the whole command for a tenth of the participants and for all of
them: the difference gives the rate without the start, and shows whether memory grows. Processor time counts, on one
core; of several processes (``--jobs``) the time by the clock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from participants import write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRECISE = [sys.executable, "-c", "from precise_cal.cli import main; main()"]
AS_JSON = ("--format", "json")
JOBS = (1, 2, 4)


def measured(command: list[str]) -> tuple[float, float, float]:
    """Processor time in seconds, peak memory in MB, and seconds by the clock of a process."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        raise SystemExit(f"{command} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, time.monotonic() - begun


class Rate(NamedTuple):
    """Participants a second, and the peak memory in MB of a tenth of the participants and of all."""

    by_processor: float
    by_clock: float
    less: float
    more: float


@contextmanager
def streams(count: int) -> Iterator[Callable[..., Rate]]:
    """Within, the rate at which ``precise check`` with some options judges so many participants."""
    with tempfile.TemporaryDirectory() as name:
        files = {size: Path(name) / f"{size}.jsonl" for size in (count // 10, count)}
        for size, file in files.items():
            write_lines(file, size)
        measured([*PRECISE, "check", str(files[count // 10])])  # keeps the rules for the others

        def rate(*options: str) -> Rate:
            less, more = (measured([*PRECISE, "check", str(file), *options]) for file in files.values())
            judged = count - count // 10
            return Rate(judged / (more[0] - less[0]), judged / (more[2] - less[2]), less[1], more[1])

        yield rate


def main() -> None:
    """Print the rate and the peak memory of each format, and the rates of several processes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with streams(count) as rate:
        for title, options in (("as text", ()), ("as JSON with every reason", AS_JSON)):
            found = rate(*options)
            memory = f"{found.less:.0f} MB at {count // 10:,}, {found.more:.0f} MB at {count:,}"
            print(f"all rules, {title:30} {found.by_processor:6.0f} participants/s; peak {memory}")
        for jobs in JOBS:
            found = rate(*AS_JSON, "--jobs", str(jobs))
            print(f"as JSON, --jobs {jobs}, by the clock {found.by_clock:14.0f} participants/s")


if __name__ == "__main__":
    main()
