"""A desk as it runs, whose workers and sealer are killed again and again while participants are randomized."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from precise_cal.rules import bundled
from tests.desk.running import FAILURES, Running, Visitor, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = bundled() / "tests" / "screening.json"
MOST = 300
"""Participants of one client: then it asks about the first ones again. The list of a demonstration has more slots."""
_RUN = "from precise_cal.cli.main import main; main()"


@dataclass
class Siege:
    """What came of it."""

    kills: int = 0
    answers: int = 0
    failures: int = 0
    seen: dict[str, str] = field(default_factory=dict)
    """By participant, the page of the allocation that somebody was shown."""
    others: list[str] = field(default_factory=list)
    """Of whom another page was shown later."""


def besiege(
    running: Running, seconds: float, clients: int = 3, seed: int = 1, strike: Callable[[], None] | None = None
) -> Siege:
    """Randomize while something is struck whenever somebody has got an answer, or nobody did for eight seconds.

    Args:
        running: a demonstration desk.
        seconds: for how long.
        clients: who randomize at once.
        seed: of the moments and of what is struck.
        strike: what is done then; without it a worker or the sealer is killed, in turn.
    """
    found, chance, until = Siege(), random.Random(seed), time.monotonic() + seconds
    threads = [threading.Thread(target=_randomize, args=(running, n, until, found)) for n in range(1, clients + 1)]
    for one in threads:
        one.start()
    while time.monotonic() < until:
        before, patience = found.answers, time.monotonic() + 8
        while found.answers == before and time.monotonic() < min(patience, until):
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 0.3))
        if strike is not None:
            strike()
            found.kills += 1
            continue
        victims = running.workers() if found.kills % 2 else running.sealers()
        with suppress(ProcessLookupError, IndexError):
            os.kill(chance.choice(victims), signal.SIGKILL)
            found.kills += 1
    for one in threads:
        one.join()
    return found


def _randomize(desk: Running, number: int, until: float, found: Siege) -> None:
    """Randomize one participant after the other; whoever gets no answer asks again."""
    visitor, count = None, 0
    while time.monotonic() < until:
        who = f"ZS01-{number}{count % MOST:03}"
        try:
            visitor = visitor or Visitor(desk, "coordinator")
            digest = visitor.check(who, record(BASE, who))
            url = visitor.sign(digest) if digest else ""
        except FAILURES:
            visitor = None
            found.failures += 1
            time.sleep(0.1)
            continue
        if not digest or "/allocations/" in url:
            if url and found.seen.setdefault(who, url) != url:
                found.others.append(who)
            found.seen.setdefault(who, url)
            found.answers += 1
            count += 1


def hold_together(running: Running, folder: Path, found: Siege) -> int:
    """Everything that was answered is there, once, in order, and verified.

    Returns:
        How many allocations there are.
    """
    running.stop(signal.SIGKILL)
    running.start()  # what a crash left unfinished is finished now
    inspector = Visitor(running, "inspector")
    bundle = json.loads(inspector.post("/lists/bundle")[1])
    numbers = [one["number"] for one in bundle["allocations"]]
    opened = [json.loads(line) for line in (running.home / "sealer" / "openings.jsonl").read_text().splitlines()]
    assert sorted(numbers) == [*range(1, len(numbers) + 1)], "no gap, none twice"
    assert len(opened) == len(numbers) == len({one["participant"] for one in opened})
    assert {one["subject_id"] for one in opened} >= {*found.seen}, "whoever was answered has a slot"
    assert found.others == [], "everybody was shown the same again"
    (folder / "list.json").write_text(json.dumps(bundle))
    (folder / "log").write_text(inspector.post("/log/bundle")[1])
    key = running.home / "log.pub"
    for command in (["lists", "verify", "list.json"], ["log", "verify", "log", "--public-key", str(key)]):
        done = subprocess.run([sys.executable, "-c", _RUN, *command], cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return len(numbers)
