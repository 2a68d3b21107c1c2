"""Keys: made once, readable by their owner alone, one purpose each signature."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from precise_cal.gate import GateError, keygen, load_private, load_public

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")


def test_a_new_pair(tmp_path: Path) -> None:
    fingerprint = keygen(tmp_path / "key", tmp_path / "pub")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    key = load_private(tmp_path / "key")
    assert key.fingerprint == fingerprint
    signature = key.sign("decision", b"data")
    trusted = load_public([tmp_path / "pub"])
    trusted.check(fingerprint, "decision", b"data", signature)
    for purpose, data in [("decision", b"date"), ("checkpoint", b"data")]:
        with pytest.raises(GateError, match=r"signature .* is not valid"):
            trusted.check(fingerprint, purpose, data, signature)  # type: ignore[arg-type]
    with pytest.raises(GateError, match="not trusted"):
        trusted.check("0" * 64, "decision", b"data", signature)


@pytest.mark.parametrize("existing", ["key", "pub"])
def test_nothing_is_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("mine")
    with pytest.raises(GateError, match="exists already"):
        keygen(tmp_path / "key", tmp_path / "pub")
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "mine"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o601, 0o660, 0o700])
def test_a_key_that_others_can_reach(tmp_path: Path, mode: int) -> None:
    keygen(tmp_path / "key", tmp_path / "pub")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(GateError, match=r"should be 0600 \(chmod 600\)"):
        load_private(tmp_path / "key")
    (tmp_path / "key").chmod(0o400)
    load_private(tmp_path / "key")


def rsa(tmp_path: Path) -> None:
    key = generate_private_key(65537, 2048)
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "pub").write_bytes(public)


def rubbish(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"rubbish")
    (tmp_path / "pub").write_bytes(b"rubbish")


@pytest.mark.parametrize(
    ("make", "fault"),
    [(rsa, "not an Ed25519 key"), (rubbish, "in PEM form"), (lambda _: None, "No such file")],
)
def test_no_key(tmp_path: Path, make: Any, fault: str) -> None:
    make(tmp_path)
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    with pytest.raises(GateError, match=fault):
        load_private(tmp_path / "key")
    with pytest.raises(GateError, match=fault):
        load_public([tmp_path / "pub"])
