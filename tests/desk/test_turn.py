"""Writers to SQLite come one after the other, and write to the file that has the database's name."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.desk.stores import POSTGRESQL

if TYPE_CHECKING:
    from tests.desk.conftest import Desk

pytestmark = pytest.mark.skipif(POSTGRESQL is not None, reason="PostgreSQL has a queue of its own")


def test_connection_that_stays_open_writes_to_no_file_that_was_replaced(blank: Desk) -> None:
    from django.db import connection

    from precise_cal.desk.store.log import SYSTEM, add

    file = Path(connection.settings_dict["NAME"])
    before = add("test.one", {}, SYSTEM).number
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = file.with_name("copy")
    shutil.copy(file, copy)
    add("test.two", {}, SYSTEM)
    copy.replace(file)
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    assert add("test.three", {}, SYSTEM).number == before + 1
    assert [one.number for one in blank.events("test.three")] == [before + 1]
    assert blank.events("test.two") == []


def test_who_waits_is_not_overtaken_again_and_again(blank: Desk) -> None:
    from django.db import connections

    from precise_cal.desk.store.log import SYSTEM, add, writing

    done: list[float] = []

    def write() -> None:
        for _ in range(5):
            begun = time.perf_counter()
            with writing():
                time.sleep(0.01)
                add("test.turn", {}, SYSTEM)
            done.append(time.perf_counter() - begun)
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(blank.events("test.turn")) == len(done) == 30
    assert max(done) < 10 * sorted(done)[len(done) // 2] + 1
