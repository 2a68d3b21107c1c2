"""How long ``precise check`` of one participant takes as a whole process, beside ``python -c pass`` and two libraries.

    python benchmarks/check_process.py

All are started in turn, so that they meet the same load; of the processor time of each, user and system, the median
counts. Bytecode is written before, for an installed program has it; the first run, which keeps rules for the next ones,
is not counted.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
from pathlib import Path

from participants import EXAMPLE

import precise_cal

RUNS = 15
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PRECISE = [sys.executable, "-m", "precise_cal"]
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "precise --version": [*PRECISE, "--version"],
    "precise --help": [*PRECISE, "--help"],
    "precise check, one participant": [*PRECISE, "check", str(EXAMPLE)],
    "the same, as JSON": [*PRECISE, "check", str(EXAMPLE), "--format", "json"],
    "peer: import pydantic alone": [sys.executable, "-c", "from pydantic import BaseModel"],
    "peer: import typer alone": [sys.executable, "-c", "import typer"],
}


def processor_time(command: list[str]) -> float:
    """The processor time of a process, in milliseconds."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{command} failed")
    return (used.ru_utime + used.ru_stime) * 1000


def medians() -> dict[str, float]:
    """The median of the processor time of each command, in milliseconds."""
    compileall.compile_dir(Path(precise_cal.__file__).parent, quiet=1)
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for run in range(RUNS + 1):
        for name, command in COMMANDS.items():
            taken = processor_time(command)
            if run:
                times[name].append(taken)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """Print the median time of each command, and its ratio to the first."""
    found = medians()
    for name, median in found.items():
        print(f"{name:32} {median:6.0f} ms  {median / found['python -c pass']:5.1f} x")


if __name__ == "__main__":
    main()
