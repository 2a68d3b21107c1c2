"""How long ``precise check`` of one participant takes as a whole process, beside ``python -c pass``.

    python benchmarks/check_process.py

Both are started in turn, so that they meet the same load, and the shortest of the runs counts. The first run, which
keeps bytecode and rules for the next ones, is not counted; a switch that keeps Python from writing bytecode is lifted,
for an installed program has it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from participants import EXAMPLE

RUNS = 15
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PRECISE = [sys.executable, "-c", "from precise_cal.cli import main; main()"]
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "precise --help": [*PRECISE, "--help"],
    "precise check, one participant": [*PRECISE, "check", str(EXAMPLE)],
    "the same, as JSON": [*PRECISE, "check", str(EXAMPLE), "--format", "json"],
}


def main() -> None:
    """Print the shortest time of each command, and its ratio to the first."""
    best = dict.fromkeys(COMMANDS, float("inf"))
    for run in range(RUNS + 1):
        for name, command in COMMANDS.items():
            begun = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
            if run:
                best[name] = min(best[name], time.perf_counter() - begun)
    least = best["python -c pass"]
    for name, seconds in best.items():
        print(f"{name:32} {seconds * 1000:6.0f} ms  {seconds / least:5.1f} x")


if __name__ == "__main__":
    main()
