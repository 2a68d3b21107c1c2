"""Where a role of a record stands, and the words that ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.engine.cql.compile import explain
from precise_cal.engine.judging.reasons import read_of

if TYPE_CHECKING:
    from precise_cal.engine.cql.state import State
    from precise_cal.engine.judging.pointers import Pointers
    from precise_cal.engine.rulebook.edition import Condition
    from precise_cal.engine.rulebook.rulebook import Rulebook


class Datum(NamedTuple):
    """A datum of a record; without a pointer, where it stands is not known."""

    pointer: str
    about: str | None


def place_of(condition: Condition, state: State, pointers: Pointers) -> Datum:
    """The datum that the value of an expression is."""
    value, entries = explain(condition, state)
    return Datum(*(read_of(entries, value, pointers) or ("", None)))


def place_of_role(book: Rulebook, name: str, state: State, pointers: Pointers) -> Datum:
    """The datum that a role is: its field, or what its expression reads."""
    path = book.schema.role_path(name)
    if path is None:
        return place_of(book.roles[name], state, pointers) if name in book.roles else Datum("", None)
    field = book.schema.field(path)
    return Datum(book.schema.role_pointer(name), field.about if field else None)
