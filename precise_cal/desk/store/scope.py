"""Whose rows a connection to PostgreSQL sees: every site's, one site's, or none; policies of the tables ask for it.

The policies bind the role of the web server (``precise desk grants``). SQLite has none: there the queries alone
keep sites apart.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError, connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTING: Final = "precise.sites"
"""The parameter of a session that the policies read; a session that never set it sees no row."""
ALL: Final = "all"
NONE: Final = "none"
_SCOPE: ContextVar[str] = ContextVar("scope", default=ALL)


def of_site(site: str) -> str:
    """The scope of one site."""
    return f"site:{site}"


@contextmanager
def seen_from(scope: str) -> Iterator[None]:
    """Let every query of the block see the rows of a scope alone, except where `whole` widens it."""
    before = _SCOPE.get()
    token = _SCOPE.set(scope)
    try:
        _tell(before, scope)
        yield
    finally:
        _SCOPE.reset(token)
        try:
            _tell(scope, before)
        except DatabaseError:  # the next connection is given its scope when it is made
            connection.close()


def _tell(before: str, scope: str) -> None:
    if before != scope and connection.connection is not None:
        _set(scope, is_local=False)


@contextmanager
def whole(*, atomic: bool = False) -> Iterator[None]:
    """Let the block see every site's rows: what the log's tree, its chain or a participant's identity need.

    Args:
        atomic: whether the block is a transaction in any case; where the scope is widened it is one.
    """
    before = _SCOPE.get()
    if before == ALL or connection.vendor != "postgresql":
        with transaction.atomic() if atomic else nullcontext():
            yield
        return
    is_within = connection.in_atomic_block
    token = _SCOPE.set(ALL)
    try:
        with transaction.atomic():  # what is set within ends with it, also when it is rolled back
            _set(ALL, is_local=True)
            yield
            if is_within:
                _set(before, is_local=True)
    finally:
        _SCOPE.reset(token)


def on_connected(**named: Any) -> None:
    """Give a new connection the scope of what runs now; Django calls it."""
    if named["connection"].alias == connection.alias:
        _set(_SCOPE.get(), is_local=False)


def _set(scope: str, *, is_local: bool) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, %s)", [SETTING, scope, is_local])
