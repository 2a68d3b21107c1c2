"""Value classes, of which a start makes a hundred and a run makes millions."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def immutable(*, eq: bool = True) -> Callable[[type[_Class]], type[_Class]]:
    """A class decorator: a dataclass with slots that nobody assigns to, compared by its fields if `eq`.

    It means what `dataclass(frozen=True, slots=True)` does, at a third of the cost. The type checker holds that nobody
    assigns; Python would check it at every assignment of `__init__`. Equality, hash and text are the same functions
    for every class, instead of code that is compiled for each at every start.
    """

    def decorate(cls: type[_Class]) -> type[_Class]:
        make: Any = dataclass(slots=True, eq=False, repr=False)
        made: Any = make(cls)
        if made.__repr__ is object.__repr__ or "__repr__" not in cls.__dict__:
            made.__repr__ = _text
        if eq:
            _compare_by_fields(made)
        decorated: type[_Class] = made
        return decorated

    return decorate


def _text(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"


def _compare_by_fields(cls: Any) -> None:
    names = [one.name for one in fields(cls) if one.compare]
    values: Callable[[Any], Any] = attrgetter(*names) if names else type

    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    cls.__eq__ = equal
    cls.__hash__ = hashed
