"""Processes that help a run: they end with it, however it ends, and leave its signals to it."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection, parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LEFT_TO_THE_RUN: Final = ("SIGINT", "SIGHUP")
"""Signals that a terminal sends to all processes at once."""


@contextmanager
def workers(number: int, prepare: Callable[[], None] | None = None) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes; where the block ends in an error or a signal, they are ended at once.

    Args:
        number: how many.
        prepare: is run in each of them first; a function of a module.
    """
    context = _Context()
    with _left_to_the_run():  # the pool starts a process too, which counts its semaphores
        pool = ProcessPoolExecutor(number, mp_context=context, initializer=_begin, initargs=(prepare,))
    try:
        yield pool
    except BaseException:
        for one in context.started:
            one.kill()
        _close_pipes(pool)
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _close_pipes(pool: ProcessPoolExecutor) -> None:
    """Close the ends of the pool's pipes that were the workers'.

    Else it waits for ever for the rest of an answer, of one that was killed as it wrote; before Python 3.11.5 (CPython
    94777) also for one to read a question.
    """
    for name, end in (("_call_queue", "_reader"), ("_result_queue", "_writer")):
        pipe = getattr(getattr(pool, name, None), end, None)
        if pipe is not None:
            pipe.close()


@contextmanager
def _left_to_the_run() -> Iterator[None]:
    """Processes that are started meanwhile never see the terminal's signals."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {getattr(signal, name) for name in _LEFT_TO_THE_RUN})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Process(SpawnProcess):
    def start(self) -> None:
        """Start with the terminal's signals blocked, so that not even an import is interrupted."""
        with _left_to_the_run():
            super().start()


class _Context(SpawnContext):
    def __init__(self) -> None:
        super().__init__()
        self.started: list[_Process] = []

    def Process(self, *arguments: Any, **options: Any) -> _Process:  # type: ignore[override]  # noqa: N802 - the name of the base
        process = _Process(*arguments, **options)
        self.started.append(process)
        return process


def _begin(prepare: Callable[[], None] | None) -> None:
    """Watch the run that started this process, and do what it asks for."""
    Thread(target=_end_with_parent, daemon=True).start()
    if prepare is not None:
        prepare()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
