"""Connections that are lent to threads: as many as are used at once, and none stays with a thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.desk.conftest import Desk


def test_many_threads_use_as_many_connections_as_are_used_at_once(blank: Desk) -> None:
    from django.db import connections

    from precise_cal.desk.store.lent import _FREE, lent
    from precise_cal.desk.store.log import SYSTEM, add

    before, together = len(blank.events("test.lent")), Barrier(2)

    def use(number: int) -> int:
        with lent():
            if number >= 0:
                together.wait(20)
            add("test.lent", {"number": number}, SYSTEM)
            used = id(connections["default"])
            if number >= 0:
                together.wait(20)
        assert connections.all(initialized_only=True) == []
        return used

    try:
        alone = {ThreadPoolExecutor(1).submit(use, -1).result() for _ in range(5)}  # a thread each
        with ThreadPoolExecutor(2) as threads:
            pairs = {*threads.map(use, range(10))}
        assert len(alone) == 1
        assert len(pairs) == len(_FREE) == 2
        assert alone <= pairs
        assert len(blank.events("test.lent")) == before + 15
    finally:
        while _FREE:
            _FREE.pop().close()
