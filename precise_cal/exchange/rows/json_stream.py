"""A JSON document in parts: the items of a long list one by one, so that memory holds one of them.

What stands between items is read here; every item, and every other value, by a parser of JSON, with exact decimals.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any, Final

import jiter

from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import Verbatim, message, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK: Final = 1 << 16
_TO_BRACKET: Final = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])', re.DOTALL)
"""All up to the next bracket that is not part of a text; no match where the bytes end before it."""
_TEXT: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_PLAIN: Final = re.compile(rb"[^\s,\]}]*+(?=[\s,\]}])")
_BLANK: Final = re.compile(rb"[ \t\r\n]*+")
_MARK: Final = b"\xef\xbb\xbf"


def parsed(data: bytes, where: str) -> Any:
    """A JSON document with exact decimals. Raises: ExchangeError."""
    try:
        return jiter.from_json(
            data.removeprefix(_MARK), allow_inf_nan=False, float_mode="decimal", catch_duplicate_keys=True
        )
    except ValueError as error:
        raise ExchangeError(
            message("{ $where }: is not valid JSON: { $error }", where=where, error=words_of(error))
        ) from None


def has_lines(path: Path) -> bool:
    """Whether a file has a document a line, by its name."""
    return path.suffix.lower() in (".ndjson", ".jsonl")


def parsed_lines(path: Path, after: int = 0) -> Iterator[Any]:
    """The documents of a file that has one a line, those behind the first `after` lines. Raises: ExchangeError."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number > after and line.strip():
                yield parsed(line, message("{ $name } line { $number }", name=Verbatim(path.name), number=number))


def json_parts(path: Path, *spread: str) -> Iterator[tuple[str, Any]]:
    """The members of the object in a file; a list under a name in `spread` as its items, each under that name.

    A document that is a list gives its items under no name, and any other value itself.

    Raises:
        ExchangeError: it is not valid JSON, or has a name twice.
    """
    with path.open("rb") as file:
        scan = _Scan(file, path.name)
        match scan.peek():
            case b"[":
                yield from (("", one) for one in scan.items())
            case b"{":
                yield from _members(scan, spread)
            case _:
                yield "", scan.value()
        if scan.peek():
            raise scan.error("has more behind its end")


def _members(scan: _Scan, spread: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    names: set[str] = set()
    for _ in scan.between(b"}"):
        name = scan.value()
        if not isinstance(name, str) or name in names:
            raise scan.error(
                message("has { $name } where a name is expected that was not there before", name=Verbatim(f"{name!r}"))
            )
        names.add(name)
        scan.take(b":")
        if name in spread and scan.peek() == b"[":
            yield from ((name, one) for one in scan.items())
        else:
            yield name, scan.value()


class _Scan:
    """The bytes of a file, of which those that were read are let go."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        self._data = file.read(_BLOCK).removeprefix(_MARK)
        self._at, self._before, self._count = 0, 0, 0

    def error(self, text: str) -> ExchangeError:
        return ExchangeError(
            message(
                "{ $name }: is not valid JSON: near byte { $before } it { $text }",
                name=Verbatim(self._name),
                before=f"{self._before + self._at + 1:,}",
                text=text,
            )
        )

    def _more(self) -> bool:
        """Read on; False at the end of the file."""
        block = self._file.read(max(_BLOCK, len(self._data) - self._at))
        self._before += self._at
        self._data, self._at = self._data[self._at :] + block, 0
        return bool(block)

    def peek(self) -> bytes:
        """The next byte that is no blank; empty at the end."""
        while True:
            blank = _BLANK.match(self._data, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            if not self._more():
                return b""

    def take(self, mark: bytes) -> None:
        if self.peek() != mark:
            raise self.error(message("lacks { $mark }", mark=mark.decode()))
        self._at += 1

    def between(self, close: bytes) -> Iterator[None]:
        """Stop at each item of a list or object, which the caller reads; behind its end at last."""
        self._at += 1
        if self.peek() != close:
            yield
            while self.peek() == b",":
                self._at += 1
                yield
        self.take(close)

    def items(self) -> Iterator[Any]:
        """The items of the list that begins here."""
        for _ in self.between(b"]"):
            self._count += 1
            yield self.value(f" item {self._count:,}")

    def value(self, which: str = "") -> Any:
        """The value that begins here, whole."""
        match self.peek():
            case b"{" | b"[":
                end = self._end_of_nested()
            case b'"':
                end = self._end_of(_TEXT)
            case _:
                end = self._end_of(_PLAIN)
        start, self._at = self._at, self._at + end
        return parsed(self._data[start : self._at], f"{self._name}{which}")

    def _end_of(self, pattern: re.Pattern[bytes]) -> int:
        """The length of a value without brackets."""
        while (hit := pattern.match(self._data, self._at)) is None:
            if not self._more():
                return len(self._data) - self._at
        return hit.end() - self._at

    def _end_of_nested(self) -> int:
        """The length of an object or a list; that of the rest of the file where it does not end."""
        depth, length = 0, 0
        while True:
            hit = _TO_BRACKET.match(self._data, self._at + length)
            if hit is None:
                if not self._more():
                    return len(self._data) - self._at
                continue
            length = hit.end() - self._at
            depth += 1 if hit[1] in b"{[" else -1
            if depth == 0:
                return length
