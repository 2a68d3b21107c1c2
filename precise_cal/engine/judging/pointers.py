"""Where each part of a record stands: JSON Pointers (RFC 6901)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.from_json import part_of
from precise_cal.protocol.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator


_INDEX: Final = re.compile(r"/\d")
"""No name of a field begins with a digit."""


class Pointers:
    """The JSON Pointer of every part of one record; made when the first one is asked for."""

    __slots__ = ("_by_id", "_record")

    def __init__(self, record: Part) -> None:
        self._record = record
        self._by_id: dict[int, str] | None = None

    def to(self, owner: Part, field: str) -> str:
        """The pointer to a field of a part; to the part itself where the field is empty."""
        here = (self._by_id or self._places())[id(owner)]
        return f"{here}/{field}" if field else here

    def is_within_list(self, owner: Part) -> bool:
        """Whether a part is an item of a list, or stands within one."""
        return _INDEX.search(self.to(owner, "")) is not None

    def _places(self) -> dict[int, str]:
        found = self._by_id = {id(part): pointer for part, pointer in _walk(self._record, "")}
        return found


def _walk(part: Part, pointer: str) -> Iterator[tuple[Part, str]]:
    yield part, pointer
    for name in _inner_parts(type(part)):
        value = getattr(part, name)
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _walk(item, f"{pointer}/{name}/{index}")
        elif isinstance(value, Part):
            yield from _walk(value, f"{pointer}/{name}")


@cache
def _inner_parts(kind: type[Part]) -> tuple[str, ...]:
    return tuple(name for name, field in kind.model_fields.items() if part_of(field.annotation) is not None)
