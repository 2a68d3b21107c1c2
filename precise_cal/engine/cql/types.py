"""The types of the rule language. They are immutable and compare by structure; classes compare by identity."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@immutable()
class Type:
    """A type; simple types are told apart by their name."""

    name: str

    @property
    def size(self) -> int:
        """Names and elements in it, at any depth."""
        return 1

    def __str__(self) -> str:
        return self.name


@immutable()
class StringType(Type):
    """String; `allowed` is the closed set of values of a coded field, None where any text may stand."""

    name: str = "String"
    allowed: frozenset[str] | None = field(default=None, compare=False)


@immutable()
class ListType(Type):
    """A list of one element type."""

    name: str = field(default="List", init=False)
    element: Type

    @property
    def size(self) -> int:
        """Names and elements in it, at any depth."""
        return 1 + self.element.size

    def __str__(self) -> str:
        return f"List<{self.element}>"


@immutable()
class IntervalType(Type):
    """An interval over a point type."""

    name: str = field(default="Interval", init=False)
    point: Type

    def __str__(self) -> str:
        return f"Interval<{self.point}>"


@immutable()
class TupleType(Type):
    """Named elements, in order of their names."""

    name: str = field(default="Tuple", init=False)
    elements: tuple[tuple[str, Type], ...]
    _size: int = field(default=0, init=False, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Names and elements in it, at any depth; it is counted once."""
        if not self._size:
            object.__setattr__(self, "_size", 1 + sum(kind.size for _, kind in self.elements))
        return self._size

    @classmethod
    def of(cls, elements: Mapping[str, Type]) -> TupleType:
        """The type of a tuple with these elements."""
        return cls(tuple(sorted(elements.items())))

    def element(self, name: str) -> Type | None:
        """The type of one element."""
        return next((kind for element, kind in self.elements if element == name), None)

    def __str__(self) -> str:
        return "Tuple{" + ", ".join(f"{name} {kind}" for name, kind in self.elements) + "}"


@immutable()
class ChoiceType(Type):
    """One of several types; which one is seen at run time."""

    name: str = field(default="Choice", init=False)
    choices: frozenset[Type]

    @property
    def size(self) -> int:
        """Names and elements in it, at any depth."""
        return sum(kind.size for kind in self.choices)

    def __str__(self) -> str:
        return "Choice<" + ", ".join(sorted(map(str, self.choices))) + ">"


@immutable()
class Element:
    """A property of a class: `read` takes the record object and gives the value, None for unknown.

    `field` is the member of the JSON object that holds it. Where `attribute` is set, the value is that attribute of
    the record object, or an attribute of an attribute (`uln.quantity`); an instant whose offset is another one than
    `offset` takes `read`. `always`: it is never null. `members`: those that the value is made of, where `field` is
    empty. `like`: the unit that the one of a quantity can be converted to, where it is bound to one.
    """

    name: str
    type: Type
    read: Callable[[Any], Any] = field(compare=False)
    field: str
    attribute: str | None = None
    offset: int | None = None
    always: bool = False
    members: tuple[str, ...] = ()
    like: str | None = None


@immutable(eq=False)
class ClassType(Type):
    """A class of record objects. It may be recursive, therefore it compares by identity."""

    name: str
    elements: Mapping[str, Element] = field(repr=False)

    __eq__ = object.__eq__
    __hash__ = object.__hash__


@immutable()
class Variable(Type):
    """A type variable in the signature of an operator."""


ANY: Final = Type("Any")
NOTHING: Final = Type("Any ")
"""The type of `null`: it converts to every type. It is written Any, as the specification does."""
BOOLEAN: Final = Type("Boolean")
INTEGER: Final = Type("Integer")
LONG: Final = Type("Long")
DECIMAL: Final = Type("Decimal")
STRING: Final = StringType()
DATE: Final = Type("Date")
DATE_TIME: Final = Type("DateTime")
TIME: Final = Type("Time")
QUANTITY: Final = Type("Quantity")
RATIO: Final = Type("Ratio")

SIMPLE: Final[Mapping[str, Type]] = {
    kind.name: kind for kind in (ANY, BOOLEAN, INTEGER, LONG, DECIMAL, STRING, DATE, DATE_TIME, TIME, QUANTITY, RATIO)
}
"""The types that can be named, but for those of terminology."""
TERMINOLOGY: Final = frozenset({"Code", "Concept", "CodeSystem", "ValueSet", "Vocabulary"})
ORDERED: Final = (INTEGER, LONG, DECIMAL, QUANTITY, DATE, DATE_TIME, TIME)
"""The types that have minimum, maximum, predecessor and successor, and so may be points of an interval."""


def choice(types: frozenset[Type]) -> Type:
    """The narrowest type that takes in all of these."""
    flat: set[Type] = set()
    for kind in types:
        flat |= kind.choices if isinstance(kind, ChoiceType) else {kind}
    if ANY in flat:
        return ANY
    if len(flat) > 1:
        flat.discard(NOTHING)
    return next(iter(flat)) if len(flat) == 1 else ChoiceType(frozenset(flat))


def plain(kind: Type) -> Type:
    """The type without the value set of a coded field."""
    return STRING if isinstance(kind, StringType) else kind
