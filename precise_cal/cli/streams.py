"""Standard streams that do what a command promises, whatever they are joined to."""

from __future__ import annotations

import codecs
import io
import os
import sys

TYPE_CHECKING = False  # importing typing costs as much as Python itself
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, TextIO

ESCAPED: Final = "escaped"
"""The name under which `escape` is known to codecs."""
_LAST_STANDARD: Final = 2


class _Stream(io.TextIOWrapper):
    """A standard stream whose reader may go: from then on everything is written to nowhere, and the command goes on.

    Args:
        stream: is taken over, and is of no use afterwards.
        encoding: of what is written.
        errors: what becomes of characters that the encoding does not have.
        borne: the errors that say that the reader has gone.
    """

    def __init__(self, stream: io.TextIOWrapper, encoding: str, errors: str, borne: type[OSError]) -> None:
        lines = stream.isatty() or stream.line_buffering
        at_once = stream.write_through
        super().__init__(stream.detach(), encoding=encoding, errors=errors, line_buffering=lines, write_through=at_once)
        self._borne = borne

    def write(self, text: str) -> int:
        """Write text, or to nowhere where the reader has gone."""
        try:
            return super().write(text)
        except self._borne:
            give_up(self)
            return len(text)

    def flush(self) -> None:
        """Hand on what is held."""
        try:
            super().flush()
        except self._borne:
            give_up(self)


def prepare_streams() -> None:
    """Make stdout and stderr fit for every place that a command is started from.

    Descriptors that were closed before the start lead nowhere from now on, so that no file of ours gets their numbers.
    A reader of stdout who has gone changes nothing in what is done and in the exit status, and stderr can refuse
    everything. Stdout is UTF-8, and only on a terminal what the terminal is set to; what that has not is escaped.
    """
    codecs.register_error(ESCAPED, escape)
    for _ in _closed_descriptors():
        pass
    sys.stdout = _ready(sys.stdout, ESCAPED, BrokenPipeError)
    sys.stderr = _ready(sys.stderr, "backslashreplace", OSError)


def _closed_descriptors() -> Iterator[int]:
    """Open the standard descriptors that are closed: the system gives the lowest number that is free."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        yield descriptor
    os.close(descriptor)


def _ready(stream: TextIO | None, errors: str, borne: type[OSError]) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - pathlib is not needed before; it is the stream
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    own = codecs.lookup(stream.encoding).name
    told = stream.isatty() or errors != ESCAPED
    return _Stream(stream, own if told and own != "ascii" else "utf-8", errors, borne)


def escape(error: UnicodeError) -> tuple[str, int]:
    """The characters as JSON escapes them, so that JSON stays JSON."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True)), error.end


def give_up(stream: TextIO) -> None:
    """Let a stream lead nowhere, so that what it still holds cannot fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
