"""Text to tokens (CQL 1.5, appendix A.1 and the lexical rules of the grammar)."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.cql.budget import MAX_CHARACTERS
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.engine.cql.errors import Code


class Kind(IntEnum):
    """What a token is. A name that is written in quotes is never a keyword."""

    NAME = 1
    QUOTED = 2
    NUMBER = 3
    LONG = 4
    STRING = 5
    DATE = 6
    DATE_TIME = 7
    TIME = 8
    SYMBOL = 9
    END = 10


class Token(NamedTuple):
    """A token and its place, as offsets into the text."""

    kind: Kind
    text: str
    start: int
    end: int


_DATE: Final = r"\d{4}(?:-\d\d(?:-\d\d)?)?"
_CLOCK: Final = r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
_TOKEN: Final = re.compile(
    rf"""(?P<SPACE>(?:\s|//[^\n]*|/\*.*?\*/)+)
    |(?P<NAME>~(?:in|contains)\b|\$(?:this|index|total)\b|[A-Za-z_][A-Za-z0-9_]*)
    |(?P<QUOTED>"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`)
    |(?P<STRING>'(?:\\.|[^'\\])*')
    |(?P<DATE_TIME>@{_DATE}T(?:{_CLOCK}(?:Z|[+-]\d\d:\d\d)?)?)
    |(?P<DATE>@{_DATE})
    |(?P<TIME>@T{_CLOCK})
    |(?P<LONG>\d+L)
    |(?P<NUMBER>\d+(?:\.\d+)?)
    |(?P<SYMBOL><=|>=|!=|!~|->|[-+*/^&|=~<>()\[\]{{}}.,:%\#;])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def tokens(code: Code) -> list[Token]:
    """All tokens, with an END behind the last one. Raises `CqlError` where no token begins."""
    text, place, found = code.text, 0, []
    if len(text) > MAX_CHARACTERS:
        raise code.error(
            message(
                "the expression has { $count } characters; the most is { $max_characters }",
                count=f"{len(text):,}",
                max_characters=f"{MAX_CHARACTERS:,}",
            ),
            0,
        )
    match = _TOKEN.match
    while place < len(text):
        hit = match(text, place)
        if hit is None:
            raise code.error(_stray(text[place]), place)
        kind = hit.lastgroup or ""
        if kind != "SPACE":
            found.append(Token(Kind[kind], hit.group(), place, hit.end()))
        place = hit.end()
    found.append(Token(Kind.END, "", len(text), len(text)))
    return found


def _stray(character: str) -> str:
    if character in "'\"`":
        return message("the text that begins with { $character } is not closed", character=character)
    if character == "@":
        return "not a date or time: @YYYY-MM-DD, @YYYY-MM-DDThh:mm:ss.fff, @Thh:mm or a leading part of them"
    return message("unexpected character { $character }", character=f"{character!r}")


def unescape(text: str) -> str:
    """The content of a quoted text."""
    body = text[1:-1]
    if "\\" not in body:
        return body
    return _ESCAPE.sub(_character, body)


def _character(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)
