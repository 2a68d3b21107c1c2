"""Names of files for participants: safe everywhere, and never one name for two."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from precise_cal.files.errors import FileError
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]|\.{2,}")
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
_MOST: Final = 80


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """A safe file name for each id: letters, digits, ``._-``; a digest where that would not tell two apart.

    Raises:
        FileError: two ids come to one name all the same.
    """
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for one in ids:
        plain = _UNSAFE.sub("_", one).strip(".")[:_MOST]
        if plain != one or plain.lower() in taken or _RESERVED.match(plain):
            plain = f"{plain or 'participant'}-{sha256(one.encode()).hexdigest()[:8]}"
        other = taken.setdefault(plain.lower(), one)
        if other != one:
            raise FileError(
                message(
                    'participants "{ $other }" and "{ $one }" come to one file name, { $plain }: rename one of them',
                    other=other,
                    one=one,
                    plain=plain,
                )
            )
        names[one] = plain
    return names
