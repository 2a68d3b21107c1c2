"""The typed syntax tree: what an expression means, every name resolved and every conversion written out.

It is small, immutable and public: whatever runs the same rules works on it. `start` and `end` are offsets into the
text of the expression, or of the definition, in which the node stands. Nodes are told apart by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.cql.operators.overload import Overload
    from precise_cal.engine.cql.types import Element, Type


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A typed part of an expression."""

    type: Type
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Tree):
    """A value that is known before evaluation; `parameter` is the path of the parameter it comes from."""

    value: Any
    parameter: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Context(Tree):
    """The record object whose elements are visible as bare names."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope(Tree):
    """The scope variable, such as `lesion`."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Variable(Tree):
    """An alias of a query source, a `let`, an operand of a function, or an accumulator; unique by `slot`."""

    name: str
    slot: int


@dataclass(frozen=True, slots=True, eq=False)
class Definition(Tree):
    """The value of a named definition."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Property(Tree):
    """An element of a record object."""

    source: Tree
    element: Element


@dataclass(frozen=True, slots=True, eq=False)
class Part(Tree):
    """An element of a tuple, or `value`, `unit`, `low`, `high` … of a value that has them."""

    source: Tree
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Call(Tree):
    """An operator, its overload chosen; `precision` is that of a comparison or calculation to a precision."""

    overload: Overload
    operands: tuple[Tree, ...]
    precision: str | None = None

    @property
    def name(self) -> str:
        """The name of the operator in the reference."""
        return self.overload.name


@dataclass(frozen=True, slots=True, eq=False)
class Convert(Tree):
    """An implicit conversion inside lists, intervals and tuples, or a choice narrowed to one of its types."""

    operand: Tree


@dataclass(frozen=True, slots=True, eq=False)
class As(Tree):
    """`operand as type`; null where the value is of another type, an error if `strict`."""

    operand: Tree
    strict: bool


@dataclass(frozen=True, slots=True, eq=False)
class Is(Tree):
    """`operand is target`."""

    operand: Tree
    target: Type


@dataclass(frozen=True, slots=True, eq=False)
class If(Tree):
    """`if condition then yes else no`; a `case` is a chain of them."""

    condition: Tree
    yes: Tree
    no: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Let(Tree):
    """Values bound to variables within the body."""

    bindings: tuple[tuple[Variable, Tree], ...]
    body: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Inlined(Tree):
    """The body of a function in place of its call; offsets within the body are those of the function's text.

    `name` is the function's; `arguments` stand in the body in place of the operands; `scope` is the scope variable that
    the function may read.
    """

    name: str
    code: Code
    body: Tree
    arguments: tuple[Tree, ...]
    scope: str | None


@dataclass(frozen=True, slots=True, eq=False)
class MakeList(Tree):
    """A list of these elements."""

    elements: tuple[Tree, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MakeTuple(Tree):
    """A tuple, or a quantity or ratio, of these elements."""

    elements: tuple[tuple[str, Tree], ...]


@dataclass(frozen=True, slots=True, eq=False)
class MakeInterval(Tree):
    """An interval of these bounds."""

    low: Tree
    high: Tree
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True, eq=False)
class QuerySource:
    """A source: its variable runs over the elements of the list, or is the value itself if that is `single`."""

    variable: Variable
    tree: Tree
    single: bool


@dataclass(frozen=True, slots=True, eq=False)
class QueryRelationship:
    """`with` (`present`) or `without` an element of the source that meets the condition."""

    source: QuerySource
    condition: Tree
    present: bool


@dataclass(frozen=True, slots=True, eq=False)
class QueryAggregate:
    """`aggregate accumulator starting start: body`."""

    accumulator: Variable
    starting: Tree
    body: Tree
    distinct: bool


@dataclass(frozen=True, slots=True, eq=False)
class QuerySort:
    """A sort key, an expression of the variable `element`; None for the element itself."""

    key: Tree | None
    descending: bool


@dataclass(frozen=True, slots=True, eq=False)
class Query(Tree):
    """A query. `single`: the result is one value, not a list, because every source is."""

    sources: tuple[QuerySource, ...]
    lets: tuple[tuple[Variable, Tree], ...]
    relationships: tuple[QueryRelationship, ...]
    where: Tree | None
    returning: Tree | None
    distinct: bool
    aggregate: QueryAggregate | None
    sort: tuple[QuerySort, ...]
    element: Variable | None
    single: bool
    names: tuple[str, ...] = field(default=())


_PARTS: Final = (Tree, QuerySource, QueryRelationship, QueryAggregate, QuerySort)
HOLDING: Final = (*_PARTS, tuple)
"""What can hold a tree."""


@cache
def _fields_of(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.name not in ("type", "start", "end"))


def children(part: Any) -> Iterator[Any]:
    """What a tree, or a part of a query, is made of."""
    if isinstance(part, _PARTS):
        kind: Any = type(part)
        yield from (getattr(part, name) for name in _fields_of(kind))


def nodes(part: Any) -> Iterator[Tree]:
    """A tree, and every tree within it, those on the left first."""
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Tree):
            yield one
        inner = one if isinstance(one, tuple) else children(one)
        waiting += reversed([each for each in inner if isinstance(each, HOLDING)])


def slots_of(part: Any) -> frozenset[int]:
    """The variables that a tree reads or binds."""
    return frozenset(node.slot for node in nodes(part) if isinstance(node, Variable))
