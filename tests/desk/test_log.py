"""The log over the database: it only grows, proves what it holds, and is verified offline."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.log.checkpoint import read_checkpoint
from precise_cal.log.merkle import check_consistency

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk


@pytest.mark.parametrize("table", ["event", "content"])
@pytest.mark.parametrize("act", ["update", "delete"])
def test_nothing_is_changed_or_taken_away(blank: Desk, table: str, act: str) -> None:
    from django.db import DatabaseError, connection

    column = {"event": "type", "content": "sha256"}[table]
    words = {"update": f"UPDATE desk_{table} SET {column} = 'x'", "delete": f"DELETE FROM desk_{table}"}
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=r"only grows|permission denied"):
        cursor.execute(words[act])


def test_clock_that_went_back_is_refused(blank: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.store import log

    for behind, works in ((30, True), (90, False)):
        clock = type("Clock", (), {"now": staticmethod(lambda _, s=behind: datetime.now(UTC) - timedelta(seconds=s))})
        log.add("test.one", {}, log.SYSTEM)
        with monkeypatch.context() as patch:
            patch.setattr(log, "datetime", clock)
            if works:
                log.add("test.two", {}, log.SYSTEM)
            else:
                with pytest.raises(DeskError, match="set it right"):
                    log.add("test.two", {}, log.SYSTEM)


def test_file_of_the_log_is_verified_offline(
    desk: Desk, record: Callable[..., bytes], client: Any, precise: Any, tmp_path: Path
) -> None:
    desk.randomize(record())
    early = client(None).get("/checkpoint").content.decode()
    (tmp_path / "early").write_text(early)
    desk.randomize(record("ZS01-002"))
    (tmp_path / "log").write_bytes(client("inspector").post("/log/bundle").content)
    command = ["log", "verify", tmp_path / "log", "--public-key", desk.place.folder / "log.pub"]
    said = precise(*command, "--checkpoint", tmp_path / "early")
    assert (said.status, "begins with what was seen" in said.out) == (0, True)
    changed = (tmp_path / "log").read_bytes().replace(b"gate.decision", b"gate.decisiom", 1)
    (tmp_path / "log").write_bytes(changed)
    assert precise(*command).status == 1
    assert len(desk.events("export.log")) == 1


def test_witness_is_given_a_proof_that_the_log_only_grew(desk: Desk, client: Any) -> None:
    key = desk.place.log_key.key.public_key()
    old = read_checkpoint(client(None).get("/checkpoint").content.decode(), key)
    client("coordinator")
    new = read_checkpoint(client(None).get("/checkpoint").content.decode(), key)
    answer = client(None).get(f"/consistency?old={old.size}&size={new.size}")
    path = [bytes.fromhex(one) for one in json.loads(answer.content)["path"]]
    assert new.size > old.size
    assert check_consistency(old.size, new.size, old.root, new.root, path)
    for wrong in ("old=0", "old=x", f"old={new.size + 9}", "old=2&size=1"):
        assert client(None).get(f"/consistency?{wrong}").status_code == 400


def test_watch_tells_a_rollback(
    desk: Desk, client: Any, precise: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk.store import log
    from precise_cal.log import watch

    web = client(None)
    monkeypatch.setattr(watch, "fetch", lambda address: web.get(address.removeprefix("http://desk")).content)
    command = ["log", "watch", "http://desk", "--public-key", desk.place.folder / "log.pub", "--state", tmp_path / "s"]
    assert "is kept from now on" in precise(*command).out
    desk.store.keep("before")
    log.add("test.one", {}, log.SYSTEM)
    said = precise(*command)
    assert (said.status, "goes on from what was kept" in said.out) == (0, True)
    desk.store.put_back("before")
    log.TREES.forget()
    said = precise(*command)
    assert (said.status, "events are missing" in said.out) == (1, True)
    for name in ("test.two", "test.three"):
        log.add(name, {}, log.SYSTEM)
    said = precise(*command)
    assert (said.status, "does not begin with" in said.out) == (1, True)


def test_watch_says_what_does_not_answer(precise: Any, desk: Desk, tmp_path: Path) -> None:
    for address in ("http://localhost:9", "file:///etc/passwd"):
        key = desk.place.folder / "log.pub"
        said = precise("log", "watch", address, "--public-key", key, "--state", tmp_path / "s")
        assert said.status == 2
        assert not (tmp_path / "s").exists()


def test_leaves_of_other_sites_are_hashes_alone(desk: Desk, record: Callable[..., bytes], client: Any) -> None:
    desk.randomize(record("ZS02-001"), "other")
    desk.randomize(record("ZS01-001"))
    told = client("coordinator").get("/log/leaves")
    assert b"ZS02" not in told.content
    assert b"ZS01" in told.content
    rows = json.loads(told.content)["leaves"]
    assert len(rows) == json.loads(client("inspector").get("/log/leaves").content)["leaves"].__len__() - 1
