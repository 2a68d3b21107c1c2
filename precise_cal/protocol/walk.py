"""Walks over a record by the schema of its parts: over all that stands in it, and down a path."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from precise_cal.protocol.part import Part
from precise_cal.protocol.schema.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.protocol.schema.tree import FieldSchema, PartSchema, ScalarKind

    Kinds = frozenset[ScalarKind]
    Steps = tuple[str | int, ...]


class Placed(NamedTuple):
    """A part or value of a record, its JSON Pointer, and whether it is an item of a list, or stands within one."""

    value: Any
    pointer: str
    is_listed: bool


def walk(part: Part, kinds: Kinds = frozenset(), pointer: str = "", *, is_listed: bool = False) -> Iterator[Placed]:
    """A part of a record, the parts below it, and their values of some kinds, in the order of the schema."""
    yield Placed(part, pointer, is_listed)
    for attribute, step in _fields(part.form, kinds):
        value, here = getattr(part, attribute), pointer + step
        if value.__class__ is tuple:
            for index, item in enumerate(value):
                yield from _below(item, kinds, f"{here}/{index}", is_listed=True)
        elif value is not None:
            yield from _below(value, kinds, here, is_listed=is_listed)


def _below(value: Any, kinds: Kinds, pointer: str, *, is_listed: bool) -> Iterator[Placed]:
    if isinstance(value, Part):
        return walk(value, kinds, pointer, is_listed=is_listed)
    return iter((Placed(value, pointer, is_listed),))


@cache
def _fields(part: PartSchema, kinds: Kinds) -> tuple[tuple[str, str], ...]:
    """The attributes that hold parts or values of these kinds, each with the step that a pointer takes to it."""
    return tuple((one.attribute, f"/{one.name}") for one in part.fields if _is_met(one, kinds))


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
