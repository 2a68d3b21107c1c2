"""The desk as it runs, killed again and again while participants are randomized: nothing lost, doubled or left out."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.rules import bundled
from tests.desk.running import FAILURES, Running, Visitor, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
SECONDS = float(os.environ.get("PRECISE_DESK_KILL_SECONDS", "20"))
BASE = bundled() / "tests" / "screening.json"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    pytest.importorskip("django", reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")
    monkeypatch.delenv("PRECISE_DATABASE_URL", raising=False)
    monkeypatch.delenv("PRECISE_SEALER_SOCKET", raising=False)
    one = Running(tmp_path / "desk")
    one.make()
    one.start()
    try:
        yield one
    finally:
        one.stop(signal.SIGKILL)


def randomize_for(desk: Running, number: int, until: float, seen: dict[str, str]) -> None:
    """Randomize one participant after the other; whoever gets no answer asks again."""
    visitor, count = None, 0
    while time.monotonic() < until:
        who = f"ZS01-{number}{count:02}"
        try:
            visitor = visitor or Visitor(desk, "coordinator")
            digest = visitor.check(who, record(BASE, who))
            url = visitor.sign(digest) if digest else ""
        except FAILURES:
            visitor = None
            time.sleep(0.1)
            continue
        if not digest or "/allocations/" in url:
            seen[who] = url
            count += 1


def hold_together(running: Running, precise: Any, folder: Path, seen: dict[str, str]) -> int:
    """Everything that was answered is there, once, in order, and verified; how many allocations there are."""
    running.stop(signal.SIGKILL)
    running.start()  # what a crash left unfinished is finished now
    inspector = Visitor(running, "inspector")
    bundle = json.loads(inspector.post("/lists/bundle")[1])
    numbers = [one["number"] for one in bundle["allocations"]]
    opened = [json.loads(line) for line in (running.home / "sealer" / "openings.jsonl").read_text().splitlines()]
    assert sorted(numbers) == [*range(1, len(numbers) + 1)]
    assert len(opened) == len(numbers) == len({one["participant"] for one in opened})
    assert {one["subject_id"] for one in opened} >= {*seen}
    (folder / "list.json").write_text(json.dumps(bundle))
    assert precise("lists", "verify", folder / "list.json").status == 0
    (folder / "log").write_text(inspector.post("/log/bundle")[1])
    said = precise("log", "verify", folder / "log", "--public-key", running.home / "log.pub")
    assert said.status == 0
    return len(numbers)


def test_nothing_is_lost_doubled_or_left_out(running: Running, precise: Any, tmp_path: Path) -> None:
    seen, chance, kills = dict[str, str](), random.Random(1), 0
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=randomize_for, args=(running, n, until, seen)) for n in range(1, 4)]
    for one in threads:
        one.start()
    while time.monotonic() < until:
        before, patience = len(seen), time.monotonic() + 8
        while len(seen) == before and time.monotonic() < min(patience, until):
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 0.3))
        victims = running.workers() if kills % 2 else running.sealers()
        with suppress(ProcessLookupError, IndexError):
            os.kill(chance.choice(victims), signal.SIGKILL)
            kills += 1
    for one in threads:
        one.join()
    assert kills >= 3
    assert len(seen) >= 3
    count = hold_together(running, precise, tmp_path, seen)
    print(f"{kills} kills, {count} allocations")
