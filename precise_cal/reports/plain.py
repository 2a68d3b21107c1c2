"""Text of a record on its way into a document: what does not print is shown as an escape; nothing acts or hides."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, TypeVar

_Value = TypeVar("_Value")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control and formatting characters, and those that turn the direction of writing; line feed and tab stay."""
_FORMULA: Final = frozenset("=+-@\t\r\n−")
"""What begins a formula for some spreadsheet, in any width, and behind spaces too."""


def visible(text: str) -> str:
    r"""The text with every hidden character as an escape: ``\u202e``. What is right-to-left by nature stays."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula, as it stands or once it is normalized and trimmed."""
    return text[:1] in _FORMULA or unicodedata.normalize("NFKC", text).lstrip()[:1] in _FORMULA


def guarded(value: _Value) -> _Value | str:
    """A cell of CSV: a text that a spreadsheet may take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and is_formula(value) else value
