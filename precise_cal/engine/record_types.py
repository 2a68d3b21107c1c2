"""The participant record as the rule language sees it: classes with typed elements, made from the Pydantic models.

Three things differ from the file. A quantity is one value, unknown while its number or its unit is. An instant is
moved to the offset in which the study counts calendar days. A date where an instant is expected is an instant whose
time is unknown.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import cache, partial
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

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
from precise_cal.protocol.from_json import choices_of
from precise_cal.protocol.part import Measured, Part
from precise_cal.protocol.record import Record
from precise_cal.protocol.temporal import Date, DateTime

if TYPE_CHECKING:
    from collections.abc import Callable

_SIMPLE: Final[dict[Any, Type]] = {
    bool: BOOLEAN,
    int: INTEGER,
    str: STRING,
    Decimal: DECIMAL,
    Date: DATE,
}


@cache
def record_type(offset_minutes: int) -> ClassType:
    """The class of a participant record, its instants at an offset from UTC, in minutes."""
    return _RecordTypes(offset_minutes).class_of(Record)


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
        self.classes: dict[type[Part], ClassType] = {}

    def class_of(self, part: type[Part]) -> ClassType:
        if part not in self.classes:
            elements = {name: self.element(name, field.annotation) for name, field in part.model_fields.items()}
            for name, field_name in part.derived.items():
                elements[name] = Element(name, QUANTITY, attrgetter(name), field_name, name)
            self.classes[part] = ClassType(part.__name__, elements)
        return self.classes[part]

    def element(self, name: str, annotation: Any) -> Element:
        kind, read = self.typed(name, annotation)
        path = f"{name}.quantity" if kind is QUANTITY else name
        always = get_origin(annotation) is not tuple and NoneType not in get_args(annotation)
        return Element(name, kind, read, name, path, self.offset_minutes, always)

    def typed(self, name: str, annotation: Any) -> tuple[Type, Callable[[Any], Any]]:
        words = choices_of(annotation)
        members = [member for member in get_args(annotation) if member is not NoneType] or [annotation]
        inner = members[0]
        if get_origin(annotation) is tuple or get_origin(inner) is tuple:
            item = get_args(annotation if get_origin(annotation) is tuple else inner)[0]
            kind, _ = self.typed(name, item)
            return ListType(kind), attrgetter(name)
        if words:
            return StringType(allowed=frozenset(words)), attrgetter(name)
        plain = getattr(inner, "__origin__", inner)
        return self.scalar(name, plain)

    def scalar(self, name: str, plain: Any) -> tuple[Type, Callable[[Any], Any]]:
        if plain is DateTime:
            return DATE_TIME, partial(_read_instant, name, self.offset_minutes)
        if isinstance(plain, type) and issubclass(plain, Measured) and not plain.derived:
            return QUANTITY, partial(_read_quantity, name)
        if isinstance(plain, type) and issubclass(plain, Part):
            return self.class_of(plain), attrgetter(name)
        return _SIMPLE[plain], attrgetter(name)


def _read_quantity(name: str, part: Any) -> Any:
    measured = getattr(part, name)
    return None if measured is None else measured.quantity


def _read_instant(name: str, offset_minutes: int, part: Any) -> Any:
    moment = getattr(part, name)
    if moment is None or moment.offset_minutes is None or moment.offset_minutes == offset_minutes:
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
