"""The participant record as the rule language sees it: classes with typed elements, made from its schema.

Three things differ from the file. A quantity is one value, unknown while its number or its unit is. An instant is
moved to the offset in which the study counts calendar days. A date where an instant is expected is an instant whose
time is unknown.
"""

from __future__ import annotations

import datetime
from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    QUANTITY,
    STRING,
    ClassType,
    Element,
    ListType,
    StringType,
    Type,
)
from precise_cal.protocol.part import Part
from precise_cal.protocol.schema.tree import QUANTITY as WHOLE
from precise_cal.protocol.schema.tree import UNIT, VALUE, ListOf, PartSchema, QuantityKind, Scalar
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, RecordSchema

_SCALARS: Final[dict[str, Type]] = {
    "boolean": BOOLEAN,
    "integer": INTEGER,
    "decimal": DECIMAL,
    "text": STRING,
    "identifier": STRING,
    "unit": STRING,
    "date": DATE,
    "instant": DATE_TIME,
}


@cache
def record_type(schema: RecordSchema, offset_minutes: int) -> ClassType:
    """The class of the records of a schema, its instants at an offset from UTC, in minutes."""
    return _RecordTypes(offset_minutes).class_of(schema.root)


def read_in_vain(
    schema: RecordSchema, offset_minutes: int, record: Part, path: tuple[str, ...]
) -> tuple[Part, Element, None] | None:
    """That a field was read, and nothing stood there; None where the part that would hold it is absent itself."""
    *above, name = path
    kind: Type = record_type(schema, offset_minutes)
    owner: Any = record
    for step in above:
        assert isinstance(kind, ClassType)
        element = kind.elements[step]
        owner, kind = element.read(owner), element.type
        if owner is None:
            return None
    assert isinstance(kind, ClassType)
    return owner, kind.elements[name], None


def classes_of(record: ClassType) -> dict[str, ClassType]:
    """Every class that a record class holds, itself included, by name."""
    found: dict[str, ClassType] = {}
    waiting = [record]
    while waiting:
        kind = waiting.pop()
        if kind.name in found:
            continue
        found[kind.name] = kind
        inner = (element.type for element in kind.elements.values())
        waiting += [part for part in map(_element_of, inner) if isinstance(part, ClassType)]
    return found


def _element_of(kind: Type) -> Type:
    return kind.element if isinstance(kind, ListType) else kind


class _RecordTypes:
    def __init__(self, offset_minutes: int) -> None:
        self.offset_minutes = offset_minutes
        self.classes: dict[str, ClassType] = {}

    def class_of(self, part: PartSchema) -> ClassType:
        if part.name not in self.classes:
            elements = {one.name: self.element(one) for one in part.fields}
            if part.has_quantity:
                members = part.amount or (VALUE.name, UNIT.name)
                like = _like(part.measured) if part.measured else None
                elements[WHOLE] = Element(WHOLE, QUANTITY, attrgetter(WHOLE), "", WHOLE, members=members, like=like)
            self.classes[part.name] = ClassType(part.name, elements)
        return self.classes[part.name]

    def element(self, field: FieldSchema) -> Element:
        kind, convert = self.typed(field.type)
        convert = _part_only if field.alternatives else convert
        name = field.attribute
        read = attrgetter(name) if convert is None else partial(_converted, name, convert)
        always = field.required or field.known
        like = _like(field.inner)
        return Element(field.name, kind, read, field.name, _attribute(field), self.offset_minutes, always, like=like)

    def typed(self, kind: FieldType) -> tuple[Type, Callable[[Any], Any] | None]:
        """The type in the rule language, and what makes its value of a recorded one, where that is another."""
        match kind:
            case ListOf(item=item):
                of_item, convert = self.typed(item)
                return ListType(of_item), None if convert is None else partial(_each, convert)
            case PartSchema():
                return self.class_of(kind), None
            case QuantityKind():
                return QUANTITY, _whole
            case Scalar(kind="words", words=words):
                return StringType(allowed=frozenset(words)), None
        return _SCALARS[kind.kind], partial(_at_ours, self.offset_minutes) if kind.kind == "instant" else None


def _like(kind: FieldType) -> str | None:
    """The unit that a quantity is bound to."""
    return kind.like or None if isinstance(kind, QuantityKind) else None


def _attribute(field: FieldSchema) -> str | None:
    """The attribute that holds the value itself, but for the offset of an instant; None where there is none."""
    if field.alternatives or (field.is_list and field.inner.kind in ("quantity", "instant")):
        return None
    return f"{field.attribute}.{WHOLE}" if field.type.kind == "quantity" else field.attribute


def _converted(name: str, convert: Callable[[Any], Any], part: Any) -> Any:
    value = getattr(part, name)
    return None if value is None else convert(value)


def _each(convert: Callable[[Any], Any], values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(map(convert, values))


def _whole(measured: Any) -> Any:
    return measured.quantity


def _part_only(value: Any) -> Any:
    """Rules read the part that a field holds; what stands in its place is not known to them."""
    return value if isinstance(value, Part) else None


def _at_ours(offset_minutes: int, moment: DateTime) -> DateTime:
    if moment.offset_minutes is None or moment.offset_minutes == offset_minutes:
        return moment
    return at_offset(moment, offset_minutes)


def at_offset(moment: DateTime, offset_minutes: int) -> DateTime:
    """The same instant, told at another offset from UTC; seconds that were not recorded stay unknown."""
    shift = datetime.timedelta(minutes=offset_minutes - (moment.offset_minutes or 0))
    there = datetime.datetime(  # noqa: DTZ001 - the offset is added by hand, so that unknown seconds stay unknown
        moment.year, moment.month or 1, moment.day or 1, moment.hour or 0, moment.minute or 0
    )
    there += shift
    return DateTime(
        there.year, there.month, there.day, there.hour, there.minute, moment.second, moment.millisecond, offset_minutes
    )
