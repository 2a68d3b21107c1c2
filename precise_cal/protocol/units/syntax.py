"""The grammar of UCUM §3 to §10, case-sensitive: from the text of a unit to its factors.

Terms are read from left to right, so ``m/s.kg`` is (m/s)·kg; an exponent belongs to one symbol; an annotation
in braces is worth 1. Symbols are not looked up here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from precise_cal.language.catalog import message
from precise_cal.protocol.units.errors import UnitError
from precise_cal.protocol.units.hints import nearest_unit

MAX_LENGTH: Final = 256
"""Characters of a unit."""

MAX_EXPONENT: Final = 99
"""Of one symbol, either way."""

_ANNOTATION: Final = r"(?:\{[!-z|~]+\})"
_OPERAND: Final = re.compile(
    rf"""(?: (?P<symbol> 10[*^] | (?: [A-Za-z%'_] | \[ [!-Z\\^-z|~]+ \] )+ ) (?P<exponent> [+-]?[0-9]+ )?
           | (?P<number> [0-9]+ )
         )?
         (?P<annotation> {_ANNOTATION} )?""",
    re.VERBOSE,
)
_CLEAN: Final = re.compile(_ANNOTATION)
_CLOSING: Final = re.compile(rf"\)({_ANNOTATION}?)")
_WORD: Final = re.compile(r"(?:\[[^\]]*\]|[^./(){}])*")


class Part(NamedTuple):
    """One factor of a unit: a symbol with its exponent, or, if `symbol` is empty, a number or annotation."""

    symbol: str
    exponent: int
    number: int
    annotation: str
    divides: bool
    position: int

    @property
    def power(self) -> int:
        """The exponent, negative where the part divides."""
        return -self.exponent if self.divides else self.exponent


@lru_cache(maxsize=4096)
def read_parts(text: str) -> tuple[Part, ...]:
    """The factors of a unit in their order, parentheses resolved.

    Raises:
        UnitError: the text is not well formed, or passes a limit of this module.
    """
    if not text:
        raise UnitError("is empty; a number without dimension has the unit '1'", text)
    if len(text) > MAX_LENGTH:
        raise UnitError(message("is longer than { $max_length } characters", max_length=MAX_LENGTH), text[:20] + "…")
    return tuple(_Reader(text).read())


class _Reader:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._divides = text[0] == "/"
        self._position = int(self._divides)
        self._groups = [False]  # of the whole and of each open parenthesis: does it divide?
        self._parts: list[Part] = []

    def read(self) -> list[Part]:
        self._operand()
        while self._position < len(self._text):
            operator = self._text[self._position]
            if operator not in "./":
                raise self._unexpected("a '.', a '/' or the end should stand here")
            self._divides = self._groups[-1] != (operator == "/")
            self._position += 1
            self._operand()
        if len(self._groups) > 1:
            raise UnitError("a parenthesis is not closed", self._text, self._position)
        return self._parts

    def _unexpected(self, wanted: str) -> UnitError:
        if self._text.startswith("{", self._position) and not _CLEAN.match(self._text, self._position):
            wanted = "an annotation is one or more visible ASCII characters in braces"
        return UnitError(wanted, self._text, self._position)

    def _operand(self) -> None:
        """A part, with the parentheses that open before it and close behind it."""
        while self._text.startswith("(", self._position):
            self._groups.append(self._divides)
            self._position += 1
        self._part()
        while closing := _CLOSING.match(self._text, self._position):
            if len(self._groups) == 1:
                raise UnitError("no parenthesis is open here", self._text, self._position)
            divides = self._groups.pop()
            if closing[1]:
                self._parts.append(Part("", 1, 1, closing[1], divides, self._position + 1))
            self._position = closing.end()

    def _part(self) -> None:
        start = self._position
        found = _OPERAND.match(self._text, start)
        word = _WORD.match(self._text, start)
        assert found is not None  # every piece of either
        assert word is not None  # is optional
        if word.end() > found.end():
            raise UnitError(
                message("'{ $word }' is not a unit", word=word[0]), self._text, start, nearest_unit(word[0])
            )
        if found.end() == start:
            raise self._unexpected("a unit should stand here")
        exponent, number = int(found["exponent"] or 1), int(found["number"] or 1)
        if abs(exponent) > MAX_EXPONENT:
            raise UnitError(
                message("an exponent is at most { $max_exponent }", max_exponent=MAX_EXPONENT), self._text, start
            )
        if number == 0:
            raise UnitError("the factor is 0", self._text, start)
        self._parts.append(
            Part(found["symbol"] or "", exponent, number, found["annotation"] or "", self._divides, start)
        )
        self._position = found.end()
