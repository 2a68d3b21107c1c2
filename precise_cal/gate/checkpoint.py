"""The signed checkpoint beside the ledger: how far it had come, so that a shortened ledger is seen."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from precise_cal.files.names import beside
from precise_cal.files.regular import read_regular
from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.errors import GateError, UntrustedKeyError
from precise_cal.gate.written import read_hex
from precise_cal.language.catalog import message, placed, words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.gate.keys import PrivateKey, PublicKeys

_MAX_BYTES: Final = 1_000_000
"""Of a checkpoint, which holds a few hundred."""


class Head(NamedTuple):
    """The last entry of a ledger: its number and hash; 0 and the origin's hash before the first."""

    ledger_id: str
    sequence: int
    sha256: str

    def __str__(self) -> str:
        """Number and hash, as `--expect-head` takes them."""
        return f"{self.sequence}:{self.sha256}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head as it was signed."""

    path: Path
    head: Head
    key_fingerprint: str
    signature: bytes

    def content(self) -> bytes:
        """The bytes of the file; there is one spelling of every checkpoint."""
        return canonical(
            {
                "body": self.head._asdict(),
                "key_fingerprint": self.key_fingerprint,
                "signature": self.signature.hex(),
            },
        )

    def check(self, keys: PublicKeys) -> None:
        """Check the signature.

        Raises:
            UntrustedKeyError: the key is not among the trusted ones.
            GateError: the signature is not valid.
        """
        try:
            keys.check(self.key_fingerprint, "checkpoint", canonical(self.head._asdict()), self.signature)
        except UntrustedKeyError as error:
            raise UntrustedKeyError(placed(self.path, words_of(error))) from error
        except GateError as error:
            raise GateError(placed(self.path, words_of(error))) from error


def checkpoint_path(ledger: Path) -> Path:
    """Where the checkpoint of a ledger stands."""
    return beside(ledger, "{}.head")


def write_checkpoint(ledger: Path, head: Head, key: PrivateKey, step: Callable[[str], None]) -> None:
    """Replace the checkpoint in one stroke, durably. The caller holds the ledger's write lock.

    Raises:
        GateError: it cannot be written.
    """
    path = checkpoint_path(ledger)
    signature = key.sign("checkpoint", canonical(head._asdict()))
    signed = Checkpoint(path, head, key.fingerprint, signature).content()
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(signed)
            file.flush()
            os.fsync(file.fileno())
        step("checkpoint-written")
        temporary.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise GateError(
            message("{ $path }: the checkpoint cannot be written: { $strerror }", path=path, strerror=error.strerror)
        ) from error


def read_checkpoint(ledger: Path) -> Checkpoint | None:
    """The checkpoint of a ledger, its signature not yet checked; None if there is none.

    Raises:
        GateError: it cannot be read, or was changed.
    """
    path = checkpoint_path(ledger)
    try:
        data = read_regular(path, _MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GateError(placed(path, str(error.strerror))) from error
    try:
        members = cast("Any", thaw(data))
        head = Head(**members["body"])
        found = Checkpoint(path, head, members["key_fingerprint"], read_hex(members["signature"]))
        is_whole = tuple(map(type, head)) == (str, int, str) and type(found.key_fingerprint) is str
        same = is_whole and found.content() == data
    except (GateError, KeyError, TypeError, ValueError) as error:
        raise GateError(message("{ $path }: not a checkpoint of this program", path=path)) from error
    if not same:
        raise GateError(
            message("{ $path }: not a checkpoint of this program: members were added or rewritten", path=path)
        )
    return found


def _sync_directory(path: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
