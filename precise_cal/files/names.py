"""Names of files that stand beside another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.files.errors import FileError
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from pathlib import Path


def beside(path: Path, name: str) -> Path:
    """The file of this name in the folder of another one; ``{}`` in the name stands for that one's.

    Raises:
        FileError: the path names no file, as the empty one, ``.`` and ``/``.
    """
    if not path.name:
        raise FileError(message("{ $path }: is a folder; expected the name of a file", path=path))
    return path.with_name(name.replace("{}", path.name))
