"""From a JSON document to a record, at once, where nothing is wrong with it: a function for each part of the schema.

The typed model (`protocol.model`) says what is right, and of what is wrong, what. A document is taken here only where
it plainly fits; anything else is an `OddError`, and left to the model, which takes its time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.identifiers import read_identifier
from precise_cal.protocol.part import Part, check_range, classes_of
from precise_cal.protocol.placeholders import is_placeholder
from precise_cal.protocol.scalars import MAX_ITEMS, MAX_TEXT, read_date, read_decimal, read_instant, read_unit
from precise_cal.protocol.schema.tree import UNIT, VALUE, ListOf, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from precise_cal.protocol.part import Classes
    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, RecordSchema

    Read = Callable[[Any], Any]
    """Makes the value of a field of what JSON holds that is not null. Raises `OddError` or `ValueError`."""

TEXT: Final = Scalar("text")
_PLAIN_PATTERN: Final = re.compile(r"(?:[^\\(]|\\[d.+*?()\[\]{}|^$-]|\((?!\?))*\Z")
"""A regular expression that means the same to Python and to the model, of ASCII text of one line."""


class OddError(Exception):
    """A document, or a part of one, that does not plainly fit."""


def reader_of(schema: RecordSchema) -> Callable[[Any], Part]:
    """The function that makes records of documents. It raises `OddError` or `ValueError` where one does not fit."""
    return _Maker(classes_of(schema)).part(schema.root)


class _Maker:
    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._made: dict[str, Read] = {}

    def part(self, part: PartSchema) -> Read:
        if part.name not in self._made:
            fields = {one.name: (one.attribute, self._field(one)) for one in part.fields}
            self._made[part.name] = _reader(
                self._classes.part(part),
                fields,
                frozenset(one.attribute for one in part.fields if one.required and not one.known),
                tuple((one.attribute, self._type(one.type)) for one in part.fields if one.known),
                part.measured,
            )
        return self._made[part.name]

    def _quantity(self, kind: QuantityKind) -> Read:
        if kind.name not in self._made:
            fields = {one.name: (one.attribute, self._field(one)) for one in (VALUE, UNIT)}
            self._made[kind.name] = _reader(self._classes.quantity(kind), fields, frozenset(), (), kind)
        return self._made[kind.name]

    def _field(self, field: FieldSchema) -> Read:
        read = self._type(field.type)
        if field.known:
            return read
        if field.alternatives:
            read = _either((read, *map(self._type, field.alternatives)))
        if field.required:
            return read
        if TEXT in (field.type, *field.alternatives):
            return lambda value: None if value.__class__ is str and is_placeholder(value) else read(value)
        if field.type.kind == "part" and not field.alternatives:
            return lambda value: _none_if_empty(read(value))
        return read

    def _type(self, kind: FieldType) -> Read:
        match kind:
            case ListOf(item=item):
                return _list_of(self._type(item))
            case PartSchema():
                return self.part(kind)
            case QuantityKind():
                return self._quantity(kind)
        return _scalar(kind)


def _reader(
    cls: type[Part],
    fields: dict[str, tuple[str, Read]],
    required: frozenset[str],
    known: tuple[tuple[str, Read], ...],
    measured: QuantityKind | None,
) -> Read:
    blank: dict[str, Any] = dict.fromkeys(cls.attributes)

    def read(document: Any) -> Part:
        if document.__class__ is not dict or not document.keys() <= fields.keys():
            raise OddError
        values = blank.copy()
        for name, value in document.items():
            if value is not None:
                attribute, read_value = fields[name]
                values[attribute] = read_value(value)
        for attribute, make in known:
            if values[attribute] is None:
                values[attribute] = make({})
        if any(values[attribute] is None for attribute in required):
            raise OddError
        if measured is not None:
            check_range(measured, values[VALUE.name], values[UNIT.name])
        return cls(values)

    return read


def _none_if_empty(part: Part) -> Part | None:
    """A part whose presence says something says nothing where nothing of it is known."""
    return part if any(value is not None for value in part.__dict__.values()) else None


def _list_of(read: Read) -> Read:
    def read_all(value: Any) -> tuple[Any, ...]:
        if value.__class__ is not list or len(value) > MAX_ITEMS:
            raise OddError
        return tuple([read(item) for item in value])

    return read_all


def _either(reads: tuple[Read, ...]) -> Read:
    """The value by the one type that takes it; what several take is left to the model."""

    def read_one(value: Any) -> Any:
        found = []
        for read in reads:
            try:
                found.append(read(value))
            except (OddError, ValueError):
                continue
        if len(found) != 1:
            raise OddError
        return found[0]

    return read_one


def _scalar(kind: Scalar) -> Read:
    if kind.kind == "words":
        return _word(frozenset(kind.words))
    if kind.pattern is not None:
        return _patterned(kind.pattern)
    read = _SCALARS[kind.kind]
    return read if kind.low is None and kind.high is None else _between(read, kind.low, kind.high)


def _word(words: frozenset[str]) -> Read:
    def read(value: Any) -> Any:
        if value.__class__ is not str or value not in words:
            raise OddError
        return value

    return read


def _patterned(pattern: str) -> Read:
    wanted = re.compile(pattern) if pattern.isascii() and _PLAIN_PATTERN.match(pattern) else None

    def read(value: Any) -> Any:
        plain = value.__class__ is str and value.isascii() and value.isprintable()
        if not plain or wanted is None or wanted.search(value) is None:
            raise OddError
        return value

    return read


def _between(read: Read, low: Decimal | None, high: Decimal | None) -> Read:
    def read_within(value: Any) -> Any:
        found = read(value)
        if (low is not None and found < low) or (high is not None and found > high):
            raise OddError
        return found

    return read_within


def _boolean(value: Any) -> Any:
    if value is not True and value is not False:
        raise OddError
    return value


def _integer(value: Any) -> Any:
    if value.__class__ is not int:
        raise OddError
    return value


def _text(value: Any) -> Any:
    if value.__class__ is not str or len(value) > MAX_TEXT:
        raise OddError
    value.encode()  # halves of characters are no text: a ValueError
    return value


_SCALARS: Final[dict[str, Read]] = {
    "boolean": _boolean,
    "integer": _integer,
    "decimal": read_decimal,
    "text": _text,
    "identifier": read_identifier,
    "date": read_date,
    "instant": read_instant,
    "unit": read_unit,
}
