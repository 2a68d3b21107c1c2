"""Equal values by hashing: what takes the place of comparing every element of a list with every other.

A value's key is the same as another's exactly where the two are equal (`comparison.member_equal` is true): 1 and 1.0,
1 'g' and 1000 'mg', instants at different offsets. A value has no key where equality is more than that of exact
numbers, as on curved scales (`'[pH]'`), or where the value cannot be hashed; it is compared with every other.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import quantities
from precise_cal.engine.cql.comparison import any_of, member_equal, order
from precise_cal.engine.cql.points import end, start
from precise_cal.engine.cql.values import Interval, Long, Ratio, Tuple, Uncertainty
from precise_cal.protocol import units
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from precise_cal.engine.cql.state import State

COMPARISON: Final = 10
"""Steps of a comparison that no key spares."""
_PLAIN: Final = frozenset({type(None), int, Long, Decimal, str, bool})


class NoKeyError(Exception):
    """A value has no key."""


def key(value: Any) -> Hashable:
    """What equal values have in common, and no others. Raises `NoKeyError`."""
    kind = type(value)
    if kind is str or kind is int or kind is Decimal:
        plain: Hashable = value
        return plain
    find = _KEYS.get(kind)
    if find is not None:
        return find(value)
    try:
        hash(value)
    except TypeError:
        raise NoKeyError from None
    return kind, value


def _of_quantity(value: Quantity) -> Hashable:
    months = quantities.months(value)
    if months is not None:
        return "months", value.value * months
    code = quantities.ucum(value.unit)
    try:
        amount = units.amount(value.value, code)
    except units.UnitError:
        amount = None
    if amount is None:
        raise NoKeyError
    return amount


def _of_uncertainty(value: Uncertainty) -> Hashable:
    """An uncertain value is equal to nothing, itself included."""
    return key(value.low) if order(value.low, value.high) == 0 else _unequal()


def _of_interval(value: Interval) -> Hashable:
    bounds = start(value), end(value)
    return _unequal() if None in bounds else ("interval", *map(key, bounds))


def _unequal() -> Hashable:
    return object()


_KEYS: Final[dict[type, Callable[[Any], Hashable]]] = {
    type(None): lambda _: ("null",),
    bool: lambda value: ("Boolean", value),
    Long: int,
    **{kind: (lambda value: (type(value), value.span)) for kind in (Date, DateTime, Time)},
    Quantity: _of_quantity,
    Ratio: lambda value: ("ratio", key(value.numerator), key(value.denominator)),
    tuple: lambda value: ("list", *map(key, value)),
    Tuple: lambda value: ("tuple", *((name, key(value.elements[name])) for name in sorted(value.elements))),
    Interval: _of_interval,
    Uncertainty: _of_uncertainty,
}


def _is_decided(value: Any) -> bool:
    """Whether equality with any other such value is yes or no, never unknown."""
    kind = type(value)
    return kind in _PLAIN or (kind in (Date, DateTime, Time) and value.span[0] == value.span[1])


class Members:
    """The elements of a list, to be asked which values are equal to one of them.

    Comparisons that no key spares are taken from the budget of the evaluation.
    """

    def __init__(self, state: State, values: Iterable[Any] = ()) -> None:
        self.state = state
        self.values: list[Any] = []
        self._keys: set[Hashable] = set()
        self._without_key: list[Any] = []
        self._decided = True
        for value in values:
            self.add(value)

    def add(self, value: Any) -> bool:
        """Take in a value; False where it is equal to one that was taken in before."""
        try:
            own = key(value)
        except NoKeyError:
            known = self._holds(self.values, value)
            self._without_key.append(value)
        else:
            known = own in self._keys or self._holds(self._without_key, value)
            self._keys.add(own)
        self._decided = self._decided and _is_decided(value)
        self.values.append(value)
        return not known

    def contains(self, value: Any) -> bool | None:
        """Whether an element is equal to the value; a null is equal to a null only."""
        if self.has(value):
            return True
        if self._decided and _is_decided(value):
            return False
        self.state.spend(COMPARISON * len(self.values))
        return any_of(member_equal(one, value) for one in self.values)

    def has(self, value: Any) -> bool:
        """Whether an element is certainly equal to the value."""
        try:
            return key(value) in self._keys or self._holds(self._without_key, value)
        except NoKeyError:
            return self._holds(self.values, value)

    def _holds(self, values: list[Any], value: Any) -> bool:
        if not values:
            return False
        self.state.spend(COMPARISON * len(values))
        return any(member_equal(one, value) for one in values)


class Groups:
    """Numbers for values: the same for values that are equal, counted from 0 in order of first appearance."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.first: list[Any] = []
        """The first value of each group."""
        self._numbers: dict[Hashable, int] = {}
        self._without_key: list[int] = []

    def of(self, value: Any) -> int:
        """The number of the group of a value."""
        try:
            own = key(value)
        except NoKeyError:
            number = self._search(range(len(self.first)), value)
            if number == len(self.first):
                self._without_key.append(number)
        else:
            number = self._numbers.get(own, -1)
            if number < 0:
                number = self._numbers[own] = self._search(self._without_key, value)
        if number == len(self.first):
            self.first.append(value)
        return number

    def _search(self, groups: Iterable[int], value: Any) -> int:
        groups = list(groups)
        self.state.spend(COMPARISON * len(groups))
        return next((one for one in groups if member_equal(self.first[one], value)), len(self.first))
