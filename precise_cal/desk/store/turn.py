"""Writers to SQLite: one after the other, and to the file that has the database's name now.

SQLite has no queue: who finds it locked sleeps and tries again, and may be overtaken for long. And a connection that
stays open would go on writing to a file that somebody has put another one in the place of.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection

from precise_cal.files.locking import in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator


def turn() -> AbstractContextManager[None]:
    """Wait for one's turn to write; within a transaction, and on other databases, it has come."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return nullcontext()
    return _turn(Path(connection.settings_dict["NAME"]))


@contextmanager
def _turn(file: Path) -> Iterator[None]:
    with in_turn(file.with_name(f"{file.name}.turn")):
        if connection.connection is not None and getattr(connection, "file", None) != _identity(file):
            connection.close()
        yield


def on_connected(**named: Any) -> None:
    """Note which file a new connection has opened; Django calls it."""
    made = named["connection"]
    if made.vendor == "sqlite":
        made.file = _identity(Path(made.settings_dict["NAME"]))


def _identity(file: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        state = file.stat()
        return state.st_dev, state.st_ino
    return None
