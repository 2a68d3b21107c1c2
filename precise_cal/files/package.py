"""Which program this is: a digest over every file of the package, as it stands on the disk."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]


def package_sha256() -> str:
    """SHA-256 over every file of the package, by name and content; what Python compiled is left out."""
    digest = sha256()
    for file in sorted(one for one in PACKAGE.rglob("*") if one.is_file() and "__pycache__" not in one.parts):
        digest.update(f"{file.relative_to(PACKAGE)}\0{sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
