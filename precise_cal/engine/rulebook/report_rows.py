"""Rows of ``report.yaml``: a date of the record, for each item where lists lead to it, and expressions about it."""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.reads import reads
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.types import DECIMAL, INTEGER, ClassType, Element
from precise_cal.protocol.elapsed import days_after, hours_after
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.part import value_of
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.walk import reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.engine.cql.environment import Compiled, FunctionSource
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.schema.tree import FieldSchema, PartSchema
    from precise_cal.protocol.temporal import Date, DateTime

HOURS: Final = "Hours"
"""Hours from day zero to the row's moment, as far as both are known to the hour."""
DAY: Final = "Day"
"""Calendar days from day zero to the row's moment."""


@immutable()
class Row:
    """A row as written, with its expressions compiled.

    Attributes:
        path: the fields that lead to the moment.
        fields: the same, as the schema has them.
        until: the field beside the moment that says until when.
        where: of fields beside it, the words that make it this row.
        source: the field that is pointed to instead.
        texts: what stands there as it is: a name, a shape.
        values: expressions by name; each is shown or asked for.
    """

    path: tuple[str, ...]
    fields: tuple[FieldSchema, ...]
    until: FieldSchema | None
    where: tuple[tuple[str, frozenset[str]], ...]
    source: tuple[str, ...] | None
    texts: Mapping[str, str]
    values: Mapping[str, tuple[Compiled, ...]]

    @property
    def places(self) -> Iterator[tuple[str, ...]]:
        """The fields of the record that the row reads, as paths."""
        yield self.path
        yield from ((*self.path[:-1], name) for name, _ in self.where)
        items = {part.name: self.path[: place + 1] for place, part in _items_on(self.fields)}
        for first, *rest in reads(*(one for several in self.values.values() for one in several)).paths:
            if first not in (HOURS, DAY):
                yield (*items.get(first, (first,)), *rest)


@immutable()
class Reading:
    """A row of one record.

    Attributes:
        at: the moment as recorded.
        until: as recorded.
        pointer: the JSON Pointer of the moment.
        source: that of what the row is about: the item of a list, else the field.
        texts: as written.
        values: of the expressions, by name, those that are unknown left out.
    """

    at: Date | DateTime | None
    until: Date | DateTime | None
    pointer: str
    source: str
    texts: Mapping[str, str]
    values: Mapping[str, tuple[Any, ...]]

    def value(self, name: str) -> Any:
        """The value of an expression that stands alone; None where it is unknown or absent."""
        return next(iter(self.values.get(name, ())), None)


def environment_of(
    record: ClassType, classes: Mapping[str, ClassType], functions: tuple[FunctionSource, ...], parts: Sequence[str]
) -> Environment:
    """The names that the expressions of a row may use: the record's fields, the items on its path, hours and day."""
    bound = {
        HOURS: Element(HOURS, DECIMAL, attrgetter(HOURS), HOURS, HOURS),
        DAY: Element(DAY, INTEGER, attrgetter(DAY), DAY, DAY),
        **{name: Element(name, classes[name], attrgetter(name), name, name) for name in parts},
    }
    return Environment(ClassType(record.name, {**record.elements, **bound}), functions=functions, classes=classes)


def parts_on(fields: Sequence[FieldSchema]) -> list[str]:
    """The names of the parts that are items of lists on a path."""
    return [part.name for _, part in _items_on(fields)]


def _items_on(fields: Sequence[FieldSchema]) -> Iterator[tuple[int, PartSchema]]:
    """The parts that are items of lists on a path, each with its place in it."""
    for place, one in enumerate(fields):
        if one.rows is not None:
            yield place, one.rows


class Bound:
    """A record with the items of a row beside its fields."""

    def __init__(self, record: Part, names: Mapping[str, Any]) -> None:
        self._record, self._names = record, names

    def __getattr__(self, name: str) -> Any:
        names = self._names
        return names[name] if name in names else getattr(self._record, name)


def readings(rows: Sequence[Row], record: Part, day_zero: Date | DateTime | None, offset_minutes: int) -> list[Reading]:
    """The rows of a record, in order; rows of one list that follow each other stand together, item by item."""
    found = [
        (place, reading)
        for index, row in enumerate(rows)
        for place, reading in _readings(row, index, _group(rows, index), record, day_zero, offset_minutes)
    ]
    return [reading for _, reading in sorted(found, key=lambda one: one[0])]


def _group(rows: Sequence[Row], index: int) -> int:
    """The first row of those that follow each other within one list."""
    if rows[index].fields[0].is_list:
        while index and rows[index - 1].path[0] == rows[index].path[0]:
            index -= 1
    return index


def _readings(
    row: Row, index: int, group: int, record: Part, day_zero: Date | DateTime | None, offset: int
) -> Iterator[tuple[tuple[int, ...], Reading]]:
    for owner, steps, items in reached(record, row.fields[:-1]):
        if any(value_of(owner, name) not in words for name, words in row.where):
            continue
        at = getattr(owner, row.fields[-1].attribute)
        hours, day = hours_after(day_zero, at), days_after(day_zero, at, offset)
        names = {HOURS: None if hours is None else Decimal(str(hours)), DAY: day, **items}
        values = _values(row, Bound(record, names), offset)
        if values.get("when", (True,)) != (True,):
            continue
        first, *others = [step for step in steps if isinstance(step, int)] or [-1]
        yield (
            (group, first, index, *others),
            Reading(
                at=at,
                until=getattr(owner, row.until.attribute) if row.until else None,
                pointer=pointer_of((*steps, row.path[-1])),
                source=_source(row, owner, steps),
                texts=row.texts,
                values=values,
            ),
        )


def _values(row: Row, record: Any, offset: int) -> dict[str, tuple[Any, ...]]:
    found = {}
    for name, expressions in row.values.items():
        evaluated = (evaluate(one, State(record=record, utc_offset_minutes=offset)) for one in expressions)
        found[name] = tuple(value for value in evaluated if value is not None)
    return found


def _source(row: Row, owner: Part, steps: tuple[str | int, ...]) -> str:
    """Where to look: the item of a list, without its number where only its moment may be seen; else the field."""
    if row.source is not None:
        return pointer_of(row.source)
    if not steps or not isinstance(steps[-1], int):
        return pointer_of((*steps, row.path[-1]))
    reveals = row.fields[-2].reveals
    if reveals is not None and reveals.sparing is not None and _knows_only(owner, reveals.sparing):
        return pointer_of(steps[:-1])
    return pointer_of(steps)


def _knows_only(part: Part, name: str) -> bool:
    return all(getattr(part, one.attribute) is None for one in part.form.fields if one.name != name)
