"""Files that are signed together: a list of their digests beside them, with who signed and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.files.regular import read_regular
from precise_cal.gate.canonical import canonical, sha256
from precise_cal.gate.errors import GateError, UntrustedKeyError
from precise_cal.gate.written import read_hex
from precise_cal.language.catalog import Verbatim, message, placed, words_of
from precise_cal.protocol.from_json import RecordError, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from precise_cal.gate.keys import PrivateKey, PublicKeys

SIGNED: Final = "signed.json"
"""The name of the list."""
_MOST: Final = 1_000_000
_MEMBERS: Final = {"files", "made_at", "key_id", "signature"}


class SignatureError(GateError):
    """The signature is not that of the files that are listed."""


class SignedFiles(NamedTuple):
    """What is signed: SHA-256 of each file by name, when, and the fingerprint of the key."""

    files: Mapping[str, str]
    made_at: str
    key_id: str


def sign_files(files: Mapping[str, bytes], key: PrivateKey, made_at: str) -> bytes:
    """The list of files, signed.

    Args:
        files: their content by name.
        key: the key that signs.
        made_at: when, as the clock of this machine has it.
    """
    members = _members(SignedFiles({name: sha256(data) for name, data in files.items()}, made_at, key.fingerprint))
    signature = key.sign("files", canonical(members)).hex()
    return json.dumps({**members, "signature": signature}, indent=1).encode() + b"\n"


def verify_files(folder: Path, keys: PublicKeys) -> tuple[SignedFiles, tuple[str, ...]]:
    """What a folder's list says was signed, and how the files that stand there differ.

    Raises:
        UntrustedKeyError: signed with another key than those that are trusted.
        SignatureError: the signature is not valid.
        GateError: there is no list, or it has another form.
    """
    path = folder / SIGNED
    try:
        read: Any = parse_json(read_regular(path, _MOST))
    except OSError as error:
        raise GateError(placed(path, str(error.strerror))) from error
    except RecordError as error:
        raise GateError(placed(path, error.problems[0].text)) from error
    if not _is_list(read):
        raise GateError(message("{ $path }: is no list of signed files", path=path))
    signed = SignedFiles(read["files"], read["made_at"], read["key_id"])
    try:
        keys.check(signed.key_id, "files", canonical(_members(signed)), read_hex(read["signature"]))
    except UntrustedKeyError:
        raise
    except GateError as error:
        raise SignatureError(placed(path, words_of(error))) from error
    return signed, tuple(_differences(folder, signed))


def _members(signed: SignedFiles) -> dict[str, Any]:
    return {"files": dict(sorted(signed.files.items())), "made_at": signed.made_at, "key_id": signed.key_id}


def _is_list(read: Any) -> bool:
    if not isinstance(read, dict) or read.keys() != _MEMBERS or not isinstance(read["files"], dict):
        return False
    texts = (*read["files"], *read["files"].values(), *(read[name] for name in _MEMBERS - {"files"}))
    return all(isinstance(one, str) for one in texts)


def _differences(folder: Path, signed: SignedFiles) -> Iterator[str]:
    there = {one.name for one in folder.iterdir()}
    for name, digest in signed.files.items():
        if name not in there or not (folder / name).is_file():
            yield message("{ $file }: is missing", file=Verbatim(name))
        elif sha256((folder / name).read_bytes()) != digest:
            yield message("{ $file }: was changed after it was signed", file=Verbatim(name))
    for name in sorted(there - {SIGNED} - {*signed.files}):
        yield message("{ $file }: was not signed", file=Verbatim(name))
