"""The signed checkpoint beside the ledger: how far it had come, so that a shortened ledger is seen."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.gate.keys import PrivateKey, PublicKeys


@dataclass(frozen=True, slots=True)
class Head:
    """The last decision of a ledger: its number and hash; 0 and the origin's hash before the first."""

    ledger_id: str
    sequence: int
    sha256: str


def checkpoint_path(ledger: Path) -> Path:
    """Where the checkpoint of a ledger stands."""
    return ledger.with_name(ledger.name + ".head")


def write_checkpoint(ledger: Path, head: Head, key: PrivateKey, step: Callable[[str], None]) -> None:
    """Replace the checkpoint in one stroke, durably. The caller holds the ledger's write lock.

    Raises:
        GateError: it cannot be written.
    """
    body = {"ledger_id": head.ledger_id, "sequence": head.sequence, "sha256": head.sha256}
    signed = canonical(
        {
            "body": body,
            "key_fingerprint": key.fingerprint,
            "signature": key.sign("checkpoint", canonical(body)).hex(),
        },
    )
    path = checkpoint_path(ledger)
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("wb") as file:
            file.write(signed)
            file.flush()
            os.fsync(file.fileno())
        step("checkpoint-written")
        temporary.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise GateError(f"{path}: the checkpoint cannot be written: {error.strerror}") from error


def read_checkpoint(ledger: Path, keys: PublicKeys) -> Head | None:
    """The head that the checkpoint tells; None if there is no checkpoint.

    Raises:
        GateError: it cannot be read, was changed, or was signed with a key that is not trusted.
    """
    path = checkpoint_path(ledger)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GateError(f"{path}: {error.strerror}") from error
    try:
        members = cast("Any", thaw(data))
        body = members["body"]
        head = Head(body["ledger_id"], body["sequence"], body["sha256"])
        signature, fingerprint = bytes.fromhex(members["signature"]), members["key_fingerprint"]
    except (GateError, KeyError, TypeError, ValueError) as error:
        raise GateError(f"{path}: not a checkpoint of this program") from error
    try:
        keys.check(fingerprint, "checkpoint", canonical(body), signature)
    except GateError as error:
        raise GateError(f"{path}: {error}") from error
    return head


def _sync_directory(path: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
