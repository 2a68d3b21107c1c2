"""What an entry of the operator tables is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.types import IntervalType, ListType, Type, Variable

if TYPE_CHECKING:
    from collections.abc import Callable

T = Variable("T")
LIST = ListType(T)
INTERVAL = IntervalType(T)


class Binding(Enum):
    """What a function takes in front of the operands."""

    NOTHING = "nothing"
    OFFSET = "offset"
    """The offset of the evaluation, in minutes."""
    STATE = "state"
    """The state of the evaluation."""
    PRECISION = "precision"
    """The precision of the calculation, a word, and the offset."""
    RELATION = "relation"
    """`not after` at the precision of the comparison, a function of two points."""
    TYPE = "type"
    """The static type of the result."""


@dataclass(frozen=True, slots=True, eq=False)
class Overload:
    """One signature of an operator with its implementation.

    Unless `nulls` is set, the result is null where an operand is, and the function never sees one.
    """

    name: str
    operands: tuple[Type, ...]
    result: Type
    function: Callable[..., Any]
    nulls: bool = False
    binding: Binding = Binding.NOTHING
    precision: bool = False

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.operands))}) {self.result}"


def overloads(name: str, function: Callable[..., Any], *signatures: tuple[Type, ...], **options: Any) -> list[Overload]:
    """Entries of one function; the last type of each signature is that of the result."""
    return [Overload(name, operands, result, function, **options) for *operands_, result in signatures
            for operands in [tuple(operands_)]]  # fmt: skip
