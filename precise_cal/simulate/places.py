"""Places of a record: where a field stands in it, and the record with another value there; none is ever changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.protocol.schema.tree import FieldSchema
    from precise_cal.simulate.trial import Path, Pointer, Record

    Fields = Mapping[Path, FieldSchema]


def at(record: Any, pointer: Pointer) -> Any:
    """What stands at a place; None where nothing does."""
    for name in pointer:
        if isinstance(record, list) and isinstance(name, int):
            record = record[name] if name < len(record) else None
        elif isinstance(record, dict):
            record = record.get(name)
        else:
            return None
    return record


def put(record: Record, pointer: Pointer, value: Any) -> Record:
    """The record with a value at a place. Parts that lead there are made where they are missing."""
    made: Record = _put(record, pointer, value)
    return made


def _put(here: Any, pointer: Pointer, value: Any) -> Any:
    if not pointer:
        return value
    name, rest = pointer[0], pointer[1:]
    if isinstance(name, int):
        items = list(here or [])
        items[name : name + 1] = [_put(items[name] if name < len(items) else None, rest, value)]
        return items
    return {**(here or {}), name: _put((here or {}).get(name), rest, value)}


def without(record: Record, pointer: Pointer) -> Record:
    """The record without an item of a list."""
    items = at(record, pointer[:-1])
    return put(record, pointer[:-1], [one for index, one in enumerate(items) if index != pointer[-1]])


def schema_path(pointer: Pointer) -> Path:
    """The path of the field at a place."""
    return tuple(name for name in pointer if isinstance(name, str))


def places(record: Record, path: Path, fields: Fields) -> list[Pointer]:
    """Where a field stands in a record: one place for each item of the lists that lead to it.

    Where such a list is empty, or a part that need not exist is missing, the place of that list or part.
    """
    return list(_places(record, path, fields, (), ()))


def _places(here: Any, rest: Path, fields: Fields, pointer: Pointer, above: Path) -> Iterator[Pointer]:
    if not rest:
        yield pointer
        return
    name, path = rest[0], (*above, rest[0])
    field = fields.get(path)
    value = here.get(name) if isinstance(here, dict) else None
    mine = (*pointer, name)
    if len(rest) == 1:
        yield mine
    elif field is not None and field.is_list:
        if not value:
            yield mine
        for index, item in enumerate(value or ()):
            yield from _places(item, rest[1:], fields, (*mine, index), path)
    elif value is None and not (field is not None and field.known):
        yield mine
    else:
        yield from _places(value, rest[1:], fields, mine, path)


def beside(place: Pointer, path: Path) -> Pointer:
    """The place of another field that belongs to the same items as a place; the first items of any other list."""
    found: list[str | int] = []
    position = 0
    for name in path:
        found.append(name)
        same = position < len(place) and place[position] == name
        position = position + 1 if same else len(place)
        if same and position < len(place) and isinstance(place[position], int):
            found.append(place[position])
            position += 1
    return tuple(found)


def leaves(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    """Every value of a record that is no part and no list of parts, with its place."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*pointer, name))
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*pointer, index))
    else:
        yield pointer, value
