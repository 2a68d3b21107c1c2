"""What generated code calls beside the operators."""

from __future__ import annotations

from functools import cmp_to_key, partial
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar
from precise_cal.engine.cql.budget import ELEMENT, overspent
from precise_cal.engine.cql.casts import cast, is_of, make_interval, make_quantity, make_ratio
from precise_cal.engine.cql.comparison import not_after, rank
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.operators.lists import distinct
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.state import AtomEntry
from precise_cal.engine.cql.values import Tuple, Uncertainty
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.state import Entry, State
    from precise_cal.engine.cql.types import Type

_TEMPORAL: Final = (Date, DateTime, Time)


def ordered(rows: list[tuple[list[Any], Any]], descending: tuple[bool, ...]) -> tuple[Any, ...]:
    """The values of rows of keys and a value, sorted by the keys, the first one before the others."""
    for index in range(len(descending) - 1, -1, -1):
        rows.sort(key=_sort_key(index), reverse=descending[index])
    return tuple([value for _, value in rows])


def _sort_key(index: int) -> Any:
    def compare(left: Any, right: Any) -> int:
        one, other = left[0][index], right[0][index]
        if one is None or other is None:
            return (one is not None) - (other is not None)
        return rank(one, other)

    return cmp_to_key(compare)


def relation(precision: str, offset: int) -> Callable[[Any, Any], bool | None]:
    """`not after` to a precision; of values that know no precision, as they are."""

    def not_after_to(left: Any, right: Any) -> bool | None:
        if left is None or right is None:
            return None
        if type(left) is Uncertainty or type(right) is Uncertainty:
            return _uncertain(not_after_to, left, right)
        if not isinstance(left, _TEMPORAL) or not isinstance(right, _TEMPORAL):
            return not_after(left, right)
        found = calendar.order_to(left, right, precision, offset)
        return None if found is None else found <= 0

    return not_after_to


def _uncertain(le: Callable[[Any, Any], bool | None], left: Any, right: Any) -> bool | None:
    """Certain where every possible value gives the same answer."""
    (left_low, left_high), (right_low, right_high) = Uncertainty.bounds(left), Uncertainty.bounds(right)
    if le(left_high, right_low) is True:
        return True
    return False if le(left_low, right_high) is False else None


class ByOffset(dict[int, "Callable[..., Any]"]):
    """A function for each offset from UTC; it is made when the offset is first met."""

    def __init__(self, make: Callable[[int], Callable[..., Any]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, offset: int) -> Callable[..., Any]:
        """Make the function."""
        function = self[offset] = self._make(offset)
        return function


def operator(name: str, index: int, *, type: Type | None = None, precision: str | None = None) -> Any:  # noqa: A002
    """The implementation of an operator as a function of its operands, or one for each offset.

    Args:
        name: of the operator.
        index: of the overload among those of the name.
        type: of the result, where the implementation asks for it.
        precision: of the comparison or calculation.
    """
    overload = OPERATORS[name][index]
    binding, function = overload.binding, overload.function
    if binding is Binding.TYPE:
        return partial(function, type)
    if binding is Binding.RELATION and precision is None:
        return partial(function, not_after)
    if binding is Binding.RELATION:
        return ByOffset(lambda offset: partial(function, relation(precision or "", offset)))
    if binding is Binding.PRECISION:
        return ByOffset(lambda offset: function(precision, offset))
    return function


def remember(s: State, key: Any, function: Callable[[State], Any]) -> tuple[Any, tuple[Entry, ...]]:
    """The value of a definition, computed and kept under a key; it has no entries."""
    hit = s.quiet_memo[key] = (function(s), ())
    return hit


def remember_reasons(
    s: State, key: Any, function: Callable[[State], tuple[Any, tuple[Entry, ...]]]
) -> tuple[Any, tuple[Entry, ...]]:
    """The value of a definition with its entries, computed and kept under a key."""
    hit = s.memo[key] = function(s)
    s.steps -= ELEMENT * len(hit[1])
    if s.steps < 0:
        overspent()
    return hit


new: Final = tuple.__new__
Atom: Final = AtomEntry
ensure_offset: Final = calendar.ensure_offset
__all__ = [
    "Atom",
    "Tuple",
    "cast",
    "distinct",
    "ensure_offset",
    "is_of",
    "make_interval",
    "make_quantity",
    "make_ratio",
    "new",
    "ordered",
    "overspent",
    "remember",
    "remember_reasons",
]
