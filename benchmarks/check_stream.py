"""How many participants a second ``precise check`` judges from JSON Lines, and in how much memory.

    python benchmarks/check_stream.py [participants]

The program makes the participants itself. It runs the whole command, once with all rules and once with a folder of
rules without ``events.yaml`` (eligibility only), each for a tenth of the participants and for all of them: the
difference gives the rate without the start, and shows whether memory grows. Processor time counts, on one core.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from participants import write_lines

from precise_cal.rules import bundled

PRECISE = [sys.executable, "-c", "from precise_cal.cli import main; main()"]


def measured(command: list[str]) -> tuple[float, float]:
    """Processor time in seconds and peak memory in MB of a process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        raise SystemExit(f"{command} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Print the rate and the peak memory of each set of rules."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {size: folder / f"{size}.jsonl" for size in (count // 10, count)}
        for size, file in files.items():
            write_lines(file, size)
        eligibility = folder / "eligibility"
        eligibility.mkdir()
        for rules in ("protocol.yaml", "eligibility.yaml"):
            shutil.copy(bundled() / rules, eligibility)
        for title, options in (
            ("eligibility, as JSON with every reason", ["--format", "json", "--rules", str(eligibility)]),
            ("all rules, as text", []),
            ("all rules, as JSON with every reason", ["--format", "json"]),
        ):
            (less, small), (more, large) = (
                measured([*PRECISE, "check", str(file), *options]) for file in files.values()
            )
            rate = (count - count // 10) / (more - less)
            memory = f"{small:.0f} MB at {count // 10:,}, {large:.0f} MB at {count:,}"
            print(f"{title:40} {rate:6.0f} participants/s; peak {memory}")


if __name__ == "__main__":
    main()
