"""The desk as it runs, killed again and again while participants are randomized: nothing lost, doubled or left out."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk.killing import besiege, hold_together
from tests.desk.running import Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
SECONDS = float(os.environ.get("PRECISE_DESK_KILL_SECONDS", "20"))


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


@pytest.mark.minutes(1)
def test_nothing_is_lost_doubled_or_left_out(running: Running, tmp_path: Path, record_property: Any) -> None:
    found = besiege(running, SECONDS)
    assert found.kills >= 3
    assert len(found.seen) >= 3
    count = hold_together(running, tmp_path, found)
    for name, value in (("seconds", SECONDS), ("kills", found.kills), ("allocations", count)):
        record_property(name, value)
