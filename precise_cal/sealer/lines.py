"""The connections that a server has open: whoever takes too long to ask is cut off, first where places are short."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Lines(Generic[T]):
    """Connections by age: those that still ask, and those that are answered."""

    def __init__(self, most: int, patience: float, cut: Callable[[T], None]) -> None:
        """Begin with none.

        Args:
            most: how many there are at once; one more cuts off whoever has been asking longest.
            patience: seconds within which a question has to arrive as a whole, however slowly its bytes come.
            cut: ends what is read and written on a connection, from another thread than its own.
        """
        self._most, self._patience, self._cut = most, patience, cut
        self._asking: dict[T, float] = {}
        self._answered: dict[T, float] = {}
        self._lock = Lock()

    def opened(self, line: T) -> None:
        """Begin to wait for a question."""
        with self._lock:
            if len(self._asking) + len(self._answered) >= self._most:
                self._end(self._asking or self._answered)
            self._asking[line] = time.monotonic()

    def heard(self, line: T) -> None:
        """The question arrived."""
        with self._lock:
            since = self._asking.pop(line, None)
            if since is not None:
                self._answered[line] = since

    def asks_again(self, line: T) -> None:
        """It was answered, and may ask once more; one that was cut off meanwhile stays so."""
        with self._lock:
            if self._answered.pop(line, None) is not None:
                self._asking[line] = time.monotonic()

    def closed(self, line: T) -> None:
        """It is over; to be called before the connection is closed."""
        with self._lock:
            self._asking.pop(line, None)
            self._answered.pop(line, None)

    def cut_overdue(self) -> None:
        """Cut off whoever has been asking for too long; to be called now and then."""
        limit = time.monotonic() - self._patience
        with self._lock:
            while self._asking and next(iter(self._asking.values())) < limit:
                self._end(self._asking)

    def _end(self, lines: dict[T, float]) -> None:
        oldest = next(iter(lines))
        del lines[oldest]
        self._cut(oldest)
