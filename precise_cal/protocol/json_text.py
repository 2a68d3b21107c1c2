"""The text of a JSON document: where a value stands in it, and the same text with one value changed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.pointer import steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)')


def line_and_column(data: bytes, pointer: str) -> tuple[int, int]:
    """Line and column, from 1, of the value that a pointer names, or of the innermost part around it.

    Args:
        data: a valid JSON document, UTF-8.
        pointer: a JSON Pointer (RFC 6901).
    """
    text = data.decode("utf-8-sig", "replace")
    scanner = _Scanner(text)
    scanner.go_to(steps_of(pointer))
    offset = scanner.peek()
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def replaced(text: str, path: Sequence[str], value: str) -> str:
    """The text of a JSON object with the member at ``path`` set to ``value``; every other character stays.

    Objects on the way that are absent or null are made.
    """
    name, rest = path[0], path[1:]
    start, end = _span(text, name) or (0, 0)
    inner = text[start:end] if text[start:end].startswith("{") else "{}"
    new = replaced(inner, rest, value) if rest else value
    return f"{text[:start]}{new}{text[end:]}" if end else _with_member(text, name, new)


def inserted(text: str, name: str, item: str) -> str:
    """The text of a JSON object with ``item`` as the last element of the list ``name``.

    Every other character stays. The list is added where it is absent, and takes the place of null.
    """
    start, end = _span(text, name) or (0, 0)
    value = text[start:end]
    if value in ("", "null"):
        return replaced(text, (name,), f"[{item}]")
    inner = value[1:-1].rstrip()
    comma = ",\n    " if inner.strip() else ""
    return f"{text[: start + 1]}{inner}{comma}{item}{value[1 + len(inner) :]}{text[end:]}"


def _with_member(text: str, name: str, value: str) -> str:
    """The text of a JSON object with one more member at its end."""
    end = text.rindex("}")
    before = text[:end].rstrip()
    is_first, has_lines = before.endswith("{"), "\n" in text
    gap = "\n  " if has_lines else "" if is_first else " "
    close = "\n" if has_lines else ""
    return f"{before}{'' if is_first else ','}{gap}{json.dumps(name)}: {value}{close}{text[end:]}"


def _span(text: str, name: str) -> tuple[int, int] | None:
    """Where the value of a member of a JSON object begins and ends; None where there is no such member."""
    scanner = _Scanner(text)
    return (scanner.peek(), scanner.skip()) if scanner.go_to((name,)) else None


class _Scanner:
    """Walks the tokens of a document down a path."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def go_to(self, path: Sequence[str]) -> bool:
        """Stand before the value at a path; before the innermost value around it where there is none."""
        for name in path:
            here = self._at
            opening = self._next()
            if opening not in "{[" or not (self._to_member(name) if opening == "{" else self._to_item(name)):
                self._at = here
                return False
        return True

    def peek(self) -> int:
        """Where the next token begins."""
        match = _TOKEN.match(self._text, self._at)
        return match.start(1) if match else self._at

    def skip(self) -> int:
        """Where the value here ends; go behind it."""
        depth = 0
        while read := self._next():
            depth += (read in "{[") - (read in "}]")
            if depth <= 0:
                break
        return self._at

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
            self.skip()
            if self._next() != ",":
                break
        return False

    def _to_item(self, index: str) -> bool:
        for _ in range(int(index) if index.isdecimal() else 0):
            self.skip()
            if self._next() != ",":
                return False
        return True


def _name(token: str) -> str:
    return str(json.loads(token, strict=False)) if "\\" in token else token[1:-1]
