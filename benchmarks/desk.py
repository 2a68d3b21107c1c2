"""A desk under load: gate with allocation, and the list of participants, over HTTP from processes as they really run.

``python benchmarks/desk.py [--clients 8] [--randomizations 200] [--participants 656]
[--reads 400]``. CPU is that of workers and
sealer together, by the kernel's clock; the clients of this process are not part of it, but share the machine. SQLite
unless ``PRECISE_DATABASE_URL`` names an empty PostgreSQL. For kills during five minutes: ``benchmarks/desk_kills.py``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BASE = bundled() / "tests" / "screening.json"
_RUN = "from precise_cal.cli.main import main; main()"


def _running() -> Any:
    path = Path(__file__).parents[1] / "tests" / "desk" / "running.py"
    spec = importlib.util.spec_from_file_location("running", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["running"] = module
    spec.loader.exec_module(module)
    return module


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def in_parallel(works: Sequence[Callable[[], None]]) -> float:
    """Seconds that all of them took."""
    threads, begun = [threading.Thread(target=one) for one in works], time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return time.perf_counter() - begun


def report(what: str, took: list[float], seconds: float, cpu: float) -> None:
    """Print rate, latencies and CPU."""
    ordered = sorted(took)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(
        f"{what}: {len(took)} in {seconds:.1f} s, {len(took) / seconds:.1f}/s, median "
        f"{1000 * statistics.median(took):.0f} ms, p99 {1000 * p99:.0f} ms, CPU {1000 * cpu / len(took):.1f} ms each"
    )


def randomizations(running: Any, desk: Any, clients: int, count: int) -> None:
    """Each client checks before the clock runs, and then signs one after the other."""
    took: list[float] = []
    visitors = [running.Visitor(desk, "coordinator") for _ in range(clients)]
    names = [[f"ZS01-{number:04}" for number in range(start, count, clients)] for start in range(clients)]
    digests = [
        [one.check(who, running.record(BASE, who)) for who in own] for one, own in zip(visitors, names, strict=True)
    ]

    def work(visitor: Any, own: list[str]) -> Callable[[], None]:
        def sign() -> None:
            for digest in own:
                begun = time.perf_counter()
                assert "/allocations/" in visitor.sign(digest)
                took.append(time.perf_counter() - begun)

        return sign

    pids = [*desk.workers(), *desk.sealers()]
    before = cpu_seconds(pids)
    seconds = in_parallel([work(*one) for one in zip(visitors, digests, strict=True)])
    report("gate with allocation, and its page", took, seconds, cpu_seconds(pids) - before)


def lists(running: Any, desk: Any, clients: int, count: int) -> None:
    """Each client reads the first page again and again."""
    took: list[float] = []
    visitors = [running.Visitor(desk, "monitor") for _ in range(clients)]

    def work(visitor: Any) -> Callable[[], None]:
        def read() -> None:
            for _ in range(count // clients):
                begun = time.perf_counter()
                visitor.get("/participants")
                took.append(time.perf_counter() - begun)

        return read

    before = cpu_seconds(desk.workers())
    seconds = in_parallel([work(one) for one in visitors])
    report("list of participants, a page of 100", took, seconds, cpu_seconds(desk.workers()) - before)


def main() -> None:
    """Make a desk, load it, print the figures."""
    parser = argparse.ArgumentParser()
    for name, default in (("--clients", 8), ("--randomizations", 160), ("--participants", 656), ("--reads", 400)):
        parser.add_argument(name, type=int, default=default)
    asked = parser.parse_args()
    running = _running()
    with tempfile.TemporaryDirectory() as folder:
        desk = running.Running(Path(folder) / "desk")
        desk.make()
        base = json.loads(BASE.read_bytes())
        rows = [base | {"subject_id": f"ZS02-{n:04}", "site_id": "ZS02"} for n in range(asked.participants)]
        file = Path(folder) / "r.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)))
        subprocess.run([sys.executable, "-c", _RUN, "desk", "records", str(file)], env=desk.environment, check=True)
        desk.start()
        try:
            randomizations(running, desk, asked.clients, asked.randomizations)
            lists(running, desk, asked.clients, asked.reads)
        finally:
            desk.stop()


if __name__ == "__main__":
    main()
