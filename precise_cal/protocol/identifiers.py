"""Names of participants, sites, lesions and events: what one may be made of (contract, section 1)."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from precise_cal.protocol.placeholders import is_placeholder

MAX_LENGTH: Final = 64
_USUAL: Final = re.compile(r"[0-9A-MO-Za-mo-z][!-~]{0,63}\Z", re.ASCII)
_REFUSED: Final = {
    "Zs": "spaces",
    "Zl": "line breaks",
    "Zp": "line breaks",
    "Cc": "control characters",
    "Cf": "invisible formatting characters",
    "Cs": "halves of characters",
}
"""By Unicode category."""
_IGNORABLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""What Unicode calls Default_Ignorable_Code_Point, beyond the category Cf: nothing shows that it is there."""


def read_identifier(value: Any) -> str:
    """An identifier: 1 to 64 characters in Unicode's composed form, none of them a space or invisible.

    Raises:
        ValueError: the value is no such text.
    """
    if type(value) is not str:
        raise ValueError("should be a text in quotes")
    if _USUAL.match(value):
        return value
    if not 1 <= len(value) <= MAX_LENGTH:
        raise ValueError(f"should be 1 to {MAX_LENGTH} characters without spaces")
    if is_placeholder(value):
        raise ValueError("is not a value: give the identifier itself, or null where it is not known")
    for character in value:
        refused = _refused(character)
        if refused is not None:
            raise ValueError(f"should have no {refused}: remove {_name(character)}")
    composed = unicodedata.normalize("NFC", value)
    if composed != value:
        raise ValueError(f'should be in Unicode\'s composed form (NFC): write "{composed}"')
    return value


def _refused(character: str) -> str | None:
    if _IGNORABLE.match(character):
        return _REFUSED["Cf"]
    return _REFUSED.get(unicodedata.category(character))


def _name(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}{f' {name}' if name else ''}"
