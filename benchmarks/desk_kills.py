"""A desk under load whose workers and sealer are killed (``kill -9``) for five minutes: nothing is lost or doubled.

``python benchmarks/desk_kills.py [--seconds 300] [--clients 3] [--seed 1]``. What is held afterward is what
``tests/desk/test_killed.py`` holds after 20 seconds: every participant who was answered has one slot and is shown the
same one again, slots have no gap, and list and log verify offline. SQLite unless ``PRECISE_DATABASE_URL`` names an
empty PostgreSQL.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.desk.killing import besiege, hold_together
from tests.desk.running import Running


def main() -> None:
    """Make a desk, kill it, print what came of it."""
    parser = argparse.ArgumentParser()
    for name, default in (("--seconds", 300), ("--clients", 3), ("--seed", 1)):
        parser.add_argument(name, type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        running = Running(Path(folder) / "desk")
        running.make()
        running.start()
        try:
            found = besiege(running, asked.seconds, asked.clients, asked.seed)
            begun = time.perf_counter()
            count = hold_together(running, Path(folder), found)
            recovered = time.perf_counter() - begun
        finally:
            running.stop(signal.SIGKILL)
    print(
        f"{asked.seconds} s, {asked.clients} clients: {found.kills} kills, {found.answers} answers, {found.failures} "
        f"requests without one, {len(found.seen)} participants, {count} allocations; restarted, recovered and verified "
        f"in {recovered:.1f} s"
    )


if __name__ == "__main__":
    main()
