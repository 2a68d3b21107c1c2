"""Aggregate functions (CQL 1.5, 9.11), exact until the last step. Nulls among the elements are left out."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import quantities
from precise_cal.engine.cql.comparison import member_equal, order
from precise_cal.engine.cql.keys import Groups
from precise_cal.engine.cql.operators.overload import LIST, Binding, Overload, T, overloads
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    STRING,
    TIME,
    ListType,
    Type,
)
from precise_cal.engine.cql.values import EXACT, Long, decimal, integer, long
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.cql.state import State

Values = tuple[Any, ...]
_BEYOND: Final = 2**64


def _present(values: Values) -> Values:
    return tuple(value for value in values if value is not None)


def _all_true(values: Values | None) -> bool:
    return not any(value is False for value in values or ())


def _any_true(values: Values | None) -> bool:
    return any(value is True for value in values or ())


def _count(values: Values | None) -> int:
    return len(_present(values or ()))


def _common_unit(values: Values) -> Values | None:
    """All quantities in the unit of the first; None where they do not measure the same."""
    converted = tuple(
        value if value.unit == values[0].unit else quantities.convert(value, values[0].unit or "1") for value in values
    )
    return None if None in converted else converted


def _statistic(function: Callable[[tuple[Decimal, ...]], Decimal | None]) -> Callable[[Values], Any]:
    """A statistic of Decimals, or of quantities in one unit."""

    def calculate(values: Values) -> Any:
        present = _present(values)
        if not present:
            return None
        if type(present[0]) is not Quantity:
            return function(present)
        same = _common_unit(present)
        if same is None:
            return None
        return quantities.scale(same[0], function(tuple(value.value for value in same)))

    return calculate


def _sum(values: tuple[Decimal, ...]) -> Decimal:
    return reduce(EXACT.add, values)


def _mean(values: tuple[Decimal, ...]) -> Decimal:
    return EXACT.divide(_sum(values), Decimal(len(values)))


def _squares(values: tuple[Decimal, ...]) -> Decimal:
    mean = _mean(values)
    return _sum(tuple(EXACT.power(EXACT.subtract(value, mean), 2) for value in values))


def _sample_variance(values: tuple[Decimal, ...]) -> Decimal | None:
    return EXACT.divide(_squares(values), Decimal(len(values) - 1)) if len(values) > 1 else None


def _population_variance(values: tuple[Decimal, ...]) -> Decimal:
    return EXACT.divide(_squares(values), Decimal(len(values)))


def _rounded(function: Callable[[tuple[Decimal, ...]], Decimal | None]) -> Callable[..., Decimal | None]:
    def calculate(values: tuple[Decimal, ...]) -> Decimal | None:
        exact = function(values)
        return None if exact is None else decimal(exact)

    return calculate


def _root(function: Callable[[tuple[Decimal, ...]], Decimal | None]) -> Callable[..., Decimal | None]:
    def calculate(values: tuple[Decimal, ...]) -> Decimal | None:
        exact = function(values)
        return None if exact is None else decimal(exact.sqrt(EXACT))

    return calculate


def _median(values: tuple[Decimal, ...]) -> Decimal | None:
    ordered, middle = sorted(values), len(values) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return decimal(EXACT.divide(ordered[middle - 1] + ordered[middle], Decimal(2)))


def _geometric_mean(values: Values) -> Decimal | None:
    present = _present(values)
    if not present:
        return None
    product = reduce(EXACT.multiply, present)
    if product < 0:
        return None
    return decimal(EXACT.power(product, EXACT.divide(Decimal(1), Decimal(len(present))))) if product else product


def _product_decimals(values: tuple[Decimal, ...]) -> Decimal | None:
    return decimal(reduce(EXACT.multiply, values))


def _whole(function: Callable[[Any, Any], Any], limit: Callable[[int], Any]) -> Callable[[Values], Any]:
    def calculate(values: Values) -> Any:
        present = [int(value) if type(value) is Long else value for value in _present(values)]
        return limit(reduce(function, present)) if present else None

    return calculate


def _product(left: int, right: int) -> int:
    """The product; beyond what any Integer or Long holds, a number that stays beyond it unless it meets a zero."""
    found = left * right
    return found if -_BEYOND <= found <= _BEYOND else _BEYOND


def _product_quantities(values: Values) -> Quantity | None:
    result: Quantity | None = None
    for value in _present(values):
        result = value if result is None else quantities.multiply(result, value)
        if result is None:
            return None
    return result


def _extreme(sign: int) -> Callable[[Values], Any]:
    def find(values: Values) -> Any:
        best = None
        for value in _present(values):
            relation = sign if best is None else order(value, best)
            if relation is None:
                return None
            best = value if relation == sign else best
        return best

    return find


def _mode(state: State, values: Values) -> Any:
    present = _present(values)
    groups = Groups(state)
    counts = Counter(map(groups.of, present))
    certain = [group for group in counts if member_equal(groups.first[group], groups.first[group])]
    return groups.first[max(certain, key=lambda group: (counts[group], -group))] if certain else None


_DECIMALS: Final[tuple[tuple[Type, ...], ...]] = (
    (ListType(DECIMAL), DECIMAL),
    (ListType(QUANTITY), QUANTITY),
)
_EXTREMES: Final = [
    (ListType(kind), kind) for kind in (INTEGER, LONG, DECIMAL, QUANTITY, DATE, DATE_TIME, TIME, STRING)
]

OVERLOADS: Final[list[Overload]] = [
    *overloads("AllTrue", _all_true, (ListType(BOOLEAN), BOOLEAN), nulls=True),
    *overloads("AnyTrue", _any_true, (ListType(BOOLEAN), BOOLEAN), nulls=True),
    *overloads("Avg", _statistic(_rounded(_mean)), *_DECIMALS),
    *overloads("Count", _count, (LIST, INTEGER), nulls=True),
    *overloads("GeometricMean", _geometric_mean, (ListType(DECIMAL), DECIMAL)),
    *overloads("Max", _extreme(1), *_EXTREMES),
    *overloads("Min", _extreme(-1), *_EXTREMES),
    *overloads("Median", _statistic(_median), *_DECIMALS),
    *overloads("Mode", _mode, (LIST, T), binding=Binding.BUDGET),
    *overloads("PopulationStdDev", _statistic(_root(_population_variance)), *_DECIMALS),
    *overloads("PopulationVariance", _statistic(_rounded(_population_variance)), *_DECIMALS),
    *overloads("StdDev", _statistic(_root(_sample_variance)), *_DECIMALS),
    *overloads("Variance", _statistic(_rounded(_sample_variance)), *_DECIMALS),
    *overloads("Product", _whole(_product, integer), (ListType(INTEGER), INTEGER)),
    *overloads("Product", _whole(_product, long), (ListType(LONG), LONG)),
    *overloads("Product", _statistic(_product_decimals), (ListType(DECIMAL), DECIMAL)),
    *overloads("Product", _product_quantities, (ListType(QUANTITY), QUANTITY)),
    *overloads("Sum", _whole(lambda a, b: a + b, integer), (ListType(INTEGER), INTEGER)),
    *overloads("Sum", _whole(lambda a, b: a + b, long), (ListType(LONG), LONG)),
    *overloads("Sum", _statistic(_rounded(_sum)), *_DECIMALS),
]
