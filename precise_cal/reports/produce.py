"""Many files made at once: what takes long is finished by other processes."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Final

from precise_cal.reports.files import as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor, Future

    from precise_cal.reports.files import File

_FEW: Final = 12
"""So many files are finished here; starting other processes would take longer."""
_MOST_WORKERS: Final = 4
_AHEAD: Final = 3
"""How many files wait for each process, so that memory stays bounded."""


def produce(files: Sequence[File]) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of every file; those that others finish may come later than those that do not."""
    heavy = [file for file in files if file.finish is not as_bytes]
    number = min(os.cpu_count() or 1, _MOST_WORKERS)
    if len(heavy) <= _FEW or number == 1:
        yield from map(_made, files)
        return
    from precise_cal.files.workers import workers

    with workers(number) as pool:
        yield from _with_others(files, pool, number * _AHEAD)


def _with_others(files: Sequence[File], pool: Executor, ahead: int) -> Iterator[tuple[str, bytes]]:
    """Documents in turn, so that formats share them; where the others have enough to do, what stands alone."""
    waiting: deque[tuple[str, Future[bytes]]] = deque()
    alone = deque(file for file in files if not file.beside)
    for file in (one for one in files if one.beside):
        if file.finish is as_bytes:
            yield file.name, file.make()
        else:
            waiting.append((file.name, pool.submit(file.finish, file.make())))
        while len(waiting) > ahead or (waiting and waiting[0][1].done()):
            if alone and not waiting[0][1].done():
                yield _made(alone.popleft())
            else:
                name, future = waiting.popleft()
                yield name, future.result()
    yield from map(_made, alone)
    for name, future in waiting:
        yield name, future.result()


def _made(file: File) -> tuple[str, bytes]:
    return file.name, file.finish(file.make())
