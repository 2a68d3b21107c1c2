"""Texts that stand where a value should and say nothing: ``N/A``, dashes, blanks.

In a field of free text they read as unknown, and a notice says so (contract, section 1); in every other field they are
errors, as any other wrong value is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.schema.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.protocol.schema.tree import PartSchema

_TEXT: Final = Scalar("text")
_NOT_APPLICABLE: Final = "n/a"
_MINUS: Final = "\N{MINUS SIGN}"
_USUAL: Final = re.compile(r"[0-9A-MO-Za-mo-z]", re.ASCII)
"""What begins most texts and no placeholder."""
_CANDIDATE: Final = re.compile(rb':\s*"(?:(?:[ /\x7f-\xff-]|[nN](?=[/\x7f-\xff])|(?<=[/\x7f-\xff])[aA])*"|[^"\\]*\\)')
"""A member of a JSON object whose value may be a placeholder: it has nothing but their characters, or it is escaped."""


def is_placeholder(text: str) -> bool:
    """Whether a text is ``N/A``, or nothing but dashes, or nothing that can be seen."""
    if _USUAL.match(text):
        return False
    visible = "".join([one for one in unicodedata.normalize("NFKC", text) if not _is_blank(one)])
    return visible.casefold() == _NOT_APPLICABLE or all(map(_is_dash, visible))


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def _is_dash(character: str) -> bool:
    return character == _MINUS or unicodedata.category(character) == "Pd"


def may_hold_placeholder(data: bytes) -> bool:
    """Whether a JSON document could hold one. It is a quick look, and may be wrong where it says yes."""
    return _CANDIDATE.search(data) is not None


def placeholders(part: PartSchema, document: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The path and the text of every placeholder that was read as unknown.

    Args:
        part: the form of the document.
        document: a JSON object that was read.
    """
    for name, value in document.items():
        field = part.by_name.get(name)
        if field is None:
            continue
        if isinstance(value, str):
            if _TEXT in (field.type, *field.alternatives) and not field.required and is_placeholder(value):
                yield (name,), value
        elif field.part is not None:
            items = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, item in items:
                here = (name,) if index is None else (name, index)
                if isinstance(item, dict):
                    yield from (((*here, *path), text) for path, text in placeholders(field.part, item))
