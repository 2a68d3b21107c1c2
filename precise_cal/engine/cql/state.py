"""What an evaluation works on, and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from precise_cal.engine.cql.budget import MAX_STEPS, NESTED, overspent, size
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.engine.cql.types import Element
    from precise_cal.protocol.temporal import DateTime

Read = tuple[Any, "Element", Any]
"""A property that was read: the record object, its element, the value (None for unknown)."""


@immutable()
class AtomInfo:
    """What is known of an atom before it is evaluated: a Boolean leaf of a rule's logic.

    `text` is its source; `start` and `end` are its offsets in the text of the expression or definition that it
    stands in (`unit`: the name of the definition, None for the expression itself); `line` and `column` are those of
    the file. `required` is what makes it true (`> 0.8`, `2.25 mm to 4.0 mm`, `one of RA, IVL`) and `otherwise` what
    makes it false, both None where neither side is constant; behind `not` they change places.
    """

    text: str
    start: int
    end: int
    line: int
    column: int
    required: str | None
    otherwise: str | None
    unit: str | None = None


class AtomEntry(NamedTuple):
    """An evaluated atom: the value of its data side, its result, and what was read for it."""

    info: AtomInfo
    observed: Any
    result: bool | None
    reads: tuple[Read, ...]


Entry = Read | AtomEntry


@dataclass(slots=True)
class State:
    """One evaluation of one record.

    `scopes` maps the name of a scope variable (such as `lesion`) to its value. `memo` keeps the values of definitions
    and functions with their reasons, `quiet_memo` those that were computed without; `messages` keeps what `Message`
    said; `steps` is what is left of the budget of the condition that is being evaluated; `no_now` is what is read in
    vain where the time of the evaluation is not known.
    """

    record: Any = None
    now: DateTime | None = None
    no_now: Read | None = None
    utc_offset_minutes: int = 0
    scopes: Mapping[str, Any] = field(default_factory=dict)
    memo: dict[Any, tuple[Any, tuple[Entry, ...]]] = field(default_factory=dict)
    quiet_memo: dict[Any, tuple[Any, tuple[Entry, ...]]] = field(default_factory=dict)
    messages: list[tuple[str, str, str]] = field(default_factory=list)
    steps: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take steps from the budget. Raises `EvaluationError` where it has not as many."""
        self.steps -= steps
        if self.steps < 0:
            overspent()

    def weigh(self, *values: Any) -> None:
        """Take from the budget what looking at values takes, at any depth. Raises `EvaluationError` as `spend` does."""
        for value in values:
            self.spend(NESTED * size(value, self.steps // NESTED))
