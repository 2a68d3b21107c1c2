"""From the arguments of a command to the bytes of each participant record."""

from __future__ import annotations

import os
import sys
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NoReturn

from precise_cal.files.regular import open_regular, read_regular
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.from_json import BYTE_ORDER_MARK, MAX_BYTES
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LIMIT: Final = MAX_BYTES + 1
_LINES: Final = frozenset({".jsonl", ".ndjson"})
_SUFFIXES: Final = frozenset({".json", *_LINES})
_NAMED: Final = 5
"""Files of a folder that are passed over and told by name."""
_STDIN: Final = "-"
_BUFFER: Final = 1 << 18
"""Bytes that are read at a time: many records, so that reading costs next to nothing."""


class InputError(PreciseError):
    """A file or folder that cannot be read, or that holds no record."""


@immutable()
class Source:
    """The bytes of one record, and where they stand."""

    name: str
    line: int | None
    """The line in a JSON Lines file, from 1; None where the file is the record."""
    data: bytes

    def __str__(self) -> str:
        """For a reader: bytes of a name that are no UTF-8 are shown as escapes."""
        shown = os.fsencode(self.name).decode("utf-8", "backslashreplace")
        return shown if self.line is None else f"{shown}:{self.line}"


def expand(arguments: Sequence[str]) -> list[str]:
    """The files that the arguments name; a folder stands for the records below it, in order of their names.

    Raises:
        InputError: a path does not exist, or a folder holds no record.
    """
    files: list[str] = []
    for argument in arguments:
        if not argument:
            raise InputError("an empty name: expected a file, a folder, or - for stdin")
        try:
            files += [argument] if argument == _STDIN else _below(Path(argument), argument)
        except OSError as error:
            raise InputError(
                message("{ $argument }: cannot be read: { $strerror }", argument=argument, strerror=error.strerror)
            ) from None
    return files


def _below(path: Path, argument: str) -> list[str]:
    if not path.exists() and not path.is_symlink():
        raise InputError(message("{ $argument }: no such file or folder", argument=argument))
    if not path.is_dir():
        return [argument]
    names = (Path(folder, name) for folder, _, files in os.walk(path, onerror=_unread) for name in files)
    inside = sorted(str(file) for file in names if file.suffix.lower() in _SUFFIXES)  # links that lead nowhere too
    if not inside:
        raise InputError(
            message("{ $argument }: holds no record; expected files that end in .json or .jsonl", argument=argument)
        )
    return inside


def _unread(error: OSError) -> NoReturn:
    """A folder that cannot be looked into: whose records it holds is not known."""
    raise error


def passed_over(arguments: Sequence[str]) -> Iterator[str]:
    """What folders among the arguments hold that is not read, for people."""
    for argument in arguments:
        path = Path(argument)
        if argument == _STDIN or not path.is_dir():
            continue
        others = sorted(
            str(file.relative_to(path))
            for file in path.rglob("*")
            if file.suffix.lower() not in _SUFFIXES
            and file.is_file()
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
        if others:
            more = message(" and { $count } more", count=len(others) - _NAMED) if len(others) > _NAMED else ""
            names = ", ".join(others[:_NAMED])
            yield message(
                "{ $argument }: passed over, for their names end in neither .json nor .jsonl: { $names }{ $more }",
                argument=argument,
                names=names,
                more=more,
            )


def read_one(path: Path, most: int = _LIMIT) -> bytes:
    """The bytes of one record, or of another file of so many bytes at the most.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        return read_regular(path, most)
    except OSError as error:
        raise InputError(
            message("{ $path }: cannot be read: { $strerror }", path=path, strerror=error.strerror)
        ) from None


def read_sources(files: Sequence[str]) -> Iterator[Source]:
    """The records of the files, one after another; a file of many lines is never held as a whole.

    Raises:
        InputError: a file cannot be read.
    """
    for name in files:
        try:
            if name == _STDIN:
                if sys.stdin is None:
                    raise InputError("stdin: cannot be read: it is closed")
                yield from _records_in(sys.stdin.buffer, "stdin", lines=None)
            else:
                with open_regular(name, _BUFFER) as stream:
                    yield from _records_in(stream, name, lines=Path(name).suffix.lower() in _LINES or None)
        except OSError as error:
            raise InputError(
                message("{ $name }: cannot be read: { $strerror }", name=name, strerror=error.strerror)
            ) from None


def _records_in(stream: IO[bytes], name: str, lines: bool | None) -> Iterator[Source]:
    """One record, or one a line: where the name does not tell, a first line that closes its braces does."""
    first = stream.readline(_LIMIT)
    second = stream.readline(_LIMIT)
    if lines or (second.strip() and _is_object(first)):
        for number, line in enumerate(_lines(stream, first, second), start=1):
            if line.strip():
                yield Source(name, number, line.rstrip(b"\r\n"))
    else:
        head = first + second
        yield Source(name, None, head + stream.read(max(0, _LIMIT - len(head))))


def _is_object(line: bytes) -> bool:
    text = line.removeprefix(BYTE_ORDER_MARK).strip()
    return text.startswith(b"{") and text.endswith(b"}")


def _lines(stream: IO[bytes], *begun: bytes) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long only the beginning, which is enough to refuse it."""
    for part in chain(begun, iter(partial(stream.readline, _LIMIT), b"")):
        if part:
            yield part
        rest = part
        while len(rest) == _LIMIT and not rest.endswith(b"\n"):
            rest = stream.readline(_LIMIT)
