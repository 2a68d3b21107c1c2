"""The files of the sealer: its keys, the gate's public key, plan and list under seal. The owner alone may read them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from precise_cal.files.errors import FileError
from precise_cal.files.writing import sync_folder, write_file
from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.errors import GateError
from precise_cal.gate.keys import load_public
from precise_cal.language.catalog import message, words_of
from precise_cal.randomization.plan import Plan
from precise_cal.sealer.box import NONCE, SealedSlot, read_slot
from precise_cal.sealer.errors import SealerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from precise_cal.gate.keys import PublicKeys

Purpose = Literal["draw", "reveal"]
"""What a share travels for: one that was sent to draw the list reveals nothing."""

_PLAN: Final = b"precise sealer plan 1"


class Home:
    """A folder of the sealer."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        Raises:
            SealerError: it was not made by `make_home`, or others may enter it.
        """
        self.folder = folder
        self.journal = folder / "openings.jsonl"
        self._list = folder / "list.sealed"
        self._plan = folder / "plan.sealed"
        try:
            mode = stat.S_IMODE(folder.stat().st_mode)
            self.key = (folder / "sealing.key").read_bytes()
            pem = (folder / "transport.key").read_bytes()
            transport = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
            if not isinstance(transport, rsa.RSAPrivateKey):
                raise ValueError(message("transport.key holds no RSA key"))
        except (OSError, ValueError, TypeError) as error:
            text = message(
                "{ $folder }: no folder of a sealer ({ $error }); precise-sealer init makes one",
                folder=folder,
                error=words_of(error),
            )
            raise SealerError("home", text) from None
        if os.name == "posix" and mode & 0o077:
            raise SealerError(
                "home",
                message(
                    "{ $folder }: mode { $mode } lets others in; should be 0700 (chmod 700)",
                    folder=folder,
                    mode=f"{mode:04o}",
                ),
            )
        self._transport = transport

    @property
    def trusted(self) -> PublicKeys:
        """The keys whose decisions open slots."""
        return load_public(sorted(self.folder.glob("trusted-*.pub")))

    @property
    def transport_spki(self) -> bytes:
        """The public key under which shares travel (RSA-OAEP with SHA-256), as SubjectPublicKeyInfo."""
        return self._transport.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def decrypt(self, sent: bytes, purpose: Purpose) -> bytes:
        """A share as it travelled: RSA-OAEP with SHA-256, the purpose its label.

        Raises:
            SealerError: it was not encrypted for this sealer.
        """
        try:
            sha256 = hashes.SHA256()
            return self._transport.decrypt(sent, padding.OAEP(padding.MGF1(sha256), sha256, purpose.encode()))
        except ValueError:
            raise SealerError("form", "a share is not encrypted for this sealer: reload the page, try again") from None

    def write_plan(self, plan: Plan) -> None:
        """Keep a plan under seal; it may be replaced until the list is drawn."""
        nonce = os.urandom(NONCE)
        content = canonical(plan.model_dump(mode="json"))
        write_file(self._plan, nonce + AESGCM(self.key).encrypt(nonce, content, _PLAN), force=True)

    def read_plan(self) -> Plan | None:
        """The plan; None before there is one. Raises: SealerError, if it was changed."""
        if not self._plan.exists():
            return None
        data = self._plan.read_bytes()
        try:
            content = AESGCM(self.key).decrypt(data[:NONCE], data[NONCE:], _PLAN)
        except (InvalidTag, ValueError):
            raise SealerError(
                "changed", message("{ $plan }: was changed, or sealed with another key", plan=self._plan)
            ) from None
        return Plan.model_validate(thaw(content))

    def write_list(self, root: bytes, slots: Sequence[SealedSlot]) -> None:
        """Keep a list, once and for all.

        Raises:
            SealerError: there is one.
        """
        heading = canonical({"form": "precise sealed list 1", "root": root.hex(), "slots": len(slots)})
        data = b"\n".join([heading, *(canonical(one.members()) for one in slots), b""])
        try:
            write_file(self._list, data, force=False)
        except FileError as error:
            raise SealerError(
                "drawn", message("the list is drawn already, and stays: { $error }", error=words_of(error))
            ) from None
        sync_folder(self.folder)

    def read_list(self) -> tuple[bytes, list[SealedSlot]] | None:
        """Root and slots; None before the list is drawn.

        Raises:
            SealerError: it is not as it was written.
        """
        if not self._list.exists():
            return None
        try:
            heading, *lines = map(thaw, self._list.read_bytes().splitlines())
            slots = [read_slot(line) for line in lines if isinstance(line, dict)]
            if not isinstance(heading, dict) or heading["slots"] != len(slots):
                raise ValueError
            return bytes.fromhex(str(heading["root"])), slots
        except (GateError, KeyError, TypeError, ValueError):
            raise SealerError(
                "changed", message("{ $list }: no sealed list, or it was changed", list=self._list)
            ) from None


def make_home(folder: Path) -> None:
    """Make a folder with new keys.

    Raises:
        SealerError: it has some already; keys are never overwritten.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    transport = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    pem = transport.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, data in (("sealing.key", os.urandom(32)), ("transport.key", pem)):
        try:
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            raise SealerError(
                "home", message("{ $folder }: exists already; a key is never overwritten", folder=folder / name)
            ) from None
    sync_folder(folder)


def trust(folder: Path, public_key: bytes) -> None:
    """Have decisions of a gate's key open slots: the PEM of its public half is put beside the others."""
    number = len([*folder.glob("trusted-*.pub")]) + 1
    write_file(folder / f"trusted-{number}.pub", public_key, force=False)
