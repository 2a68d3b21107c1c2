"""A record as JSON data with other values at some places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.protocol.schema.tree import ListOf, PartSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.protocol.schema.tree import FieldType

    Place = tuple[str | int, ...]


def value_at(document: Any, place: Place) -> Any:
    """What stands at a place; None where nothing does."""
    for step in place:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def changed(document: Any, changes: Mapping[Place, Any], part: PartSchema) -> dict[str, Any]:
    """A record with other values at some places; items that there were not are added with what each must have."""
    record: dict[str, Any] = _copied(document)
    for place, value in changes.items():
        owner, kind = record, part
        *path, last = place
        if isinstance(last, int):
            path, last = path[:-1], path[-1]
        for number, step in enumerate(path):
            if isinstance(step, int):
                continue
            after = place[number + 1]
            if isinstance(after, int):
                owner = _item(owner, step, after, kind.by_name[step].type)
            else:
                owner[step] = owner.get(step) or _required(kind.by_name[step].part)
                owner = owner[step]
            kind = kind.by_name[step].part or kind
        owner[str(last)] = _replaced(owner.get(str(last)), place[-1], value) if isinstance(place[-1], int) else value
    return record


def _required(part: Any, number: int = 1) -> dict[str, Any]:
    """A part with what each of its kind must have."""
    must = part.fields if isinstance(part, PartSchema) else ()
    return {one.name: f"NEW-{number}" for one in must if one.required}


def _replaced(items: list[Any] | None, place: int, value: Any) -> list[Any]:
    """A list of plain values with another one at a place, or one more."""
    known = items or []
    return [*known[:place], value, *known[place + 1 :]]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _item(owner: dict[str, Any], name: str, place: int, kind: FieldType) -> dict[str, Any]:
    items = owner[name] = owner.get(name) or []
    while len(items) <= place:
        items.append(_required(kind.item if isinstance(kind, ListOf) else None, len(items) + 1))
    found: dict[str, Any] = items[place]
    return found
