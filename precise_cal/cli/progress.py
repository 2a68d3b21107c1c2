"""A progress bar on stderr, on a terminal, for runs that take longer than a moment."""

from __future__ import annotations

import sys
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.cli.inputs import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.cli.inputs import Source

_MOMENT_S: Final = 1.0


def watched(files: Sequence[str]) -> Iterator[Source]:
    """The records of the files; the bar appears after a second, and only where somebody can see it."""
    sources = read_sources(files)
    if not sys.stderr.isatty():
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
    return None if "-" in files else sum(Path(file).stat().st_size for file in files)


def _with_bar(sources: Iterator[Source], read: int, size: int | None) -> Iterator[Source]:
    first = next(sources, None)
    if first is None:
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("participants", total=size, completed=read)
        for source in chain([first], sources):
            yield source
            progress.advance(task, len(source.data) + 1)
