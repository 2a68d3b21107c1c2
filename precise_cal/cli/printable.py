"""Text of a record on its way to a terminal or an XML file: nothing in it may act."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """The text with control, format and surrogate characters written as escapes, so that none can move a cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def padded(text: str, width: int) -> str:
    """The text with blanks up to a width, in columns of a terminal: a Chinese character takes two."""
    return text + " " * (width - sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text))
