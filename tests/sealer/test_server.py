"""The sealer as a process: asked over its socket, killed in the middle, started again."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.randomization.bundle import Shares
from precise_cal.sealer import client, server
from precise_cal.sealer.client import ask
from precise_cal.sealer.errors import SealerError
from precise_cal.sealer.home import trust
from precise_cal.sealer.messages import (
    MOST,
    Answered,
    AskDraw,
    AskNews,
    AskOpen,
    AskPlan,
    AskReveal,
    AskStatus,
    Kept,
    News,
    Revelation,
    Root,
    Sent,
    Status,
)  # fmt: skip
from precise_cal.sealer.server import _Server
from tests.sealer.conftest import COMMITMENTS, PLAN, PUBLIC, SHARES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sealer.conftest import Desk


def start(desk: Desk, place: Path) -> subprocess.Popen[bytes]:
    program = "from precise_cal.cli.sealer import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "run", "--home", str(desk.home), "--socket", str(place)], stderr=subprocess.PIPE
    )
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            ask(place, AskStatus(), Status)
        except SealerError:
            time.sleep(0.05)
        else:
            return process
    raise AssertionError(process.communicate()[1])


def test_killed_sealer_goes_on_where_it_was(desk: Desk, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    place = tmp_path / "s"
    process = start(desk, place)
    try:
        assert stat.S_IMODE(place.stat().st_mode) == 0o660
        assert ask(place, AskPlan(plan=PLAN), Kept).plan_sha256 == PLAN.sha256
        first, second = desk.sent(desk.sealer())
        shares = Sent(statistician=first.hex(), sponsor=second.hex())
        commitments = Shares(statistician=COMMITMENTS[0], sponsor=COMMITMENTS[1])
        root = ask(place, AskDraw(commitments=commitments, shares=shares, public=PUBLIC), Root).root
        desk.now = datetime.now(UTC)
        decisions = [desk.decision(f"P-{n}").decode() for n in range(3)]
        questions = [AskOpen(decision=one, subject_id=f"P-{n}", stratum="S1") for n, one in enumerate(decisions)]
        given = [ask(place, one, Answered) for one in questions[:2]]
        for question in (b"nonsense", b'{"op":"open"}', b'{"op":"arms"}'):
            assert b'"refused": "form"' in raw(place, question)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        process = start(desk, place)
        status = ask(place, AskStatus(), Status)
        assert (status.root, len(status.openings)) == (root, 2)
        again = [ask(place, one, Answered) for one in questions]
        assert [one.allocation for one in again[:2]] == [one.allocation for one in given]
        assert [one.repeated for one in again] == [True, True, False]
        assert [one.allocation.number for one in again] == [1, 2, 3]
        assert b"arm" not in raw(place, b'{"op":"status"}')
        first, second = desk.sent(desk.sealer(), purpose=b"reveal")
        shares = Sent(statistician=first.hex(), sponsor=second.hex())
        told = ask(place, AskReveal(commitments=commitments, shares=shares, public=PUBLIC), Revelation)
        assert (told.plan, told.shares.sponsor) == (PLAN, SHARES[1].hex())
    finally:
        process.kill()
        process.communicate()
    with pytest.raises(SealerError, match="does not answer"):
        ask(place, AskStatus(), Status)


@contextmanager
def served(desk: Desk, place: Path, patience: float) -> Iterator[None]:
    one = _Server(place, desk.sealer() if desk.home.joinpath("list.sealed").exists() else desk.drawn(), patience)
    thread = Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield
    one.shutdown()
    thread.join()
    one.server_close()


@contextmanager
def silent(place: Path, count: int, first: bytes = b"") -> Iterator[list[socket.socket]]:
    """Connections that do not ask, or begin to."""
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(count)]
        for one in lines:
            one.connect(str(place))
            one.sendall(first)
        yield lines


@pytest.mark.parametrize("first", [b"", b'{"op":'])
def test_connections_that_do_not_ask_starve_nobody(desk: Desk, tmp_path: Path, first: bytes) -> None:
    with served(desk, tmp_path / "s", patience=30), silent(tmp_path / "s", 300, first):
        before = time.monotonic()
        assert ask(tmp_path / "s", AskStatus(), Status).root is not None
        assert time.monotonic() - before < 2


def test_question_that_comes_too_slowly_is_cut_off(desk: Desk, tmp_path: Path) -> None:
    with served(desk, tmp_path / "s", patience=0.3), silent(tmp_path / "s", 1) as (line,):
        until = time.monotonic() + 5
        with suppress(OSError):
            while time.monotonic() < until:  # a byte now and then, so that no single wait is long
                line.sendall(b" ")
                time.sleep(0.05)
        assert time.monotonic() < until
        assert ask(tmp_path / "s", AskStatus(), Status).root is not None


def test_question_that_is_answered_slowly_is_not_cut_off(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = server.answer

    def slow(*asked: Any) -> Any:
        time.sleep(0.6)
        return answer(*asked)

    monkeypatch.setattr(server, "answer", slow)
    with served(desk, tmp_path / "s", patience=0.2):
        assert ask(tmp_path / "s", AskStatus(), Status).root is not None


@pytest.mark.parametrize(("more", "text"), [(0, "no question"), (1, f"at most {MOST} bytes")])
def test_question_may_have_so_many_bytes(more: int, text: str, desk: Desk, tmp_path: Path) -> None:
    """With its line end: a byte more is not read, so that what fits no line is told by its length."""
    with served(desk, tmp_path / "s", patience=30):
        assert text in json.loads(raw(tmp_path / "s", b" " * (MOST - 1 + more)))["text"]


def test_each_question_is_answered_by_what_it_asks_for(desk: Desk) -> None:
    sealer = desk.sealer()
    assert server.answer(sealer, AskPlan(plan=PLAN)).plan_sha256 == PLAN.sha256
    assert sealer.plan() == PLAN
    commitments = Shares(statistician=COMMITMENTS[0], sponsor=COMMITMENTS[1])

    def sent(purpose: bytes) -> Sent:
        first, second = desk.sent(sealer, purpose=purpose)
        return Sent(statistician=first.hex(), sponsor=second.hex())

    drawn = server.answer(sealer, AskDraw(commitments=commitments, shares=sent(b"draw"), public=PUBLIC))
    assert sealer.root is not None
    assert drawn.root == sealer.root.hex()
    decision = desk.decision("P-1")
    opened = server.answer(sealer, AskOpen(decision=decision.decode(), subject_id="P-1", stratum="S1"))
    assert (opened.allocation.number, opened.repeated, opened.bound.subject_id) == (1, False, "P-1")
    assert opened.bound.decision_sha256 == sealer.openings[0].decision_sha256
    news = server.answer(sealer, AskNews(count=0, head="0" * 64))
    assert (news.root, news.before, news.openings) == (drawn.root, 0, [opened.bound])
    told = server.answer(sealer, AskReveal(commitments=commitments, shares=sent(b"reveal"), public=PUBLIC))
    assert told.plan == PLAN
    assert (told.shares.statistician, told.shares.sponsor) == (SHARES[0].hex(), SHARES[1].hex())


@pytest.mark.parametrize("answer", [b"", b'{"root":', b"[1]", b"{}", b'{"refused":"form"}'])
def test_answer_that_is_none_is_told(answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_answer", lambda *_, **__: answer)
    with pytest.raises(SealerError, match="was cut off or is none") as caught:
        ask(tmp_path / "s", AskStatus(), Status)
    assert caught.value.code == "unreachable"


def test_keys_that_are_trusted_are_numbered(tmp_path: Path) -> None:
    for key in (b"first", b"second", b"third"):
        trust(tmp_path, key)
    kept = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert kept == {"trusted-1.pub": b"first", "trusted-2.pub": b"second", "trusted-3.pub": b"third"}


def test_connections_are_kept_until_the_sealer_ends_them(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, made, connect = tmp_path / "s", list[str](), client._connected

    def counted(address: str) -> socket.socket:
        made.append(address)
        return connect(address)

    monkeypatch.setattr(client, "_connected", counted)
    question = AskNews(count=0, head="0" * 64)
    with served(desk, place, patience=0.3):
        for _ in range(3):
            assert ask(place, question, News).root is not None
        assert len(made) == 1
        ask(place, AskStatus(), Status)  # one that is not kept
        assert len(made) == 2
        time.sleep(0.8)  # cut off as one that does not ask
        assert ask(place, question, News).root is not None
        assert len(made) == 3
    place.unlink()
    with served(desk, place, patience=30):  # the old one's thread still answers: it is not asked
        assert ask(place, question, News).root is not None
        assert len(made) == 4
    place.unlink()
    with pytest.raises(SealerError, match="does not answer"):
        ask(place, question, News)


def raw(place: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(place))
        one.sendall(line + b"\n")
        return one.makefile("rb").readline()
