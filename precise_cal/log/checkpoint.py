"""A signed checkpoint: how many events a log had, and their root, in the form that witnesses of transparency logs read.

The form is that of C2SP: tlog-checkpoint within a signed-note, with an Ed25519 key. Whoever keeps a checkpoint
elsewhere can tell later whether the log was rewritten, shortened or forked.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature

from precise_cal.language.catalog import message, placed, words_of
from precise_cal.log.errors import LogError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
"""The kind of key in a key's identifier (signed-note, 'Signatures')."""
_ORIGIN: Final = re.compile(r"[!-*,-~]{1,200}")
"""A name of a key: printable, without spaces and plus signs."""
_SIGNATURE: Final = re.compile(r"\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})\n")
_SIZE: Final = re.compile(r"0|[1-9]\d{0,17}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log at an instant."""

    origin: str
    """The name of the log, which is that of its key as well: `sponsor.example/precise-cal`."""
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed: origin, size, and root in Base64, a line each."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, key: Ed25519PrivateKey) -> str:
        """The note: the text, an empty line, the signature.

        Raises:
            LogError: the origin is no name that a key can have.
        """
        if not _ORIGIN.fullmatch(self.origin):
            raise LogError(
                message(
                    '"{ $origin }" is no name of a log: letters, digits and signs, no spaces and no +',
                    origin=self.origin,
                )
            )
        signature = _key_id(self.origin, key.public_key()) + key.sign(self.text().encode())
        return f"{self.text()}\n\u2014 {self.origin} {base64.b64encode(signature).decode()}\n"


def read_checkpoint(note: str, key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint of a note that this key signed.

    Raises:
        LogError: it is no checkpoint, or this key did not sign it.
    """
    checkpoint, name, signature = _parsed(note)
    if name != checkpoint.origin or signature[:4] != _key_id(name, key):
        raise LogError("the checkpoint is signed with another key than the one that is trusted")
    try:
        key.verify(signature[4:], checkpoint.text().encode())
    except InvalidSignature:
        raise LogError("the signature of the checkpoint is not valid") from None
    return checkpoint


def check_form(note: str, name: str) -> None:
    """That a note is a checkpoint, whoever signed it.

    Args:
        note: as it was kept.
        name: of its file.

    Raises:
        LogError: it is none.
    """
    try:
        _parsed(note)
    except LogError as error:
        raise LogError(placed(name, words_of(error))) from None


def _parsed(note: str) -> tuple[Checkpoint, str, bytes]:
    """The parts of a note; every byte of it is one of them."""
    text, _, signatures = note.partition("\n\n")
    lines, found = text.split("\n"), _SIGNATURE.fullmatch(signatures)
    try:
        origin, size, root = lines
        if found is None or not _SIZE.fullmatch(size) or not _ORIGIN.fullmatch(origin):
            raise ValueError
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
        signature = base64.b64decode(found[2], validate=True)
    except (ValueError, binascii.Error):
        raise LogError("no checkpoint: expected origin, size, root and one signature, a line each") from None
    again = f"{checkpoint.text()}\n\u2014 {found[1]} {base64.b64encode(signature).decode()}\n"
    if again != note or len(checkpoint.root) != 32:
        raise LogError("no checkpoint: its Base64 is not written in the one way there is")
    return checkpoint, found[1], signature


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """The first four bytes of the hash over name and key (signed-note, 'Signatures')."""
    return sha256(name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:4]
