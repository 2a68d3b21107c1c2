"""From a JSON Pointer to the line and column of the value in the text of the document."""

from __future__ import annotations

import json
import re
from typing import Final

from precise_cal.protocol.pointer import steps_of

_TOKEN: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)')


def line_and_column(data: bytes, pointer: str) -> tuple[int, int]:
    """Line and column, from 1, of the value that a pointer names, or of the innermost part around it.

    Args:
        data: a valid JSON document, UTF-8.
        pointer: a JSON Pointer (RFC 6901).
    """
    text = data.decode("utf-8", "replace")
    wanted = steps_of(pointer)
    offset = _Scanner(text).find(wanted)
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Scanner:
    """Walks the tokens of a document down a path."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def find(self, path: tuple[str, ...]) -> int:
        found = self._peek()
        for name in path:
            opening = self._next()
            if opening not in "{[" or not (self._to_member(name) if opening == "{" else self._to_item(name)):
                break
            found = self._peek()
        return found

    def _peek(self) -> int:
        match = _TOKEN.match(self._text, self._at)
        return match.start(1) if match else self._at

    def _next(self) -> str:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match[1]

    def _to_member(self, name: str) -> bool:
        while (key := self._next()) not in ("}", ""):
            self._next()
            if _name(key) == name:
                return True
            self._skip()
            if self._next() != ",":
                break
        return False

    def _to_item(self, index: str) -> bool:
        for _ in range(int(index) if index.isdecimal() else 0):
            self._skip()
            if self._next() != ",":
                return False
        return True

    def _skip(self) -> None:
        depth = 0
        while read := self._next():
            depth += (read in "{[") - (read in "}]")
            if depth <= 0:
                return


def _name(token: str) -> str:
    return str(json.loads(token, strict=False)) if "\\" in token else token[1:-1]
