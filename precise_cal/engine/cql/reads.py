"""What of the record an expression reads, through definitions, functions, parameters, variables and scopes.

The value of every node of the typed tree is followed back to where it comes from: places of the record, and words that
the rules themselves hold. It is followed too far rather than not far enough: an operator passes on whatever goes into
it, unless it gives a truth value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import ANY, BOOLEAN, SIMPLE, ClassType, ListType, Type
from precise_cal.engine.cql.values import Tuple
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from precise_cal.engine.cql.environment import Compiled

Path = tuple[str, ...]
"""The names that lead to a place in the record, positions in lists left out: ``("lesions", "devices", "type")``."""

_STRUCTURAL: Final = frozenset({
    "Coalesce", "Count", "Exists", "First", "Flatten", "Indexer", "IsNull", "Last", "Length", "SingletonFrom", "Skip",
    "Tail", "Take",
})  # fmt: skip
"""Operators that look at how many items there are, or which, and never into them."""
_PLAIN: Final = frozenset(SIMPLE.values()) - {ANY}
"""The types of values that have no parts."""


@immutable()
class Reads:
    """What a set of expressions reads.

    Attributes:
        paths: every field, part and list, with the parts and lists that lead to it.
        whole: the parts and lists among them that are compared or given as a whole: all below them is read.
        compared: fields with the words that they are held against, in whatever way.
    """

    paths: frozenset[Path]
    whole: frozenset[Path]
    compared: frozenset[tuple[Path, str]]

    @property
    def ends(self) -> frozenset[Path]:
        """The paths that lead no further."""
        inner = {path[:-1] for path in self.paths}
        return frozenset(path for path in self.paths if path not in inner)

    def touches(self, place: Path) -> bool:
        """Whether something at a place, or below it, is read."""
        return any(
            path[: len(place)] == place or (path in self.whole and place[: len(path)] == path) for path in self.paths
        )


def reads(*conditions: Compiled, scopes: Mapping[str, Compiled] | None = None) -> Reads:
    """What conditions read.

    Args:
        conditions: compiled expressions.
        scopes: the list whose items a scope variable stands for, by the variable's name.
    """
    reader = _Reader(scopes or {})
    for condition in conditions:
        reader.give(reader.read(condition))
    for items in (scopes or {}).values():
        reader.read(items)
    return Reads(frozenset(reader.paths), frozenset(reader.whole), frozenset(reader.compared))


@immutable()
class _Origin:
    """Where a value may come from; a place of the record comes with what stands there."""

    places: frozenset[tuple[Path, Type]] = frozenset()
    words: frozenset[str] = frozenset()

    def __or__(self, other: _Origin) -> _Origin:
        return _Origin(self.places | other.places, self.words | other.words)


_NOWHERE: Final = _Origin()


class _Reader:
    def __init__(self, scopes: Mapping[str, Compiled]) -> None:
        self.paths: set[Path] = set()
        self.whole: set[Path] = set()
        self.compared: set[tuple[Path, str]] = set()
        self._scopes = scopes
        self._read: dict[Compiled, _Origin] = {}

    def read(self, condition: Compiled) -> _Origin:
        """The origin of an expression's value."""
        if condition not in self._read:
            self._read[condition] = _Expression(self, condition).origin_of_value()
        return self._read[condition]

    def scope(self, name: str) -> _Origin:
        """The origin of the items that a scope variable stands for."""
        return self.read(self._scopes[name])

    def give(self, origin: _Origin) -> None:
        """Note that values are looked at as a whole."""
        self.whole |= {path for path, kind in origin.places if isinstance(_item(kind), ClassType)}

    def meet(self, parts: Sequence[_Origin]) -> None:
        """Note that values are held against each other."""
        if not any(part.words for part in parts):
            return
        for index, part in enumerate(parts):
            words = frozenset[str]().union(*(one.words for place, one in enumerate(parts) if place != index))
            self.compared |= {(path, word) for path, _ in part.places for word in words}


class _Expression:
    """Follows the values of one expression; the slots of variables are its own."""

    def __init__(self, reader: _Reader, condition: Compiled) -> None:
        self._reader = reader
        self._condition = condition
        self._variables: dict[int, _Origin] = {}
        self._known: dict[tree.Tree, _Origin] = {}

    def origin_of_value(self) -> _Origin:
        """Where the value comes from, found again until what variables hold stays the same."""
        while True:
            before, self._known = dict(self._variables), {}
            found = self.origin(self._condition.tree)
            if self._variables == before:
                return found

    def origin(self, node: tree.Tree) -> _Origin:
        """The origin of a node's value. All below the node is read."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = _fitting(self._origin(node), node.type)
        return found

    def _origin(self, node: tree.Tree) -> _Origin:
        match node:
            case tree.Context():
                found = _Origin(frozenset({((), node.type)}))
            case tree.Constant():
                found = _Origin(words=frozenset(_words_in(node.value)))
            case tree.Property():
                found = self._property(node)
            case tree.Scope():
                found = self._reader.scope(node.name)
            case tree.Definition():
                found = self._reader.read(self._condition.environment.definition(node.name))
            case tree.Variable():
                found = self._variables.get(node.slot, _NOWHERE)
            case tree.Let():
                found = self._let(node)
            case tree.Inlined():
                found = self._inlined(node)
            case tree.Query():
                found = self._query(node)
            case _:
                found = self._passed(node)
        return found

    def _property(self, node: tree.Property) -> _Origin:
        element, owner = node.element, node.source.type
        names = (element.field,) if element.field else element.members
        places = {
            ((*path, name), element.type)
            for path, kind in self.origin(node.source).places
            if _item(kind) is owner
            for name in names
        }
        self._reader.paths |= {path for path, _ in places}
        return _Origin(frozenset(places))

    def _bind(self, variable: tree.Variable, origin: _Origin) -> None:
        self._variables[variable.slot] = self._variables.get(variable.slot, _NOWHERE) | origin

    def _let(self, node: tree.Let) -> _Origin:
        for variable, value in node.bindings:
            self._bind(variable, self.origin(value))
        return self.origin(node.body)

    def _inlined(self, node: tree.Inlined) -> _Origin:
        for argument in node.arguments:  # one that the body does not use is read all the same
            self.origin(argument)
        return self.origin(node.body)

    def _query(self, node: tree.Query) -> _Origin:
        found = _NOWHERE
        for source in (*node.sources, *(one.source for one in node.relationships)):
            self._bind(source.variable, self.origin(source.tree))
        for source in node.sources:
            found |= self.origin(source.variable)
        for variable, value in node.lets:
            self._bind(variable, self.origin(value))
        for condition in (node.where, *(one.condition for one in node.relationships)):
            if condition is not None:
                self.origin(condition)
        if node.returning is not None:
            found = self.origin(node.returning)
        if node.distinct:
            self._reader.give(found)
        if node.element is not None:
            self._bind(node.element, found)
        for item in node.sort:
            self._reader.give(found if item.key is None else self.origin(item.key))
        return found if node.aggregate is None else self._aggregate(node.aggregate)

    def _aggregate(self, node: tree.QueryAggregate) -> _Origin:
        self._bind(node.accumulator, self.origin(node.starting))
        self._bind(node.accumulator, self.origin(node.body))
        return self._variables[node.accumulator.slot]

    def _passed(self, node: tree.Tree) -> _Origin:
        """The origin of what is made of parts: theirs. They meet in it."""
        parts = [self.origin(one) for one in _children(node)]
        self._reader.meet(parts)
        found = _NOWHERE
        for part in parts:
            found |= part
        if isinstance(node, tree.Call) and node.name not in _STRUCTURAL:
            self._reader.give(found)
        return found


def _children(node: tree.Tree) -> Iterable[tree.Tree]:
    """The nodes directly below one."""
    match node:
        case tree.Call(operands=parts) | tree.MakeList(elements=parts):
            return parts
        case tree.MakeTuple():
            return [one for _, one in node.elements]
        case tree.MakeInterval():
            return node.low, node.high
        case tree.If():
            return node.condition, node.yes, node.no
        case tree.Convert() | tree.As() | tree.Is():
            return (node.operand,)
        case tree.Part():
            return (node.source,)
    return ()


def _fitting(origin: _Origin, kind: Type) -> _Origin:
    """What of an origin a value of a type can come from: a truth value tells no word, a number is no part."""
    if kind is BOOLEAN:
        return _NOWHERE
    if kind in _PLAIN:
        return _Origin(
            frozenset(one for one in origin.places if not isinstance(_item(one[1]), ClassType)), origin.words
        )
    return origin


def _item(kind: Type) -> Type:
    """The type of an item of a list, of whatever depth; any other type itself."""
    while isinstance(kind, ListType):
        kind = kind.element
    return kind


def _words_in(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _words_in(one)
    elif isinstance(value, Tuple):
        yield from _words_in(tuple(value.elements.values()))
