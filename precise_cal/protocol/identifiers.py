"""Names of participants, sites, lesions and events (contract, section 1): what one is made of, and which are one name.

Two identifiers are the same name where a reader could take one for the other: by the confusable skeleton (UTS 39,
section 4) of their case-folded text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, Final

from precise_cal.language.catalog import message
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
_TABLE: Final = Path(__file__).with_name("confusables.txt")
_ASCII: Final = str.maketrans({"%": "o/o", "0": "o", "1": "l", "m": "rn", "|": "l", "`": "'", '"': "''", " ": ""})
"""What the table says of ASCII, so that usual identifiers need no table."""
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
        raise ValueError(message("should be 1 to { $most } characters without spaces", most=MAX_LENGTH))
    if is_placeholder(value):
        raise ValueError("is not a value: give the identifier itself, or null where it is not known")
    for character in value:
        kind = refused(character)
        if kind is not None:
            raise ValueError(
                message("should have no { $kind }: remove { $character }", kind=kind, character=_name(character))
            )
    composed = unicodedata.normalize("NFC", value)
    if composed != value:
        raise ValueError(message('should be in the composed form of Unicode (NFC): write "{ $text }"', text=composed))
    return value


def skeleton(text: str) -> str:
    """What all spellings of an identifier have in common; to compare, never to show.

    Case, width, look-alike letters of other scripts, ways to compose a character, and all that is invisible make no
    difference; ``0``, ``O`` and ``o`` have one skeleton, and so have ``1`` and ``l``, or ``m`` and ``rn``.
    """
    if text.isascii():
        return text.casefold().translate(_ASCII)
    table, before = _confusables(), None
    while text != before:
        before = text
        text = "".join([one for one in case_folded(text).translate(table) if refused(one) is None])
    return text


def case_folded(text: str) -> str:
    """A text without differences of case, width and form (close to Unicode's NFKC_Casefold), decomposed."""
    compatible = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFKC", compatible))


@cache
def _confusables() -> dict[int, str]:
    """What each character looks like."""
    table: dict[int, str] = {}
    for line in _TABLE.read_text("ascii").splitlines():
        if not line.startswith("#"):
            target, characters = ([int(code, 16) for code in codes.split()] for codes in line.split(";"))
            table |= dict.fromkeys(characters, "".join(map(chr, target)))
    return table


def refused(character: str) -> str | None:
    """What an identifier may not hold: the kind of a character that it is, else None."""
    if _IGNORABLE.match(character):
        return _REFUSED["Cf"]
    return _REFUSED.get(unicodedata.category(character))


def _name(character: str) -> str:
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}{f' {name}' if name else ''}"
