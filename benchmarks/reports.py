"""How long ``precise report`` takes for a whole trial in every format, and in how much memory.

    python benchmarks/reports.py [participants]

The program makes a synthetic trial and runs the whole command as a process. It prints the wall time, the processor time
of all processes, the most memory that they held together (the sum of their proportional set sizes, so that shared pages
count once), and the size of the trial report. Linux only, for the memory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

PRECISE = [sys.executable, "-m", "precise_cal"]
FORMATS = "html,pdf,xlsx,sdtm,csv,markdown"


def family(process: int) -> list[int]:
    """A process and all that descend from it."""
    found = [process]
    for one in found:
        try:
            tasks = Path(f"/proc/{one}/task").iterdir()
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def proportional_kb(process: int) -> int:
    """The proportional set size of one process; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def watched(command: list[str]) -> tuple[float, float]:
    """Wall time in seconds, and the most memory in MB, of a process with its children."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(proportional_kb, family(process.pid))))
        time.sleep(0.5)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return time.monotonic() - begun, most / 1024


class Report(NamedTuple):
    """What a report of a trial took."""

    wall: float
    processors: float
    """Seconds of all processes, those of the simulation among them."""
    memory: float
    """MB of all processes together, at most."""
    files: int
    size: float
    """MB of the files."""
    page: float
    """MB of the trial report."""


def reported(count: int) -> Report:
    """Make a synthetic trial of so many participants, and all its documents."""
    before = _used()
    with tempfile.TemporaryDirectory() as name:
        records, out = Path(name) / "trial.jsonl", Path(name) / "out"
        subprocess.run([*PRECISE, "simulate", "--participants", str(count), "--out", str(records)], check=True)
        wall, memory = watched([*PRECISE, "report", str(records), "--out", str(out), "--format", FORMATS])
        files = [path for path in out.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e6
        page = (out / "trial.html").stat().st_size / 1e6
        return Report(wall, _used() - before, memory, len(files), size, page)


def _used() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 656
    found = reported(count)
    print(
        f"{count} participants, {found.files} files, {found.size:.0f} MB: {found.wall:.1f} s, "
        f"{found.processors:.1f} s of processors"
    )
    print(f"at most {found.memory:.0f} MB; trial.html {found.page:.2f} MB")


if __name__ == "__main__":
    main()
