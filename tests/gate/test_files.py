"""Files that are signed together: whatever else lies beside them is named, and the list is read one way only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from precise_cal.gate.errors import GateError
from precise_cal.gate.files import SIGNED, sign_files, verify_files
from precise_cal.gate.keys import keygen, load_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.gate.keys import PublicKeys

FILES = {"a.html": b"one", "b.pdf": b"two"}


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, PublicKeys]:
    """A folder of signed files, and the key that is trusted."""
    keygen(tmp_path / "key", tmp_path / "key.pub")
    key, folder = load_private(tmp_path / "key"), tmp_path / "files"
    folder.mkdir()
    for name, data in {**FILES, SIGNED: sign_files(FILES, key, "2026-11-30T10:00:00+00:00")}.items():
        (folder / name).write_bytes(data)
    return folder, key.public()


def _a_folder(out: Path) -> None:
    (out / "b.pdf").unlink()
    (out / "b.pdf").mkdir()


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (lambda out: None, ()),
        (lambda out: (out / "more").mkdir(), ("more: was not signed",)),
        (lambda out: (out / "more.html").symlink_to("nowhere"), ("more.html: was not signed",)),
        (_a_folder, ("b.pdf: is missing",)),
    ],
)
def test_everything_beside_what_was_signed_is_named(
    signed: tuple[Path, PublicKeys], change: Callable[[Path], None], faults: tuple[str, ...]
) -> None:
    folder, keys = signed
    change(folder)
    assert tuple(map(str, verify_files(folder, keys)[1])) == faults


def test_a_list_is_read_one_way_only(signed: tuple[Path, PublicKeys]) -> None:
    folder, keys = signed
    text = (folder / SIGNED).read_bytes()
    for wrong in (text.replace(b'"files"', b'"files": {"c.html": "00"},\n "files"', 1), b"[" * 100_000, b"\xff{", b""):
        (folder / SIGNED).write_bytes(wrong)
        with pytest.raises(GateError, match=r"is not valid JSON|is empty"):
            verify_files(folder, keys)
