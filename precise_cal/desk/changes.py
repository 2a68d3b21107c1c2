"""What has changed in a record since a participant was asked about before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from precise_cal.protocol.pointer import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.gate.canonical import Json


@dataclass(frozen=True, slots=True)
class Change:
    """A datum that is another than when the participant was asked about before."""

    pointer: str
    before: str
    after: str


def changes_of(before: Json, after: Json, path: tuple[str | int, ...] = ()) -> Iterator[Change]:
    """What is another in a snapshot than in one before; what stands at a path of both is compared."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from changes_of(before.get(name), after.get(name), (*path, name))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old, new = (one[index] if index < len(one) else None for one in (before, after))
            yield from changes_of(old, new, (*path, index))
    elif before != after:
        yield Change(pointer_of(path), _shown(before), _shown(after))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items() if one is not None)
    if isinstance(value, list):
        return "; ".join(map(_shown, value))
    words = {None: "unknown", True: "yes", False: "no"}
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else words[value]
