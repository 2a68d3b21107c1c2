"""What commands write, made safe on its way: nothing that a record or the name of a file holds acts on a terminal."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from precise_cal.cli.printable import printable
from precise_cal.cli.spoken import catalog
from precise_cal.language.catalog import Joined, message

if TYPE_CHECKING:
    from collections.abc import Iterable

_HIDDEN_IN_JSON: Final = re.compile(r"[^\x20-\x7e\n]")


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write lines of text, in the language of the run, to stdout or, if `err`, to stderr.

    Every character that is neither printable nor the end of a line is escaped.
    """
    _write(safe(catalog()(text)), err=err, nl=nl)


def _write(text: str, *, err: bool, nl: bool) -> None:
    stream = sys.stderr if err else sys.stdout
    if stream is not None:
        stream.write(f"{text}\n" if nl else text)
        stream.flush()


def tell(text: str) -> None:
    """Write a line of text to stderr as the program's own."""
    echo(message("precise: { $text }", text=text), err=True)


def echo_lines(lines: Iterable[str]) -> None:
    """Write lines of text to stdout, each in the language of the run."""
    echo(Joined("\n", lines))


def safe(text: str) -> str:
    """The text with its ends of lines, and everything else that is not printable as an escape."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def echo_json(text: str, *, nl: bool = True) -> None:
    """Write JSON to stdout: the same data, with what a terminal could act on as JSON's own escapes."""
    _write(safe_json(text), err=False, nl=nl)


def safe_json(text: str) -> str:
    """JSON of the same meaning in which every character is printable, or the end of a line."""
    return text if text.replace("\n", "").isprintable() else _HIDDEN_IN_JSON.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True))
