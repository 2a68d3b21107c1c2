"""The syntax tree as it is read, before names and types are known. `start` and `end` are offsets into the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from precise_cal.engine.cql.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """A type specifier: `List<Integer>`, `Tuple{a Integer}`, `System.Quantity`."""

    name: str
    arguments: tuple[TypeName, ...] = ()
    elements: tuple[tuple[str, TypeName], ...] = ()


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value that is written out."""

    value: Any
    type: Type


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An identifier."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`source.name`."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Invocation(Node):
    """`name(arguments)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """An operator, by its name in the reference, and the precision of the comparison or calculation if it has one."""

    name: str
    operands: tuple[Node, ...]
    precision: str | None = None


@dataclass(frozen=True, slots=True)
class TypeOperation(Node):
    """`operand is type`, `operand as type`, `cast operand as type`, `convert operand to type`."""

    kind: str
    operand: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class Extent(Node):
    """`minimum type` or `maximum type`."""

    kind: str
    type: TypeName


@dataclass(frozen=True, slots=True)
class Offset:
    """`3 days or more`: a quantity, and how it bounds: `exactly`, `or less`, `or more`, `less than`, `more than`."""

    quantity: Literal
    bound: str


@dataclass(frozen=True, slots=True)
class Timing(Node):
    """A timing phrase: `left starts 3 days or less on or before day of start right`.

    `relation` is one of SameAs, SameOrBefore, SameOrAfter, Before, After, Within; `left_edge` and `right_edge` are
    None, `start` or `end`.
    """

    relation: str
    left: Node
    right: Node
    precision: str | None = None
    offset: Offset | None = None
    left_edge: str | None = None
    right_edge: str | None = None
    properly: bool = False


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then yes else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Case(Node):
    """`case comparand when a then b … else c end`."""

    comparand: Node | None
    items: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class IntervalSelector(Node):
    """`Interval[low, high)`."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class ListSelector(Node):
    """`List<type>{ elements }`."""

    elements: tuple[Node, ...]
    type: TypeName | None = None


@dataclass(frozen=True, slots=True)
class TupleSelector(Node):
    """`Tuple{ name: value }`; with a type name, an instance: `Quantity{ value: 1.0, unit: 'mm' }`."""

    elements: tuple[tuple[str, Node], ...]
    type: TypeName | None = None


@dataclass(frozen=True, slots=True)
class Source(Node):
    """`(expression) alias`, a source of a query."""

    expression: Node
    alias: str


@dataclass(frozen=True, slots=True)
class Relationship(Node):
    """`with source such that condition`; `present` is false for `without`."""

    source: Source
    condition: Node
    present: bool


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """`aggregate [all|distinct] name starting start: body`."""

    name: str
    starting: Node | None
    body: Node
    distinct: bool


@dataclass(frozen=True, slots=True)
class SortItem(Node):
    """One key of `sort by`; without an expression the element itself."""

    expression: Node | None
    descending: bool


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A query with all its clauses."""

    sources: tuple[Source, ...]
    lets: tuple[tuple[str, Node], ...] = ()
    relationships: tuple[Relationship, ...] = ()
    where: Node | None = None
    returning: Node | None = None
    distinct: bool = True
    aggregate: Aggregate | None = None
    sort: tuple[SortItem, ...] = ()
