"""From a record to the rows of every table."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.layout.exact import (
    UnfitError,
    day_bounds,
    exact_decimal,
    exact_quantity,
    instant_bounds,
    places_of,
)
from precise_cal.cohort.layout.tables import columns_of, layout
from precise_cal.language.catalog import placed, words_of
from precise_cal.protocol.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.cohort.layout.tables import Field, Table
    from precise_cal.protocol.schema.tree import PartSchema, RecordSchema

    Cells = tuple[Any, ...]

Rows = dict[str, list[tuple[Any, ...]]]
"""Rows by table; the cells of a row are in the order of the table's columns."""


class Flattener:
    """Adds records to rows, one after another.

    Args:
        schema: the form of the records.
        offset_minutes: the clock of the study, from UTC.
    """

    def __init__(self, schema: RecordSchema, offset_minutes: int) -> None:
        self.offset_minutes = offset_minutes
        self._layout = layout(schema)
        self.rows: Rows = {table.name: [] for table in self._layout.walk()}
        self._unfit: list[str] = []

    def add(self, record: Part, number: int) -> None:
        """Add a participant with its number in the cohort."""
        self._unfit = []
        row = self._row(self._layout, record, (number,), "")
        self.rows[self._layout.name].append((*row, "; ".join(self._unfit) or None))

    def _row(self, table: Table, part: Part, keys: tuple[int, ...], pointer: str) -> tuple[Any, ...]:
        cells: list[Any] = list(keys)
        for field, getter, convert, nulls in _plan(table):
            value = getter(part)
            if value is None:
                cells += nulls
                continue
            try:
                cells += convert(value, self.offset_minutes)
            except UnfitError as reason:
                self._unfit.append(placed(f"{pointer}/{'/'.join(field.path)}", words_of(reason)))
                cells += _raw(field, value) + nulls[len(_raw(field, value)) :]
        for child in table.children:
            cells.append(self._list(table, child, part, keys, pointer))
        return tuple(cells)

    def _list(self, table: Table, child: Table, part: Part, keys: tuple[int, ...], pointer: str) -> int | None:
        items = _reader(table.part, child.path)(part)
        if items is None:
            return None
        rows, here = self.rows[child.name], f"{pointer}/{'/'.join(child.path)}"
        for index, item in enumerate(items):
            rows.append(self._row(child, item, (*keys, index), f"{here}/{index}"))
        return len(items)


@cache
def _plan(table: Table) -> list[tuple[Field, Callable[[Any], Any], Callable[[Any, int], Cells], Cells]]:
    return [
        (field, _getter(table.part, field), _CONVERT[field.kind], (None,) * len(columns_of(field, table.part)))
        for field in table.fields
    ]


def _getter(part: PartSchema, field: Field) -> Callable[[Any], Any]:
    if field.kind == "presence":
        owner = _reader(part, field.path[:-1])
        return lambda part: owner(part) is not None
    return _reader(part, field.path)


@cache
def _reader(part: PartSchema, path: tuple[str, ...]) -> Callable[[Any], Any]:
    """What reads the value at a path from a part; None where a part on the way is absent, or something else instead."""
    names = _attributes(part, path)
    if len(names) == 1:
        return attrgetter(names[0])

    def read(value: Any) -> Any:
        for name in names:
            value = getattr(value, name) if isinstance(value, Part) else None
        return value

    return read


def _attributes(part: PartSchema, path: tuple[str, ...]) -> list[str]:
    fields = part.along(path)
    return [*(one.attribute for one in fields), *path[len(fields) :]]


def _plain(value: Any, _offset: int) -> Cells:
    return (value,)


def _listed(values: Any, _offset: int) -> Cells:
    return ([_text(value) for value in values],)


def _instead(value: Any, _offset: int) -> Cells:
    return (None if isinstance(value, Part) else _text(value),)


def _text(value: Any) -> str:
    """A value as JSON holds it: texts bare, a measured value as an object."""
    if isinstance(value, Part):
        return json.dumps(_known(value), ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value) if isinstance(value, bool) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def _known(part: Part) -> dict[str, Any]:
    """What is known of a part, as JSON."""
    values = {one: getattr(part, one) for one in part.attributes}
    return {
        name: value if isinstance(value, bool | int) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _date(value: Any, _offset: int) -> Cells:
    return (str(value), *day_bounds(value))


def _instant(value: Any, offset: int) -> Cells:
    return (str(value), *instant_bounds(value, offset))


def _decimal(value: Decimal, _offset: int) -> Cells:
    return f"{value:f}", exact_decimal(value), places_of(value)


def _derived(value: Any, _offset: int) -> Cells:
    return tuple(exact_quantity(value))


def _quantity(value: Any, _offset: int) -> Cells:
    exact = (None, None, None) if value.quantity is None else exact_quantity(value.quantity)
    return (*_measured(value), *exact)


def _measured(value: Any) -> Cells:
    return None if value.value is None else f"{value.value:f}", value.unit


def _raw(field: Field, value: Any) -> Cells:
    """What can be told of a value that does not fit: how it was recorded."""
    if field.kind == "quantity":
        return _measured(value)
    return (f"{value:f}",) if field.kind == "decimal" else ()


_CONVERT: Final[dict[str, Callable[[Any, int], Cells]]] = {
    "text": _plain,
    "boolean": _plain,
    "integer": _plain,
    "presence": _plain,
    "list": _listed,
    "date": _date,
    "instant": _instant,
    "decimal": _decimal,
    "derived": _derived,
    "quantity": _quantity,
    "instead": _instead,
}
