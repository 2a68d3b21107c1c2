"""From the rows of a participant back to the record: only what was recorded is looked at, never what was computed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from precise_cal.cohort.layout.tables import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.cohort.layout.tables import Field, Table
    from precise_cal.protocol.schema.tree import FieldSchema

    Row = Mapping[str, Any]
    Children = Mapping[str, Mapping[tuple[int, ...], Sequence[Row]]]
    """Rows of each table by the keys of their owner, in order of their positions."""


def documents_of(layout: Table, rows: Mapping[str, Sequence[Row]]) -> Iterator[dict[str, Any]]:
    """The JSON objects of participants in order of their numbers, from the rows of every table."""
    children: dict[str, dict[tuple[int, ...], list[Row]]] = {}
    for table in layout.walk():
        grouped = children.setdefault(table.name, {})
        for row in sorted(rows.get(table.name, ()), key=lambda one: one[table.keys[-1]]):
            grouped.setdefault(tuple(row[key] for key in table.keys[:-1]), []).append(row)
    for row in sorted(rows[layout.name], key=lambda one: one[KEY]):
        yield document_of(layout, row, children)


def document_of(layout: Table, row: Row, children: Children) -> dict[str, Any]:
    """The JSON object of a participant; what is unknown is left out.

    Args:
        layout: the table of participants.
        row: of the table of participants.
        children: the rows of the other tables.
    """
    return _part(layout, row, children)


def _part(table: Table, row: Row, children: Children) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in table.fields:
        value = _value(table, field, row)
        if value is not None:
            _put(found, field.path if field.kind != "presence" else field.path[:-1], value)
    keys = tuple(row[key] for key in table.keys)
    for child in table.children:
        if row[child.count] is not None:
            rows = children.get(child.name, {}).get(keys, ())
            _put(found, child.path, [_part(child, one, children) for one in rows])
    return found


def _value(table: Table, field: Field, row: Row) -> Any:
    name = field.name
    if field.kind == "derived":
        return None
    if field.kind == "presence":
        return {} if row[name] else None
    if field.kind == "quantity":
        both = {"value": row[f"{name}_value"], "unit": row[f"{name}_unit"]}
        known = {key: value for key, value in both.items() if value is not None}
        return known or None
    if field.kind in ("list", "instead") and row[name] is not None:
        return _recorded(table.part.along(field.path)[-1], row[name])
    return row[name]


def _recorded(field: FieldSchema, value: Any) -> Any:
    """What a list of values, or the value in the place of a part, was as JSON."""
    return [_of_kind(field.inner.kind, one) for one in value] if field.is_list else value


def _of_kind(kind: str, text: str) -> Any:
    return json.loads(text) if kind in ("quantity", "boolean", "integer") else text


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    *above, last = path
    for name in above:
        document = document.setdefault(name, {})
    document[last] = value if last not in document else {**document[last], **value}
