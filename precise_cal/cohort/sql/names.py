"""Which names a tree uses, and whether it holds a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.cohort.sql.values import SCOPE
from precise_cal.engine.cql import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_names: dict[int, tuple[tree.Tree, frozenset[int | str]]] = {}
_with_query: dict[int, tuple[tree.Tree, bool]] = {}


def names_of(typed: tree.Tree) -> frozenset[int | str]:
    """The slots of the variables that a tree uses, and the scope variable, also through definitions."""
    known = _names.get(id(typed))
    if known is None or known[0] is not typed:
        found = frozenset(_used(typed)).union(*[names_of(part) for part in parts_of(typed)])
        known = _names[id(typed)] = (typed, found)
    return known[1]


def _used(typed: tree.Tree) -> Iterator[int | str]:
    if isinstance(typed, tree.Variable):
        yield typed.slot
    elif isinstance(typed, tree.Scope | tree.Definition):
        yield SCOPE


def has_query(typed: tree.Tree) -> bool:
    """Whether a query stands in the tree itself, definitions not followed."""
    known = _with_query.get(id(typed))
    if known is None or known[0] is not typed:
        found = isinstance(typed, tree.Query) or any(map(has_query, parts_of(typed)))
        known = _with_query[id(typed)] = (typed, found)
    return known[1]


def parts_of(typed: tree.Tree) -> Iterator[tree.Tree]:
    """The trees directly within a tree; the arguments of an inlined function stand in its body."""
    if isinstance(typed, tree.Inlined):
        yield typed.body
        return
    for value in tree.children(typed):
        yield from _trees(value)


def _trees(value: Any) -> Iterator[tree.Tree]:
    if isinstance(value, tree.Tree):
        yield value
    else:
        for one in value if isinstance(value, tuple) else tree.children(value):
            yield from _trees(one)
