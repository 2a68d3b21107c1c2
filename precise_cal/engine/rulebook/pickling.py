"""Compiled rules as bytes. What is the same in every process is named, not copied: operators, types, classes."""

from __future__ import annotations

import io
import pickle
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import types
from precise_cal.engine.cql.environment import Compiled, Environment, Meaning
from precise_cal.engine.cql.operators.overload import Overload
from precise_cal.engine.cql.types import ANY, ClassType, Element, Type
from precise_cal.engine.later import Later, Store
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.edition import Names
from precise_cal.engine.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.protocol.schema.tree import RecordSchema

_SIMPLE: Final[dict[int, str]] = {
    id(getattr(types, name)): name for name in dir(types) if isinstance(getattr(types, name), Type)
}
"""The types that are compared by identity, with the names they have in their module."""


def pickled(book: Rulebook) -> tuple[bytes, bytes]:
    """A rulebook with its compiled editions as bytes for `unpickled`: what judging needs, and what it does not."""
    buffer, rest = io.BytesIO(), io.BytesIO()
    light = _LightPickler(buffer, book)
    light.dump(book)
    _Pickler(rest, book).dump(light.later_values)
    return buffer.getvalue(), rest.getvalue()


def unpickled(data: memoryview, rest: bytes) -> Rulebook:
    """The rulebook. Raises what `pickle` raises for damaged bytes, and TypeError where they are something else."""
    unpickler = _Unpickler(io.BytesIO(data))
    unpickler.store = Store(rest)
    found = unpickler.load()
    if not isinstance(found, Rulebook):
        raise TypeError("is no rulebook")
    return found


class _Unpickler(pickle.Unpickler):
    store: Store

    def persistent_load(self, pid: Any) -> Any:
        """What stands outside: what is read later."""
        return self.store


class _Pickler(pickle.Pickler):
    def __init__(self, buffer: io.BytesIO, book: Rulebook) -> None:
        super().__init__(buffer, protocol=pickle.HIGHEST_PROTOCOL)
        self._book = book
        self._of_record = book.schema, book.utc_offset_minutes
        self._elements = {
            id(element): (kind.name, name)
            for kind in classes_of(record_type(*self._of_record)).values()
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
        return _class_type, (*self._of_record, value.name)

    def element(self, value: Element) -> Any:
        return _element, (*self._of_record, *self._elements[id(value)])

    def overload(self, value: Overload) -> Any:
        from precise_cal.engine.cql.operators import OPERATORS

        return _overload, (value.name, OPERATORS[value.name].index(value))

    def environment(self, value: Environment) -> Any:
        """Its definitions are compiled within it: they are put back when it is there."""
        names = [one.name for one in fields(value) if one.compare]
        return Environment, tuple(getattr(value, name) for name in names), value.compiled, None, None, _refill

    def later(self, value: Later[Any]) -> Any:
        return Later, (value.value,)

    def compiled(self, value: Compiled) -> Any:
        """Without its functions, which are written again from its meaning."""
        return Compiled, (value.code, value.meaning, value.name, value.scope)


class _LightPickler(_Pickler):
    """Sets aside what is read later."""

    def __init__(self, buffer: io.BytesIO, book: Rulebook) -> None:
        super().__init__(buffer, book)
        self.later_values: list[Any] = []
        self._store = Store(b"")

    def persistent_id(self, value: Any) -> Any:
        """What stands outside."""
        return "store" if value is self._store else None

    def later(self, value: Later[Any]) -> Any:
        """Meanings share trees and names, so that they stand together; anything else is by itself."""
        if isinstance(value.value, Meaning | Names):
            self.later_values.append(value.value)
            return Later, (None, self._store, len(self.later_values) - 1)
        alone = io.BytesIO()
        _Pickler(alone, self._book).dump([value.value])
        return Later, (None, Store(alone.getvalue()))

    def compiled(self, value: Compiled) -> Any:
        return Compiled, (value.code, value.meaning, value.name, value.scope, value.units)

    def element(self, value: Element) -> Any:
        """All but the type, which nothing asks for that runs, and which would bring the whole record's with it."""
        return Element, (value.name, ANY, value.read, value.field, value.attribute, value.offset, value.always)


_REDUCERS: Final[dict[type, Callable[[_Pickler, Any], Any]]] = {
    ClassType: _Pickler.class_type,
    Element: lambda pickler, value: pickler.element(value),
    Overload: _Pickler.overload,
    Environment: _Pickler.environment,
    Later: lambda pickler, value: pickler.later(value),
    Compiled: lambda pickler, value: pickler.compiled(value),
}


def _refill(environment: Environment, definitions: dict[str, Compiled]) -> None:
    environment.compiled.update(definitions)


def _simple_type(name: str) -> Type:
    found: Type = getattr(types, name)
    return found


@cache
def _classes(schema: RecordSchema, offset_minutes: int) -> dict[str, ClassType]:
    return classes_of(record_type(schema, offset_minutes))


def _class_type(schema: RecordSchema, offset_minutes: int, name: str) -> ClassType:
    return _classes(schema, offset_minutes)[name]


def _element(schema: RecordSchema, offset_minutes: int, owner: str, name: str) -> Element:
    return _classes(schema, offset_minutes)[owner].elements[name]


def _overload(name: str, index: int) -> Overload:
    from precise_cal.engine.cql.operators import OPERATORS

    return OPERATORS[name][index]
