"""What an entry of the operator tables is."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.types import IntervalType, ListType, Type, Variable
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.protocol.immutable import immutable

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
    """The state of the evaluation, in which it leaves something."""
    BUDGET = "budget"
    """The state too, only to take from its budget what is known no sooner than the values are looked at."""
    PRECISION = "precision"
    """The precision of the calculation, a word, and the offset."""
    RELATION = "relation"
    """`not after` at the precision of the comparison, a function of two points."""
    TYPE = "type"
    """The static type of the result."""


@immutable(eq=False)
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


def certain(overload: Overload) -> Overload:
    """The overload with null for an uncertain operand, or a list with an uncertain element.

    That is what all operators answer that are defined for certain values only.
    """
    function = overload.function

    def call(*operands: Any) -> Any:
        return None if any(map(_is_uncertain, operands)) else function(*operands)

    def of_one(operand: Any) -> Any:
        return None if operand.__class__ in _MAY_BE and _is_uncertain(operand) else function(operand)

    def of_two(left: Any, right: Any) -> Any:
        if (left.__class__ in _MAY_BE and _is_uncertain(left)) or (right.__class__ in _MAY_BE and _is_uncertain(right)):
            return None
        return function(left, right)

    usual: dict[int, Callable[..., Any]] = {1: of_one, 2: of_two} if overload.binding is Binding.NOTHING else {}
    return replace(overload, function=usual.get(len(overload.operands), call))


_MAY_BE: Final = frozenset({Uncertainty, tuple})
"""The types of what may be uncertain."""


def _is_uncertain(value: Any) -> bool:
    return type(value) is Uncertainty or (type(value) is tuple and any(type(one) is Uncertainty for one in value))


def overloads(name: str, function: Callable[..., Any], *signatures: tuple[Type, ...], **options: Any) -> list[Overload]:
    """Entries of one function; the last type of each signature is that of the result."""
    return [Overload(name, operands, result, function, **options) for *operands_, result in signatures
            for operands in [tuple(operands_)]]  # fmt: skip
