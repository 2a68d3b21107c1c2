"""Walks over a record by the schema of its parts: over all that stands in it, and down a path."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from precise_cal.protocol.part import Part
from precise_cal.protocol.schema.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.protocol.schema.tree import FieldSchema, PartSchema, ScalarKind

    Kinds = frozenset[ScalarKind]
    Steps = tuple[str | int, ...]
    Placed = tuple[Any, str, bool]
    """A part or value of a record, its JSON Pointer, and whether it is an item of a list, or stands within one."""


def walk(record: Part, kinds: Kinds = frozenset()) -> list[Placed]:
    """A record, the parts below it, and their values of some kinds, in the order of the schema."""
    found: list[Placed] = []
    _walk(record, kinds, "", False, found)
    return found


def _walk(part: Part, kinds: Kinds, pointer: str, is_listed: bool, found: list[Placed]) -> None:
    found.append((part, pointer, is_listed))
    for attribute, step, has_parts in _fields(part.form, kinds):
        value = getattr(part, attribute)
        if value is None:
            continue
        here = pointer + step
        if value.__class__ is not tuple:
            if has_parts and isinstance(value, Part):
                _walk(value, kinds, here, is_listed, found)
            else:
                found.append((value, here, is_listed))
        elif has_parts:
            for index, item in enumerate(value):
                _walk(item, kinds, f"{here}/{index}", True, found)
        else:
            found += [(item, f"{here}/{index}", True) for index, item in enumerate(value)]


@cache
def _fields(part: PartSchema, kinds: Kinds) -> tuple[tuple[str, str, bool], ...]:
    """The attributes that hold parts, or values of these kinds: with the step of a pointer, and whether it is parts."""
    met = (one for one in part.fields if _is_met(one, kinds))
    return tuple((one.attribute, f"/{one.name}", one.part is not None) for one in met)


def _is_met(field: FieldSchema, kinds: Kinds) -> bool:
    held = (field.inner, *field.alternatives)
    return field.part is not None or any(isinstance(one, Scalar) and one.kind in kinds for one in held)


def reached(
    part: Part, fields: Sequence[FieldSchema], steps: Steps = (), items: Mapping[str, Part] | None = None
) -> Iterator[tuple[Part, Steps, Mapping[str, Part]]]:
    """The parts that a path leads to from a part: each with its place, and the items of lists on the way by part."""
    items = items or {}
    if not fields:
        yield part, steps, items
        return
    one, rest = fields[0], fields[1:]
    value, here = getattr(part, one.attribute), (*steps, one.name)
    if isinstance(value, tuple):
        name = one.part.name if one.part else ""
        for index, item in enumerate(value):
            yield from reached(item, rest, (*here, index), {**items, name: item})
    elif isinstance(value, Part):
        yield from reached(value, rest, here, items)
