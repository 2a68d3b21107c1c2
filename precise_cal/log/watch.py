"""A witness: keeps the signed state of a log that is served elsewhere, and tells when it does not go on from there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from precise_cal.log.checkpoint import read_checkpoint
from precise_cal.log.errors import LogError
from precise_cal.log.merkle import check_consistency

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from precise_cal.log.checkpoint import Checkpoint

MOST: Final = 100_000
"""Bytes of an answer."""
_PATIENCE: Final = 30.0


def fetch(address: str) -> bytes:
    """What an address answers.

    Raises:
        LogError: it is no web address, or does not answer.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise LogError(f"{address}: should be the address of a desk: https://…")
    try:
        with urlopen(address, timeout=_PATIENCE) as answer:  # noqa: S310 - http or https, as checked
            data: bytes = answer.read(MOST + 1)
    except (URLError, OSError, ValueError) as error:
        raise LogError(f"{address}: does not answer ({error})") from None
    if len(data) > MOST:
        raise LogError(f"{address}: answers more than {MOST} bytes")
    return data


def watch(address: str, key: Ed25519PublicKey, kept: str | None) -> tuple[str, Checkpoint, str | None]:
    """The state of a log now, held against the one that was kept.

    Args:
        address: of the desk.
        key: of the log, trusted from elsewhere.
        kept: the signed state that was kept; None the first time.

    Returns:
        The signed state, the same read, and what is wrong with it; None where the log goes on from what was kept.

    Raises:
        LogError: the desk does not answer, or what it or the kept file says is no state signed with this key.
    """
    base = address.rstrip("/")
    note = fetch(f"{base}/checkpoint").decode("utf-8", "replace")
    now = read_checkpoint(note, key)
    if kept is None:
        return note, now, None
    old = read_checkpoint(kept, key)
    return note, now, _fault(base, old, now)


def _fault(base: str, old: Checkpoint, now: Checkpoint) -> str | None:
    if old.origin != now.origin:
        return f"another log ({now.origin}) is served in the place of {old.origin}"
    if now.size < old.size:
        return f"events are missing: {old.size} were signed, and {now.size} are there"
    if now.size == old.size:
        return None if now.root == old.root else f"the {old.size} events are others than those that were signed"
    answer = fetch(f"{base}/consistency?old={old.size}&size={now.size}")
    try:
        path = [bytes.fromhex(one) for one in json.loads(answer)["path"]]
    except (ValueError, KeyError, TypeError):
        raise LogError(f"{base}/consistency: gives no proof") from None
    if check_consistency(old.size, now.size, old.root, now.root, path):
        return None
    return f"the log does not begin with the {old.size} events that were signed before"
