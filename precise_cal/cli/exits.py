"""Exit statuses (contract, section 4), and which of several wins."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs as much as Python itself
if TYPE_CHECKING:
    from typing import Final

OK: Final = 0
FOUND: Final = 1
"""A criterion fails, or a deviation was found; for the gate, REFUSE."""
BAD_INPUT: Final = 2
"""Bad usage or unreadable input; nothing was evaluated, or not all of it."""
UNDECIDED: Final = 3
"""Something cannot be decided; for the gate, INCOMPLETE."""
FAULT: Final = 4
"""A fault of the program itself."""
STOPPED: Final = 130
"""Ctrl-C; what other signals end with stands in `precise_cal.cli.stopping`."""

_WORST_FIRST: Final = (FAULT, BAD_INPUT, FOUND, UNDECIDED, OK)


def worst(*statuses: int) -> int:
    """The status that wins, in the order 4, 2, 1, 3, 0."""
    return min(statuses, key=_WORST_FIRST.index, default=OK)
