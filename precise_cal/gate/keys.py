"""Ed25519 keys (RFC 8032): made once, kept outside the ledger, refused where others could read them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from precise_cal.files.errors import FileError
from precise_cal.files.regular import open_regular
from precise_cal.files.writing import replacing
from precise_cal.gate.canonical import sha256
from precise_cal.gate.errors import GateError, UntrustedKeyError
from precise_cal.language.catalog import message, placed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Purpose = Literal["decision", "checkpoint", "event", "endorsement", "files"]
"""What a signature is for; a signature made for one purpose is not valid for another."""

MAX_FILE: Final = 10_000


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The key that signs, and the fingerprint by which its public half is known."""

    key: Ed25519PrivateKey
    fingerprint: str

    def sign(self, purpose: Purpose, data: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self.key.sign(_message(purpose, data))

    def public(self) -> PublicKeys:
        """The public half, for checking what this key signed."""
        return PublicKeys({self.fingerprint: self.key.public_key()})

    @property
    def public_hex(self) -> str:
        """The 32 bytes of the public key, in hexadecimal."""
        return self.key.public_key().public_bytes_raw().hex()


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The keys that are trusted, by fingerprint."""

    keys: Mapping[str, Ed25519PublicKey]

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self.keys

    def __or__(self, other: PublicKeys) -> PublicKeys:
        return PublicKeys({**self.keys, **other.keys})

    def check(self, fingerprint: str, purpose: Purpose, data: bytes, signature: bytes) -> None:
        """Check a signature.

        Raises:
            UntrustedKeyError: the key is not among the trusted ones.
            GateError: the signature is not valid.
        """
        key = self.keys.get(fingerprint)
        if key is None:
            known = ", ".join(sorted(self.keys))
            raise UntrustedKeyError(
                message(
                    "signed with the key { $fingerprint }, which is not trusted; trusted: { $known }",
                    fingerprint=fingerprint,
                    known=known,
                )
            )
        try:
            key.verify(signature, _message(purpose, data))
        except InvalidSignature as error:
            raise GateError(message("the signature of the { $purpose } is not valid", purpose=purpose)) from error


def public_from_hex(text: str) -> PublicKeys:
    """The key of 32 bytes in hexadecimal, as an event has it.

    Raises:
        ValueError: it is no key.
    """
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    return PublicKeys({_fingerprint(key): key})


def keygen(private: Path, public: Path) -> str:
    """Make a key pair: the private file readable by its owner alone, the public one by everybody.

    Returns:
        The fingerprint: SHA-256 of the 32 bytes of the public key.

    Raises:
        GateError: a file of that name exists, or cannot be written. No file is ever overwritten.
    """
    key = Ed25519PrivateKey.generate()
    _write_new(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    try:
        _write_new(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    except GateError:
        private.unlink()
        raise
    return _fingerprint(key.public_key())


def load_private(path: Path) -> PrivateKey:
    """Read a private key.

    Raises:
        GateError: the file cannot be read, belongs to somebody else, lets others read or write it (mode other
            than 0600 or 0400; not checked on Windows), or holds no Ed25519 key.
    """
    data = _read(path, secret=True)
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise GateError(message("{ $path }: no private key in PEM form without a password", path=path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise GateError(message("{ $path }: not an Ed25519 key", path=path))
    return PrivateKey(key, _fingerprint(key.public_key()))


def load_public(paths: Iterable[Path]) -> PublicKeys:
    """Read the public keys that are trusted; several, where the key was changed during the trial.

    Raises:
        GateError: a file cannot be read or holds no Ed25519 public key.
    """
    keys: dict[str, Ed25519PublicKey] = {}
    for path in paths:
        try:
            key = load_pem_public_key(_read(path, secret=False))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise GateError(message("{ $path }: no public key in PEM form", path=path)) from error
        if not isinstance(key, Ed25519PublicKey):
            raise GateError(message("{ $path }: not an Ed25519 key", path=path))
        keys[_fingerprint(key)] = key
    return PublicKeys(keys)


def _fingerprint(key: Ed25519PublicKey) -> str:
    return sha256(key.public_bytes_raw())


def _message(purpose: Purpose, data: bytes) -> bytes:
    return f"precise-cal gate {purpose}\0".encode() + data


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that does not exist yet; nobody sees it before it is whole, and nobody else reads it then."""
    try:
        with replacing(path, force=False) as beside:
            beside.chmod(mode)
            beside.write_bytes(data)
    except FileError as error:
        if path.exists():
            raise GateError(message("{ $path }: exists already; a key is never overwritten", path=path)) from error
        raise GateError(words_of(error)) from error


def _read(path: Path, *, secret: bool) -> bytes:
    try:
        with open_regular(path) as file:
            if secret and os.name == "posix":
                _check_owner(path, os.fstat(file.fileno()))
            return file.read(MAX_FILE)
    except OSError as error:
        raise GateError(placed(path, str(error.strerror))) from error


def _check_owner(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o177:
        raise GateError(
            message(
                "{ $path }: mode { $mode } lets others at the private key; should be 0600 (chmod 600)",
                path=path,
                mode=f"{mode:04o}",
            )
        )
    if status.st_uid != os.geteuid():
        raise GateError(
            message(
                "{ $path }: belongs to user { $st_uid }, not to the user who runs this ({ $geteuid })",
                path=path,
                st_uid=status.st_uid,
                geteuid=os.geteuid(),
            )
        )
