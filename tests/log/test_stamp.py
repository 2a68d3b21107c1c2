"""Time stamps of checkpoints: by file and over the web, verified offline; what is no stamp of it is named."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.gate.keys import keygen, load_private
from precise_cal.log.checkpoint import Checkpoint
from tests.log.authority import Authority

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture
def command(tmp_path: Path, precise: Any) -> Any:
    """``precise log stamp`` on a signed checkpoint over 12 events."""
    keygen(tmp_path / "key", tmp_path / "key.pub")
    note = Checkpoint("a.example/b", 12, sha256(b"").digest()).signed(load_private(tmp_path / "key").key)
    (tmp_path / "note").write_text(note, "utf-8")
    return lambda *options: precise("log", "stamp", tmp_path / "note", "--public-key", tmp_path / "key.pub", *options)


def test_stamp_of_an_authority_is_verified_offline(authority: Authority, command: Any, tmp_path: Path) -> None:
    assert command("--request", tmp_path / "q").status == 0
    (tmp_path / "r").write_bytes(authority.answer((tmp_path / "q").read_bytes()))
    said = command("--response", tmp_path / "r", "--root", authority.root)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("12 events, stamped on 20")
    assert said.out.endswith("UTC by CN=Authority\n")
    with authority.served() as address:
        said = command("--tsa", address, "--response", tmp_path / "web", "--root", authority.root)
    assert (said.status, said.out.startswith("12 events, stamped")) == (0, True)
    assert command("--response", tmp_path / "web", "--root", authority.root).status == 0


def test_what_is_no_stamp_of_this_checkpoint_is_named(authority: Authority, command: Any, tmp_path: Path) -> None:
    from precise_cal.log.stamp import request_of

    good = authority.answer(request_of((tmp_path / "note").read_text("utf-8")))
    other = authority.answer(request_of("another checkpoint"))
    stranger = Authority(tmp_path / "stranger")
    for data, root, words in (
        (other, authority.root, "does not hold"),
        (good, stranger.root, "does not hold"),
        (good[:-9], authority.root, "no time stamp"),
        (b"", authority.root, "no time stamp"),
    ):
        (tmp_path / "r").write_bytes(data)
        said = command("--response", tmp_path / "r", "--root", root)
        assert (said.status, words in said.out) == (1, True), said
    wrong = [place for place in range(0, len(good), 7) if not _refused(command, tmp_path, authority, good, place)]
    assert _signed_part(good, wrong) == []


def _refused(command: Any, folder: Path, authority: Authority, good: bytes, place: int) -> bool:
    (folder / "r").write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    return bool(command("--response", folder / "r", "--root", authority.root).status)


def _signed_part(good: bytes, places: list[int]) -> list[int]:
    """Those within what was stamped, or its time: what else an answer carries (texts of its status) proves nothing."""
    imprint = good.find(bytes.fromhex("2a0304 01".replace(" ", "")))
    return [one for one in places if imprint <= one < imprint + 80]


def test_bad_files_are_told(command: Any, tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client", reason="the extra is not installed: pip install 'precise-cal[stamp]'")
    (tmp_path / "none.pem").write_text("x")
    (tmp_path / "r").write_bytes(b"")
    said = command("--response", tmp_path / "r", "--root", tmp_path / "none.pem")
    assert (said.status, "holds no certificate" in said.err) == (2, True)
    (tmp_path / "root.pem").write_bytes(b"")
    assert command().status == 2
    (tmp_path / "note").write_text("a\n1\n", "utf-8")
    assert command("--request", tmp_path / "q").status == 2
