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
from pathlib import Path

from participants import write_lines

PRECISE = [sys.executable, "-c", "from precise_cal.cli import main; main()"]
JOBS = (1, 2, 4)


def measured(command: list[str]) -> tuple[float, float, float]:
    """Processor time in seconds, peak memory in MB, and seconds by the clock of a process."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        raise SystemExit(f"{command} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, time.monotonic() - begun


def main() -> None:
    """Print the rate and the peak memory of each format, and the rates of several processes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        files = {size: Path(name) / f"{size}.jsonl" for size in (count // 10, count)}
        for size, file in files.items():
            write_lines(file, size)
        first = str(files[count // 10])
        measured([*PRECISE, "check", first])  # keeps the rules for the others
        for title, options in (("as text", []), ("as JSON with every reason", ["--format", "json"])):
            less, more = (measured([*PRECISE, "check", str(file), *options]) for file in files.values())
            rate = (count - count // 10) / (more[0] - less[0])
            memory = f"{less[1]:.0f} MB at {count // 10:,}, {more[1]:.0f} MB at {count:,}"
            print(f"all rules, {title:30} {rate:6.0f} participants/s; peak {memory}")
        for jobs in JOBS:
            options = ["--format", "json", "--jobs", str(jobs)]
            less, more = (measured([*PRECISE, "check", str(file), *options]) for file in files.values())
            rate = (count - count // 10) / (more[2] - less[2])
            print(f"as JSON, --jobs {jobs}, by the clock {rate:14.0f} participants/s")


if __name__ == "__main__":
    main()
