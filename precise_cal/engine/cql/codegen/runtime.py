"""What generated code calls beside the operators."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar
from precise_cal.engine.cql.casts import cast, is_of, make_interval, make_quantity, make_ratio
from precise_cal.engine.cql.comparison import not_after, rank
from precise_cal.engine.cql.operators.lists import distinct
from precise_cal.engine.cql.state import AtomEntry
from precise_cal.engine.cql.values import Tuple, Uncertainty
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable

_TEMPORAL: Final = (Date, DateTime, Time)


def atom(*fields: Any) -> AtomEntry:
    """An entry of an atom: its description, what was observed, the result, what was read."""
    return tuple.__new__(AtomEntry, fields)


def keep(trace: list[Any], begin: int, answers: list[tuple[Any, int]], result: Any) -> None:
    """Take away the entries of the parts whose answer is not the result.

    Args:
        trace: the entries so far.
        begin: where those of the first part begin.
        answers: of each part its answer, and where its entries end.
        result: the answer of the parts together.
    """
    kept: list[Any] = []
    first = begin
    for answer, end in answers:
        if answer is result:
            kept += trace[begin:end]
        begin = end
    trace[first:] = kept


def settle(trace: list[Any], begin: int, answers: list[tuple[Any, int]], deciding: bool) -> bool | None:
    """The answer of a quantifier; of its entries, those of the elements that made it stay."""
    said = [answer for answer, _ in answers]
    result = deciding if deciding in said else None if None in said else not deciding
    if said.count(result) < len(said):
        keep(trace, begin, answers, result)
    return result


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


def at_offset(make: Callable[[int], Callable[..., Any]]) -> Callable[..., Any]:
    """A function of the offset and the operands; one is made for each offset that is met."""
    made: dict[int, Callable[..., Any]] = {}

    def call(offset: int, *operands: Any) -> Any:
        function = made.get(offset)
        if function is None:
            function = made[offset] = make(offset)
        return function(*operands)

    return call


NAMES: Final[dict[str, Any]] = {
    function.__name__: function
    for function in (
        atom, keep, settle, ordered, distinct, is_of, cast, make_interval, make_quantity, make_ratio, Tuple,
    )
} | {"ensure_offset": calendar.ensure_offset}  # fmt: skip
"""The names that generated code finds without being given them."""
