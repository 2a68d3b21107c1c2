"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

from typing import Any, Final

NOTHING: Final = object()
"""What a pointer finds where there is nothing."""


def steps(pointer: str) -> list[str]:
    """The names and numbers on the way."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def at(data: Any, pointer: str) -> Any:
    """The value that a pointer points to, or ``NOTHING``."""
    here = data
    for step in steps(pointer):
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isascii() and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return NOTHING
    return here


def overlap(one: str, other: str) -> bool:
    """Whether one of two pointers lies within the other, or both are the same."""
    first, second = steps(one), steps(other)
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]
