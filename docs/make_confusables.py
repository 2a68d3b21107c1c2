"""Writes the table of confusable characters from the data of ICU (`pip install pyicu-wheels`).

python docs/make_confusables.py

A character's entry is what its skeleton (UTS 39, section 4) comes to once it is case-folded again and again. A small
letter whose capital looks like a Latin one leads to that one too, which the skeleton of case-folded text would miss:
Cyrillic В looks like B, but в does not look like b.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import icu

from precise_cal.protocol.identifiers import case_folded, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

TARGET: Final = Path(__file__).parents[1] / "precise_cal" / "protocol" / "confusables.txt"
CHARACTERS: Final = [
    one
    for one in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(one) not in ("Cn", "Co") and refused(one) is None
]
_checker = icu.SpoofChecker()


def skeleton(text: str) -> str:
    """The skeleton by UTS 39."""
    found: str = _checker.getSkeleton(0, text)
    return found


def latin_capitals() -> dict[str, str]:
    """Skeletons of small letters whose capital looks like a Latin one, each with that letter."""
    found: dict[str, str] = {}
    for one in CHARACTERS:
        capital = skeleton(one.upper())
        if case_folded(one) == one != one.upper() and len(capital) == 1 and capital.isascii() and capital.isalpha():
            found.setdefault(skeleton(one), capital.lower())
    return {small: letter for small, letter in found.items() if not small.isascii()}


def settled(text: str, capitals: dict[str, str]) -> str:
    """What a text comes to once nothing changes any more."""
    before = None
    while text != before:
        before = text
        text = skeleton(text)
        for small, letter in capitals.items():
            text = text.replace(small, letter)
        text = case_folded(text)
    return text


def table() -> dict[str, str]:
    """What each character is replaced by; those that case folding changes are not looked up."""
    capitals = latin_capitals()
    stable = [one for one in CHARACTERS if case_folded(one) == one]
    return {one: target for one in stable if (target := settled(one, capitals)) != one}


def source() -> str:
    """The table as text: on each line what characters look like, and these characters, as code points."""
    by_target: dict[str, list[str]] = defaultdict(list)
    for one, target in sorted(table().items()):
        by_target[target].append(one)
    head = (
        f"# What characters look like, and these characters: code points of Unicode {icu.UNICODE_VERSION}.\n"
        "# Made by docs/make_confusables.py from data of Unicode, Inc. (Unicode License v3), as ICU has them.\n"
    )
    return head + "".join(f"{_codes(target)};{_codes(by_target[target])}\n" for target in sorted(by_target))


def _codes(characters: Iterable[str]) -> str:
    return " ".join(f"{ord(one):04X}" for one in characters)


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="ascii")
