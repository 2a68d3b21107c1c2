"""Equality, equivalence and order of any two values, three-valued (CQL 1.5, 9.5 Comparison Operators)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar, quantities
from precise_cal.engine.cql.points import end, start
from precise_cal.engine.cql.values import EXACT, Interval, Long, Ratio, Tuple, Uncertainty
from precise_cal.protocol.components import Precision
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NUMBERS: Final = frozenset({int, Long, Decimal})
_TEMPORAL: Final = frozenset({Date, DateTime, Time})


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """Conjunction of three-valued answers."""
    result: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def any_of(answers: Iterable[bool | None]) -> bool | None:
    """Disjunction of three-valued answers."""
    result: bool | None = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            result = None
    return result


def negate(answer: bool | None) -> bool | None:
    """The contrary of a three-valued answer."""
    return None if answer is None else not answer


def order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None where either is null, they cannot be compared, or it depends on what is not known."""
    if left is None or right is None:
        return None
    kind = type(left)
    if kind is Uncertainty or type(right) is Uncertainty:
        return _uncertain_order(left, right)
    if kind in _TEMPORAL:
        return calendar.order(left, right)
    if kind is Quantity:
        return quantities.order(left, right)
    return int(left > right) - int(left < right)


def rank(left: Any, right: Any) -> int:
    """-1, 0 or 1: a total order of the values of one type, for sorting.

    Where `order` cannot tell, a date or time that is less precise comes first, as a missing component is lower than
    any other; so does the uncertainty that may be lower. Quantities that cannot be compared count as the same.
    """
    found = order(left, right)
    if found is not None:
        return found
    one, other = _sort_key(left), _sort_key(right)
    return (one > other) - (one < other)


def _sort_key(value: Any) -> tuple[Any, ...]:
    if type(value) in _TEMPORAL:
        return value.span[0], value.precision
    return (*_sort_key(value.low), *_sort_key(value.high)) if type(value) is Uncertainty else (0,)


def _uncertain_order(left: Any, right: Any) -> int | None:
    (left_low, left_high), (right_low, right_high) = Uncertainty.bounds(left), Uncertainty.bounds(right)
    if order(left_high, right_low) == -1:
        return -1
    if order(left_low, right_high) == 1:
        return 1
    same = order(left_low, left_high) == 0 == order(right_low, right_high) == order(left_low, right_low)
    return 0 if same else None


def not_after(left: Any, right: Any) -> bool | None:
    """`left <= right`; certain also where two uncertainties only touch."""
    if type(left) is Uncertainty or type(right) is Uncertainty:
        (left_low, left_high), (right_low, right_high) = Uncertainty.bounds(left), Uncertainty.bounds(right)
        if order(left_high, right_low) in (-1, 0):
            return True
        return False if order(left_low, right_high) == 1 else None
    found = order(left, right)
    return None if found is None else found <= 0


def equal(left: Any, right: Any) -> bool | None:
    """`=`: None where either is null or the answer is not known."""
    if left is None or right is None:
        return None
    kind = type(left)
    if kind is Uncertainty or type(right) is Uncertainty:
        return _equal_uncertain(left, right)
    if kind is not type(right):
        return bool(left == right) if kind in _NUMBERS and type(right) in _NUMBERS else False
    special = _EQUAL.get(kind)
    return bool(left == right) if special is None else special(left, right)


def _equal_uncertain(left: Any, right: Any) -> bool | None:
    kinds = {type(Uncertainty.bounds(left)[0]), type(Uncertainty.bounds(right)[0])}
    if len(kinds) > 1 and not kinds <= _NUMBERS:
        return False
    found = _uncertain_order(left, right)
    return None if found is None else found == 0


def _ordered_equal(left: Any, right: Any) -> bool | None:
    found = order(left, right)
    return None if found is None else found == 0


def element_equal(left: Any, right: Any) -> bool | None:
    """Equality of elements of lists and tuples: nulls are equal to each other."""
    return True if left is None and right is None else equal(left, right)


def member_equal(left: Any, right: Any) -> bool | None:
    """Equality as membership sees it: nulls are equal to each other, and to nothing else (9.10.1 Contains)."""
    return (left is right) if left is None or right is None else equal(left, right)


def _equal_lists(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool | None:
    if len(left) != len(right):
        return False
    return all_of(element_equal(a, b) for a, b in zip(left, right, strict=True))


def _equal_tuples(left: Tuple, right: Tuple) -> bool | None:
    if left.elements.keys() != right.elements.keys():
        return False
    return all_of(element_equal(value, right.elements[name]) for name, value in left.elements.items())


def _equal_intervals(left: Interval, right: Interval) -> bool | None:
    return all_of((equal(start(left), start(right)), equal(end(left), end(right))))


def _equal_ratios(left: Ratio, right: Ratio) -> bool | None:
    return all_of((equal(left.numerator, right.numerator), equal(left.denominator, right.denominator)))


_EQUAL: Final[dict[type, Callable[[Any, Any], bool | None]]] = {
    **dict.fromkeys((*_TEMPORAL, Quantity), _ordered_equal),
    tuple: _equal_lists,
    Tuple: _equal_tuples,
    Interval: _equal_intervals,
    Ratio: _equal_ratios,
}


def equivalent(left: Any, right: Any) -> bool:
    """`~`: never null; nulls are equivalent to each other."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind in _NUMBERS and type(right) in _NUMBERS:
        return _equivalent_decimals(Decimal(left), Decimal(right))
    if kind is not type(right):
        return False
    special = _EQUIVALENT.get(kind)
    return equal(left, right) is True if special is None else special(left, right)


def _equivalent_decimals(left: Decimal, right: Decimal) -> bool:
    """Compared at the precision of the less precise, trailing zeros not counted."""
    places = min(_places(left), _places(right))
    unit = Decimal(1).scaleb(-places)
    return left.quantize(unit, context=EXACT) == right.quantize(unit, context=EXACT)


def _places(value: Decimal) -> int:
    exponent = value.normalize(EXACT).as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)


def _equivalent_text(left: str, right: str) -> bool:
    return normalize_text(left) == normalize_text(right)


def normalize_text(text: str) -> str:
    """Text as equivalence sees it: without case, and with every white-space character the same."""
    return "".join(" " if character in "\t\r\n " else character for character in text.casefold())


def _equivalent_temporal(left: Any, right: Any) -> bool:
    """As equality, but a differing precision is an answer: no."""
    precisions = {min(left.precision, Precision.SECOND), min(right.precision, Precision.SECOND)}
    return len(precisions) == 1 and calendar.order(left, right) == 0


def _equivalent_quantities(left: Quantity, right: Quantity) -> bool:
    if left.unit != right.unit:
        left, right = quantities.comparable(left, right)
        finer = quantities.finer(left, right)
        if finer is None:
            return False
        coarse = left if finer == right.unit else right
        other = right if coarse is left else left
        converted = quantities.convert(other, coarse.unit or "1")
        if converted is None:
            return False
        left, right = coarse, converted
    return _equivalent_decimals(left.value, right.value)


def _equivalent_ratios(left: Ratio, right: Ratio) -> bool:
    crossed = (
        quantities.multiply(left.numerator, right.denominator),
        quantities.multiply(left.denominator, right.numerator),
    )
    return None not in crossed and equivalent(*crossed)


def _equivalent_lists(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    return len(left) == len(right) and all(map(equivalent, left, right))


def _equivalent_tuples(left: Tuple, right: Tuple) -> bool:
    same = left.elements.keys() == right.elements.keys()
    return same and all(equivalent(value, right.elements[name]) for name, value in left.elements.items())


def _equivalent_intervals(left: Interval, right: Interval) -> bool:
    return equivalent(start(left), start(right)) and equivalent(end(left), end(right))


def _equivalent_uncertain(left: Uncertainty, right: Uncertainty) -> bool:
    return left == right


_EQUIVALENT: Final[dict[type, Callable[[Any, Any], bool]]] = {
    str: _equivalent_text,
    **dict.fromkeys(_TEMPORAL, _equivalent_temporal),
    Quantity: _equivalent_quantities,
    Ratio: _equivalent_ratios,
    tuple: _equivalent_lists,
    Tuple: _equivalent_tuples,
    Interval: _equivalent_intervals,
    Uncertainty: _equivalent_uncertain,
}
