"""What timing phrases with a quantity are made of: the moved end of a range, and whether a point lies within it.

`3 days or less before X` asks for a point from `X` moved by three days up to `X` (CQL 1.5, 9.9 and 5.7.3). No interval
is made, because one that ends at a date known to the month cannot say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import calendar, quantities
from precise_cal.engine.cql.comparison import all_of, negate
from precise_cal.engine.cql.operators.overload import Binding, Overload, overloads
from precise_cal.engine.cql.operators.temporal import shift
from precise_cal.engine.cql.types import BOOLEAN, DATE, DATE_TIME, QUANTITY, TIME
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.protocol.components import Precision

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.protocol.quantity import Quantity

    Relation = Callable[[Any, Any], bool | None]

_REACHED: Final = {
    "year": Precision.YEAR, "month": Precision.MONTH, "week": Precision.DAY, "day": Precision.DAY,
    "hour": Precision.HOUR, "minute": Precision.MINUTE, "second": Precision.SECOND, "millisecond": Precision.SECOND,
}  # fmt: skip
"""How precise a date must be, for the unit to move it exactly."""


def _moved(sign: int) -> Callable[[Any, Quantity], Any]:
    """As addition, but a date that is less precise than the unit stands for its range.

    Addition truncates the amount to the precision of the date (9.8.1 Add), which may decide what is not known.
    By an uncertain amount nothing is moved, as in addition: null.
    """
    move = shift(sign)

    def moved(value: Any, amount: Quantity | Uncertainty) -> Any:
        if isinstance(amount, Uncertainty):
            return None
        unit = quantities.calendar_unit(amount.unit)
        if type(value) is Uncertainty or unit is None or value.precision >= _REACHED[unit]:
            return move(value, amount)
        first, last = calendar.first_completion(value), calendar.last_completion(value)
        return Uncertainty.of(move(first, amount), move(last, amount))

    return moved


def _within(*, low_closed: bool, high_closed: bool) -> Callable[..., bool | None]:
    """Whether a point lies between two others, either of which may be left out."""

    def test(le: Relation, point: Any, low: Any, high: Any) -> bool | None:
        above = le(low, point) if low_closed else negate(le(point, low))
        below = le(point, high) if high_closed else negate(le(high, point))
        return all_of((above, below))

    return test


_RANGES: Final = {
    "WithinClosed": _within(low_closed=True, high_closed=True),
    "WithinOpen": _within(low_closed=False, high_closed=False),
    "WithinClosedOpen": _within(low_closed=True, high_closed=False),
    "WithinOpenClosed": _within(low_closed=False, high_closed=True),
}
_TYPES: Final = (DATE, DATE_TIME, TIME)

OVERLOADS: Final[list[Overload]] = [
    *[
        overload
        for name, function in _RANGES.items()
        for overload in overloads(
            name, function, *[(k, k, k, BOOLEAN) for k in _TYPES], binding=Binding.RELATION, precision=True
        )
    ],
    *overloads("MovedLater", _moved(1), *[(kind, QUANTITY, kind) for kind in _TYPES]),
    *overloads("MovedEarlier", _moved(-1), *[(kind, QUANTITY, kind) for kind in _TYPES]),
]
