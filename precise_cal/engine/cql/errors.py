"""The one error of the rule language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import message, placed
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.near import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTED: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`""", re.DOTALL)


@immutable()
class Origin:
    """Where an expression stands: the file, and the line and column (from 1) of its first character.

    `is_written`: whether its text stands there; one that follows from an entry is told by the place of the entry.
    """

    source: str = "expression"
    line: int = 1
    column: int = 1
    is_written: bool = True

    def position(self, text: str, offset: int) -> tuple[int, int]:
        """Line and column, in the file, of the character `offset` of `text`."""
        if not self.is_written:
            return self.line, self.column
        line = text.count("\n", 0, offset)
        if not line:
            return self.line, self.column + offset
        return self.line + line, self.column - 1 + offset - text.rfind("\n", 0, offset)


class CqlError(PreciseError):
    """An expression is refused when it is read, or cannot be evaluated.

    `construct` names what the language, or the part of it that is supported here, does not know; it is None where
    the expression is simply wrong.
    """

    def __init__(
        self, message: str, source: str = "", line: int = 0, column: int = 0, construct: str | None = None
    ) -> None:
        self.message = message
        self.source = source
        self.line = line
        self.column = column
        self.construct = construct
        super().__init__(placed(f"{source}:{line}:{column}", message) if line else message)


class EvaluationError(CqlError):
    """An evaluation that CQL defines as a run-time error, such as `singleton from` two elements."""


@immutable()
class Code:
    """The text of an expression together with its origin; the place from which positions are told."""

    text: str
    origin: Origin

    def error(self, message: str, offset: int, construct: str | None = None) -> CqlError:
        """The error at the character `offset` of the text."""
        line, column = self.origin.position(self.text, offset)
        return CqlError(message, self.origin.source, line, column, construct)

    def phrase(self, start: int, end: int) -> str:
        """A part of the text on one line, with the parentheses that belong to those within it."""
        bare = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), self.text)
        opened = lacking = 0
        for sign in bare[start:end]:
            opened += (sign == "(") - (sign == ")")
            lacking = min(lacking, opened)
        for _ in range(-lacking):
            start = max(bare.rfind("(", 0, start), 0)
        for _ in range(opened - lacking):
            end = bare.find(")", end) + 1 or end
        return " ".join(self.text[start:end].split())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean "x"?)` where something known is near, else nothing."""
    near = nearest(name, known, cutoff=0.6)
    return "" if near is None else message(' (did you mean "{ $near }"?)', near=near)
