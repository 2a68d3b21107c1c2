"""Where each part of a record stands: JSON Pointers (RFC 6901)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.protocol.walk import walk

if TYPE_CHECKING:
    from collections.abc import Container

    from precise_cal.protocol.part import Part


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

    @property
    def listed(self) -> Container[int]:
        """The identities of the parts that are items of lists, or stand within one."""
        if not self._by_id:
            self._places()
        return self._listed

    def _places(self) -> dict[int, str]:
        for value, pointer, is_listed in walk(self._record):
            self._by_id[id(value)] = pointer
            if is_listed:
                self._listed.add(id(value))
        return self._by_id
