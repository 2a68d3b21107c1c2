"""Text of a record on its way to a terminal or an XML file: nothing in it may act."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with control, format and surrogate characters written as escapes, so that none can move a cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)
