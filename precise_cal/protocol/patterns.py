"""A text that matches a regular expression, for fields with a ``pattern``.

Of an expression this reads what patterns of fields are made of: characters, classes, groups, alternatives, repetitions.
Whatever else it holds, such as a look ahead, is for others to draw; no text is returned that does not match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Final

_MORE: Final = 8
"""Repetitions beyond the least number, at most."""
_CLASSES: Final = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz0123456789_", "s": " "}
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_ANY: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
_PLACES: Final = "AZbB"
"""Escapes that stand for a place, not for a character."""
_COUNT: Final = re.compile(r"\{(\d+)(,(\d*))?\}")
_GROUP: Final = re.compile(r"\?:|\?P<\w+>")
_FIXED: Final = {"*": (0, _MORE), "+": (1, 1 + _MORE), "?": (0, 1)}


def matching(pattern: str, chance: Random) -> str | None:
    """A text that matches, drawn at random; None where the pattern is more than can be written down at once."""
    try:
        text = _Reader(pattern, chance).whole()
    except _UnreadError:
        return None
    return text if re.search(pattern, text) else None


def numbered(pattern: str, number: int) -> str | None:
    """A text that matches, the same one for the same number; None as `matching` has it."""
    return matching(pattern, Random(number))


class _UnreadError(Exception):
    """The pattern has something that is not read here."""


@dataclass
class _Reader:
    """Reads a pattern and draws a text as it goes; what is not drawn, such as other alternatives, is drawn in vain."""

    pattern: str
    chance: Random
    place: int = 0

    def whole(self) -> str:
        text = self._alternatives()
        if self.place < len(self.pattern):
            raise _UnreadError
        return text

    def _next(self) -> str:
        if self.place >= len(self.pattern):
            raise _UnreadError
        self.place += 1
        return self.pattern[self.place - 1]

    def _has(self, text: str) -> bool:
        found = self.pattern.startswith(text, self.place)
        self.place += len(text) if found else 0
        return found

    def _alternatives(self) -> str:
        found = [self._sequence()]
        while self._has("|"):
            found.append(self._sequence())
        return self.chance.choice(found)

    def _sequence(self) -> str:
        text = ""
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            text += self._repeated()
        return text

    def _repeated(self) -> str:
        start = self.place
        first = self._atom()
        least, most = self._count()
        if (least, most) == (1, 1):
            return first
        after, text = self.place, ""
        for _ in range(self.chance.randrange(least, most + 1)):
            self.place = start
            text += self._atom()
        self.place = after
        return text

    def _count(self) -> tuple[int, int]:
        """How often at least and at most what stands before is repeated; whether greedily makes no difference."""
        count = _COUNT.match(self.pattern, self.place)
        fixed = _FIXED.get(self.pattern[self.place : self.place + 1])
        if count is None and fixed is None:
            return 1, 1
        self.place = count.end() if count else self.place + 1
        self._has("?")
        if count is None:
            return fixed or (1, 1)
        least = int(count[1])
        most = least if count[2] is None else int(count[3]) if count[3] else least + _MORE
        return least, min(most, least + _MORE)

    def _atom(self) -> str:
        one = self._next()
        if one == "(":
            return self._group()
        if one == "[":
            return self.chance.choice(self._members())
        if one == "\\":
            return self._escaped()
        if one == ".":
            return self.chance.choice(_ANY)
        if one in "^$":
            return ""
        if one in "*+?{":
            raise _UnreadError
        return one

    def _group(self) -> str:
        named = _GROUP.match(self.pattern, self.place)
        self.place = named.end() if named else self.place
        if self._has("?"):
            raise _UnreadError
        text = self._alternatives()
        if not self._has(")"):
            raise _UnreadError
        return text

    def _escaped(self) -> str:
        one = self._next()
        if one in _PLACES:
            return ""
        return self.chance.choice(_CLASSES[one]) if one in _CLASSES else self._character(one)

    @staticmethod
    def _character(escape: str) -> str:
        if escape in _CONTROLS:
            return _CONTROLS[escape]
        if escape.isalnum():
            raise _UnreadError
        return escape

    def _members(self) -> str:
        """The characters of a class; its opening bracket was read."""
        is_barred = self._has("^")
        found = ""
        while not self._has("]") or not found:
            one = self._next()
            if one == "\\":
                escape = self._next()
                if escape in _CLASSES:
                    found += _CLASSES[escape]
                    continue
                one = self._character(escape)
            has_dash = self._has("-")
            is_range = has_dash and not self.pattern.startswith("]", self.place)
            last = self._next() if is_range else one
            found += "".join(map(chr, range(ord(one), ord(last) + 1))) + "-" * (has_dash and not is_range)
        members = "".join(one for one in _ANY if one not in found) if is_barred else found
        if not members:
            raise _UnreadError
        return members
