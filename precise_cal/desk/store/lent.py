"""Connections to the database that are lent to threads: as many as are used at once, however many threads there are."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections

if TYPE_CHECKING:
    from collections.abc import Iterator

_FREE: Final[list[Any]] = []
"""Of this process; what was lent last is lent first."""


@contextmanager
def lent() -> Iterator[None]:
    """Let this thread use a connection that is kept, and leave it to another one then."""
    try:
        one = _FREE.pop()
    except IndexError:
        one = connections.create_connection(DEFAULT_DB_ALIAS)
        one.inc_thread_sharing()
    connections[DEFAULT_DB_ALIAS] = one
    try:
        yield
    finally:
        close_old_connections()
        del connections[DEFAULT_DB_ALIAS]
        _FREE.append(one)
