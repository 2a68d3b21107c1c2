"""What an installation takes on disk, and how long the kernels of flow take to compile, once.

    python benchmarks/first_use.py [extra …]

Sizes are those of the files that packages list as theirs, and of the packages that they require, with the extras that
are named. The kernels are compiled into a folder that is thrown away; processor time, and times ``python -c pass``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

LARGEST = 10
NAME = "precise-cal"


def required(name: str, extras: set[str], found: dict[str, Distribution]) -> None:
    """Add a package and all that it requires."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return
    try:
        found[key] = distribution(name)
    except PackageNotFoundError:
        print(f"{name}: is not installed, and left out")
        return
    for text in found[key].requires or ():
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            required(one.name, set(one.extras), found)


def megabytes(one: Distribution) -> float:
    """The size of the files of a package, each counted once."""
    files = {Path(str(path.locate())) for path in one.files or ()}
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def seconds(command: list[str], **environment: str) -> float:
    """Processor time of a process."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} failed")
    return used.ru_utime + used.ru_stime


def sizes_of(extras: set[str]) -> list[tuple[float, str]]:
    """The packages of an installation with these extras, each with its megabytes, the largest first."""
    found: dict[str, Distribution] = {}
    required(NAME, extras, found)
    return sorted(((megabytes(one), name) for name, one in found.items()), reverse=True)


def warmed() -> tuple[float, float]:
    """Processor time of ``precise qfr warm`` into a new folder, and of the same again."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "precise_cal", "qfr", "warm"]
        first, again = (seconds(command, NUMBA_CACHE_DIR=folder) for _ in range(2))
    return first, again


def main() -> None:
    """Print the figures."""
    sizes = sizes_of(set(sys.argv[1:]))
    largest = ", ".join(f"{name} {size:.0f}" for size, name in sizes[:LARGEST])
    print(f"{len(sizes)} packages, {sum(size for size, _ in sizes):.0f} MB: {largest}")
    warm, again = warmed()
    nothing = min(seconds([sys.executable, "-c", "pass"]) for _ in range(5))
    print(f"qfr warm {warm:.1f} s of processor time, {warm / nothing:.0f} × python -c pass; again {again:.1f} s")


if __name__ == "__main__":
    main()
