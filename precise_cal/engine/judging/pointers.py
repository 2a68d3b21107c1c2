"""Where each part of a record stands: JSON Pointers (RFC 6901)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from precise_cal.protocol.part import Part
from precise_cal.protocol.schema.tree import ListOf, PartSchema

if TYPE_CHECKING:
    from precise_cal.protocol.schema.tree import FieldType


class Pointers:
    """The JSON Pointer of every part of one record; made when the first one is asked for."""

    __slots__ = ("_by_id", "_listed", "_record")

    def __init__(self, record: Part) -> None:
        self._record = record
        self._by_id: dict[int, str] = {}
        self._listed: set[int] = set()

    def to(self, owner: Part, field: str) -> str:
        """The pointer to a field of a part; to the part itself where the field is empty."""
        here = (self._by_id or self._places())[id(owner)]
        return f"{here}/{field}" if field else here

    def is_within_list(self, owner: Part) -> bool:
        """Whether a part is an item of a list, or stands within one."""
        if not self._by_id:
            self._places()
        return id(owner) in self._listed

    def _places(self) -> dict[int, str]:
        self._walk(self._record, "", is_listed=False)
        return self._by_id

    def _walk(self, part: Part, pointer: str, *, is_listed: bool) -> None:
        self._by_id[id(part)] = pointer
        if is_listed:
            self._listed.add(id(part))
        for name, step in _inner_parts(part.form):
            value = getattr(part, name)
            if value is None:
                continue
            if value.__class__ is tuple:
                for index, item in enumerate(value):
                    self._walk(item, f"{pointer}{step}/{index}", is_listed=True)
            elif isinstance(value, Part):
                self._walk(value, pointer + step, is_listed=is_listed)


@cache
def _inner_parts(part: PartSchema) -> tuple[tuple[str, str], ...]:
    """The attributes that hold parts, each with the step that a pointer takes to it."""
    return tuple((one.attribute, f"/{one.name}") for one in part.fields if _holds_parts(one.type))


def _holds_parts(kind: FieldType) -> bool:
    inner = kind.item if isinstance(kind, ListOf) else kind
    return isinstance(inner, PartSchema)
