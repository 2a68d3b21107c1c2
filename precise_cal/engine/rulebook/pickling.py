"""Compiled rules as bytes. What is the same in every process is named, not copied: operators, types, classes."""

from __future__ import annotations

import io
import pickle
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import operators, types
from precise_cal.engine.cql.environment import Compiled, Environment
from precise_cal.engine.cql.operators.overload import Overload
from precise_cal.engine.cql.types import ClassType, Element, Type
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

_SIMPLE: Final[dict[int, str]] = {
    id(getattr(types, name)): name for name in dir(types) if isinstance(getattr(types, name), Type)
}
"""The types that are compared by identity, with the names they have in their module."""


def pickled(book: Rulebook) -> bytes:
    """A rulebook with its compiled editions, as bytes for ``pickle.loads``."""
    buffer = io.BytesIO()
    _Pickler(buffer, book.utc_offset_minutes).dump(book)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO, offset_minutes: int) -> None:
        super().__init__(buffer, protocol=pickle.HIGHEST_PROTOCOL)
        self._offset = offset_minutes
        self._elements = {
            id(element): (kind.name, name)
            for kind in classes_of(record_type(offset_minutes)).values()
            for name, element in kind.elements.items()
        }

    def reducer_override(self, value: Any) -> Any:
        """How a value is made anew: a function and its arguments."""
        if id(value) in _SIMPLE:
            return _simple_type, (_SIMPLE[id(value)],)
        reduce = _REDUCERS.get(type(value))
        if reduce is not None:
            return reduce(self, value)
        if is_dataclass(value) and not isinstance(value, type | Rulebook):
            given = [one.name for one in fields(value) if one.init]
            return type(value), tuple(getattr(value, name) for name in given)
        return NotImplemented

    def class_type(self, value: ClassType) -> Any:
        return _class_type, (self._offset, value.name)

    def element(self, value: Element) -> Any:
        return _element, (self._offset, *self._elements[id(value)])

    def overload(self, value: Overload) -> Any:
        return _overload, (value.name, operators.OPERATORS[value.name].index(value))

    def environment(self, value: Environment) -> Any:
        """Its definitions are compiled within it: they are put back when it is there."""
        names = [one.name for one in fields(value) if one.name != "cache"]
        state = {name: one for name, one in value.cache.items() if isinstance(one, Compiled)}
        return Environment, tuple(getattr(value, name) for name in names), state, None, None, _refill


_REDUCERS: Final[dict[type, Callable[[_Pickler, Any], Any]]] = {
    ClassType: _Pickler.class_type,
    Element: _Pickler.element,
    Overload: _Pickler.overload,
    Environment: _Pickler.environment,
}


def _refill(environment: Environment, definitions: dict[str, Compiled]) -> None:
    environment.cache.update(definitions)


def _simple_type(name: str) -> Type:
    found: Type = getattr(types, name)
    return found


@cache
def _classes(offset_minutes: int) -> dict[str, ClassType]:
    return classes_of(record_type(offset_minutes))


def _class_type(offset_minutes: int, name: str) -> ClassType:
    return _classes(offset_minutes)[name]


def _element(offset_minutes: int, owner: str, name: str) -> Element:
    return _classes(offset_minutes)[owner].elements[name]


def _overload(name: str, index: int) -> Overload:
    return operators.OPERATORS[name][index]
