"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def pointer_of(steps: Iterable[str | int]) -> str:
    """The pointer of a path of names and positions."""
    return "".join([f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in steps])


def steps_of(pointer: str) -> tuple[str, ...]:
    """The names and positions of a pointer, as texts."""
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:])
