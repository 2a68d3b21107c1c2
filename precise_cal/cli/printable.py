"""Text of a record on its way to a terminal or an XML file: nothing in it may act."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def printable(text: str) -> str:
    """The text with control, format and surrogate characters written as escapes, so that none can move a cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def columns(text: str) -> int:
    """The columns of a terminal that a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def padded(text: str, width: int) -> str:
    """The text with blanks up to a width, in columns of a terminal; a negative width sets it at the right."""
    blanks = " " * (abs(width) - columns(text))
    return text + blanks if width >= 0 else blanks + text


def in_columns(texts: Iterable[str], widths: Iterable[int]) -> str:
    """Texts beside each other, each padded to its width."""
    return "".join(padded(text, width) for text, width in zip(texts, widths, strict=True)).rstrip()
