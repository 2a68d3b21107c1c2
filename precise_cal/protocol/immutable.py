"""Value classes that are made in great numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def immutable(*, compare: bool = True) -> Callable[[type[_Class]], type[_Class]]:
    """A class decorator: a dataclass with slots that nobody assigns to.

    The type checker holds that, as it does for `dataclass(frozen=True)`. Python would check it at every single
    assignment of `__init__`, which triples what an object costs; a report has some two hundred of them a participant.
    """

    def decorate(cls: type[_Class]) -> type[_Class]:
        make: Any = dataclass(slots=True, eq=compare, unsafe_hash=compare)
        made: type[_Class] = make(cls)
        return made

    return decorate
