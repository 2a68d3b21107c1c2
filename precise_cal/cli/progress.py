"""Progress bars on stderr, on a terminal, for runs that take longer than a moment. They never touch stdout."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from precise_cal.cli.spoken import catalog
from precise_cal.files.records import read_sources
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.files.records import Source

_MOMENT_S: Final = 1.0


class Advance(Protocol):
    """Tells a bar how much more is done, and where it says so what is being done; from any thread."""

    def __call__(self, more: int = 1, what: str | None = None) -> None:
        """So much more is done."""


def _unseen(more: int = 1, what: str | None = None) -> None:
    """Nobody sees a bar."""


@contextmanager
def bar(what: str, total: int | None, *, done: int = 0, counted: bool = True) -> Iterator[Advance]:
    """A bar while the block runs; nothing where stderr is no terminal.

    Args:
        what: is being done, in the language of the run.
        total: how much there is to do; None where nobody knows.
        done: how much of it is done already.
        counted: whether the numbers mean something to a reader.
    """
    if not sys.stderr.isatty():
        yield _unseen
        return
    from threading import Lock

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    number = (MofNCompleteColumn(),) if counted else ()
    columns = (TextColumn("{task.description}"), BarColumn(), *number, TimeElapsedColumn())
    lock = Lock()
    # rich would take stdout too, and what is written there meanwhile would go to the terminal instead of a file
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as progress:
        said = catalog()
        task = progress.add_task(said(what), total=total, completed=done)

        def advance(more: int = 1, what: str | None = None) -> None:
            with lock:
                progress.update(task, advance=more, description=None if what is None else said(what))

        yield advance


def watched(files: Sequence[str], *, streaming: bool = False) -> Iterator[Source]:
    """The records of the files, with a bar that appears after a second.

    Args:
        files: the paths, or ``-`` for stdin.
        streaming: what is found is written to stdout record by record, so that a terminal shows it anyway.
    """
    sources = read_sources(files)
    if not sys.stderr.isatty() or (streaming and sys.stdout.isatty()):
        yield from sources
        return
    begun = time.monotonic()
    read = 0
    for source in sources:
        yield source
        read += len(source.data) + 1
        if time.monotonic() - begun > _MOMENT_S:
            yield from _with_bar(sources, read, _size(files))
            return


def _size(files: Sequence[str]) -> int | None:
    """How many bytes there are to read; None where a pipe is among the files."""
    paths = [Path(file) for file in files]
    return sum(path.stat().st_size for path in paths) if all(path.is_file() for path in paths) else None


def _with_bar(sources: Iterator[Source], read: int, size: int | None) -> Iterator[Source]:
    first = next(sources, None)
    if first is None:
        return
    with bar(message("participants"), size, done=read, counted=False) as advance:
        for source in chain([first], sources):
            yield source
            advance(len(source.data) + 1)
