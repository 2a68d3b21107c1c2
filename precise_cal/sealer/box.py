"""A slot under seal: AES-256-GCM, every slot of the same length, bound to its list and its place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from precise_cal.gate.canonical import canonical
from precise_cal.language.catalog import message
from precise_cal.randomization.plan import SHARE, Slot
from precise_cal.sealer.errors import SealerError

if TYPE_CHECKING:
    from collections.abc import Mapping

NONCE: Final = 12
_ARM: Final = 256
"""Bytes that an arm has under seal, its length first: 64 characters of UTF-8 fit."""


@dataclass(frozen=True, slots=True)
class SealedSlot:
    """A place of the list: everybody may know its leaf, only the key opens its box."""

    stratum: str
    number: int
    leaf: bytes
    box: bytes

    def members(self) -> dict[str, Any]:
        """As it is kept."""
        return {"box": self.box.hex(), "leaf": self.leaf.hex(), "number": self.number, "stratum": self.stratum}


def read_slot(members: Mapping[str, Any]) -> SealedSlot:
    """A slot as it was kept. Raises: KeyError, TypeError, ValueError."""
    leaf, box = bytes.fromhex(members["leaf"]), bytes.fromhex(members["box"])
    return SealedSlot(str(members["stratum"]), int(members["number"]), leaf, box)


def seal(slot: Slot, key: bytes, root: bytes) -> SealedSlot:
    """Put a slot under seal.

    Args:
        slot: with its arm and salt.
        key: 32 bytes.
        root: of the list, 32 bytes.

    Raises:
        SealerError: the arm is longer than a box.
    """
    arm = slot.arm.encode()
    if len(arm) >= _ARM:
        raise SealerError(
            "form", message("arm { $arm }: should have fewer than { $arm_2 } bytes", arm=f"{slot.arm!r}", arm_2=_ARM)
        )
    content = slot.salt + bytes([len(arm)]) + arm.ljust(_ARM - 1, b"\0")
    nonce = os.urandom(NONCE)
    box = nonce + AESGCM(key).encrypt(nonce, content, _place(root, slot.stratum, slot.number))
    return SealedSlot(slot.stratum, slot.number, slot.leaf, box)


def unseal(sealed: SealedSlot, key: bytes, root: bytes) -> Slot:
    """The slot of a box.

    Raises:
        SealerError: the box was changed, moved, or sealed with another key; or it is not the slot of its leaf.
    """
    try:
        content = AESGCM(key).decrypt(
            sealed.box[:NONCE], sealed.box[NONCE:], _place(root, sealed.stratum, sealed.number)
        )
    except (InvalidTag, ValueError):
        raise _changed(sealed) from None
    salt, length = content[:SHARE], content[SHARE]
    slot = Slot(sealed.stratum, sealed.number, content[SHARE + 1 : SHARE + 1 + length].decode(), salt)
    if slot.leaf != sealed.leaf:
        raise _changed(sealed)
    return slot


def _place(root: bytes, stratum: str, number: int) -> bytes:
    return canonical([root.hex(), stratum, number])


def _changed(sealed: SealedSlot) -> SealerError:
    return SealerError(
        "changed",
        message(
            "slot { $number } of { $stratum }: was changed, or sealed with another key",
            number=sealed.number,
            stratum=sealed.stratum,
        ),
    )
