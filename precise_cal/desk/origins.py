"""Where the values of a participant's latest record come from: cells of an import, results of QFR.

Kept beside the record, by pointer. A value that is typed over loses its origin with the next record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.protocol.pointer import steps_of
from precise_cal.protocol.provenance import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.desk.models import Record

    Origins = Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Traced:
    """A value that came from elsewhere, and whether what stands in the record now is another one."""

    pointer: str
    origin: Origin
    is_changed: bool


def origins_of(row: Record | None) -> dict[str, Origin]:
    """The origins that are kept beside a record."""
    if row is None or row.origins is None:
        return {}
    members: Any = json.loads(bytes(row.origins.data))
    return {pointer: Origin(**one) for pointer, one in members.items()}


def as_content(origins: Origins) -> dict[str, Any]:
    """Origins as the content of an event."""
    return {pointer: one.as_json() for pointer, one in sorted(origins.items())}


def still(origins: Origins, before: bytes, after: bytes) -> dict[str, Origin]:
    """The origins of those values that are the same in another record."""
    old, new = _read(before), _read(after)
    return {at: one for at, one in origins.items() if _value(old, at) == _value(new, at) is not None}


def traced(row: Record | None, data: bytes | None) -> Iterator[Traced]:
    """The values of a record that came from elsewhere.

    Args:
        row: the latest record that the desk was given.
        data: the record that is looked at; None where it is that one.
    """
    if row is None:
        return
    kept = _read(bytes(row.content.data))
    shown = kept if data is None else _read(data)
    for pointer, origin in origins_of(row).items():
        yield Traced(pointer, origin, _value(shown, pointer) != _value(kept, pointer))


def _read(data: bytes) -> Any:
    return json.loads(data, parse_float=str, parse_int=str)


def _value(document: Any, pointer: str) -> Any:
    """What stands at a pointer; None where nothing does. Numbers and texts of numbers are the same."""
    found = document
    for step in steps_of(pointer):
        if isinstance(found, list):
            found = found[int(step)] if step.isdecimal() and int(step) < len(found) else None
        else:
            found = found.get(step) if isinstance(found, dict) else None
    return found
