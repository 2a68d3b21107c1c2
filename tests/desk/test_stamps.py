"""Checkpoints of the desk on paper, and stamped by a third party."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

from precise_cal.log.checkpoint import read_checkpoint
from tests.log.authority import Authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.desk.conftest import Desk


def test_slips_carry_the_signed_checkpoint(
    desk: Desk, record: Callable[..., bytes], client: Any, precise: Any, tmp_path: Path
) -> None:
    decision, slot = desk.randomize(record())
    web = client("coordinator")
    key = desk.place.folder / "log.pub"
    for number, path in enumerate((f"/decisions/{decision.event_id}", f"/allocations/{slot.event_id}")):
        found = re.search(r"<pre[^>]*>(.*?)</pre>", web.get(path).content.decode(), re.DOTALL)
        assert found is not None
        note = unescape(found[1])
        state = read_checkpoint(note, desk.place.log_key.key.public_key())
        assert state.size >= slot.event_id, "what the slip says stands below it"
        (tmp_path / f"{number}").write_text(note, "utf-8")
    (tmp_path / "log").write_bytes(client("inspector").post("/log/bundle").content)
    kept = "--checkpoint", tmp_path / "0", "--checkpoint", tmp_path / "1"
    assert precise("log", "verify", tmp_path / "log", "--public-key", key, *kept).status == 0


def test_stamp_is_an_event_and_shown(
    desk: Desk, record: Callable[..., bytes], client: Any, precise: Any, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    with authority.served() as address:
        said = precise("desk", "stamp", "--tsa", address, "--root", authority.root)
    assert (said.status, said.err) == (0, "")
    assert len(desk.events("log.stamped")) == 1
    number = desk.events("log.stamped")[0].number
    web = client("inspector")
    assert "by CN=Authority" in web.get("/log").content.decode()
    for kind in ("checkpoint", "tsr"):
        (tmp_path / kind).write_bytes(web.get(f"/log/stamps/{number}.{kind}").content)
    command = ["log", "stamp", tmp_path / "checkpoint", "--public-key", desk.place.folder / "log.pub"]
    assert precise(*command, "--response", tmp_path / "tsr", "--root", authority.root).status == 0
    again = "--checkpoint", tmp_path / "checkpoint", "--response", tmp_path / "tsr", "--root", authority.root
    assert precise("desk", "stamp", *again).status == 0
    assert web.get("/log/stamps/1.tsr").status_code == 404


def test_stamp_of_what_the_log_never_was_is_refused(desk: Desk, precise: Any, tmp_path: Path) -> None:
    from precise_cal.log.checkpoint import Checkpoint
    from precise_cal.log.stamp import request_of

    authority = Authority(tmp_path / "authority")
    for state in (Checkpoint("test.example/desk", 3, bytes(32)), Checkpoint("test.example/desk", 999, bytes(32))):
        note = state.signed(desk.place.log_key.key)
        (tmp_path / "note").write_text(note, "utf-8")
        (tmp_path / "r").write_bytes(authority.answer(request_of(note)))
        options = "--checkpoint", tmp_path / "note", "--response", tmp_path / "r", "--root", authority.root
        said = precise("desk", "stamp", *options)
        assert (said.status, "does not begin with" in said.err) == (2, True)
    assert precise("desk", "stamp", "--root", authority.root).status == 2
    assert desk.events("log.stamped") == []
