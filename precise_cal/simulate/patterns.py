"""A text that matches a regular expression, for fields with a ``pattern``."""

from __future__ import annotations

import re
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from random import Random

_MORE: Final = 8
"""Repetitions beyond the least number, at most."""
_CLASSES: Final = {
    _constants.CATEGORY_DIGIT: "0123456789",
    _constants.CATEGORY_WORD: "abcdefghijklmnopqrstuvwxyz0123456789_",
    _constants.CATEGORY_SPACE: " ",
}
_ANY: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."


def matching(pattern: str, chance: Random) -> str | None:
    """A text that matches, drawn at random; None where the pattern is more than can be written down at once."""
    try:
        text = "".join(_text(part, chance) for part in _parser.parse(pattern))
    except (KeyError, LookupError):
        return None
    return text if re.search(pattern, text) else None


def _text(part: tuple[Any, Any], chance: Random) -> str:
    kind, value = part
    if kind is _constants.LITERAL:
        return chr(value)
    if kind is _constants.IN:
        return chance.choice(_members(value))
    if kind is _constants.ANY:
        return chance.choice(_ANY)
    if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        least, most, inner = value
        times = chance.randrange(least, min(most, least + _MORE) + 1)
        return "".join(_text(one, chance) for _ in range(times) for one in inner)
    if kind is _constants.SUBPATTERN:
        return "".join(_text(one, chance) for one in value[-1])
    if kind is _constants.BRANCH:
        return "".join(_text(one, chance) for one in chance.choice(value[1]))
    if kind is _constants.AT:
        return ""
    raise KeyError(kind)


def _members(parts: list[tuple[Any, Any]]) -> str:
    if parts[0][0] is _constants.NEGATE:
        barred = set(_members(parts[1:]))
        return "".join(one for one in _ANY if one not in barred)
    found = ""
    for kind, value in parts:
        if kind is _constants.LITERAL:
            found += chr(value)
        elif kind is _constants.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        else:
            found += _CLASSES[value]
    return found
