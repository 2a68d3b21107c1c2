"""Values that exist only while rules are evaluated. They are immutable; Python equality is structural.

Integer is `int`, Long is `Long`, Decimal is `decimal.Decimal`; Boolean and String are Python's. Dates, times and
quantities are those of the record (`protocol.temporal`, `protocol.quantity`). A list is a Python tuple.
"""

from __future__ import annotations

from dataclasses import field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.engine.cql.types import Type
    from precise_cal.protocol.quantity import Quantity

MAX_INTEGER: Final = 2**31 - 1
MAX_LONG: Final = 2**63 - 1
DECIMAL_LIMIT: Final = Decimal(10) ** 28
"""Decimals are kept below this magnitude, to eight digits behind the point (CQL asks for at least 10^20)."""
MAX_DECIMAL: Final = Decimal("99999999999999999999.99999999")
"""`maximum Decimal`: (10^28 - 1) / 10^8 (CQL 1.5, 9.6.14 Maximum)."""
SCALE: Final = Decimal("1e-8")
EXACT: Final = Context(prec=120, rounding=ROUND_HALF_UP)
"""Wide enough that sums and products of two Decimals are exact before they are rounded to the scale."""


_Point = TypeVar("_Point")
_Integer = TypeVar("_Integer", int, "Uncertainty")


class Long(int):
    """A 64-bit integer; the class tells it from an Integer."""

    __slots__ = ()


class Tuple:
    """Named values."""

    __slots__ = ("elements",)

    elements: Mapping[str, Any]

    def __init__(self, elements: Mapping[str, Any]) -> None:
        self.elements = elements

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tuple) and self.elements == other.elements

    def __hash__(self) -> int:
        return hash(frozenset(self.elements.items()))

    def __repr__(self) -> str:
        return f"Tuple({dict(self.elements)!r})"


@immutable()
class Ratio:
    """A relationship of two quantities."""

    numerator: Quantity
    denominator: Quantity


@immutable()
class Interval:
    """A range of points. A null bound is unbounded where closed, unknown where open.

    `point` is the static type of the points; None where it cannot be known.
    """

    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True
    point: Type | None = field(default=None, compare=False)


@immutable()
class Uncertainty:
    """Some value from `low` to `high`, both included (CQL 1.5, 5.6 Uncertainty).

    Order comparisons with `<`, `<=`, `>`, `>=` are three-valued: None while the answer depends on the value.
    """

    low: Any
    high: Any

    @classmethod
    def of(cls, low: _Point, high: _Point) -> _Point | Self:
        """The uncertainty, or its only value."""
        return low if low == high else cls(low, high)

    @staticmethod
    def bounds(value: Any) -> tuple[Any, Any]:
        """Lowest and highest value; of a certain value, the value itself."""
        return (value.low, value.high) if isinstance(value, Uncertainty) else (value, value)

    def __lt__(self, other: Any) -> bool | None:
        low, high = self.bounds(other)
        return True if self.high < low else False if self.low >= high else None

    def __le__(self, other: Any) -> bool | None:
        low, high = self.bounds(other)
        return True if self.high <= low else False if self.low > high else None

    def __gt__(self, other: Any) -> bool | None:
        low, high = self.bounds(other)
        return True if self.low > high else False if self.high <= low else None

    def __ge__(self, other: Any) -> bool | None:
        low, high = self.bounds(other)
        return True if self.low >= high else False if self.high < low else None

    def __add__(self, other: Any) -> Self:
        low, high = self.bounds(other)
        return type(self)(self.low + low, self.high + high)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Self:
        low, high = self.bounds(other)
        return type(self)(self.low - high, self.high - low)

    def __rsub__(self, other: Any) -> Self:
        return type(self)(other - self.high, other - self.low)

    def __mul__(self, other: Any) -> Self:
        low, high = self.bounds(other)
        products = (self.low * low, self.low * high, self.high * low, self.high * high)
        return type(self)(min(products), max(products))

    __rmul__ = __mul__

    def __neg__(self) -> Self:
        return type(self)(-self.high, -self.low)


def exponent(value: Decimal) -> int:
    """The power of ten of the last digit of a finite number: -2 of 1.50."""
    found = value.as_tuple().exponent
    assert isinstance(found, int)
    return found


def integer(value: _Integer) -> _Integer | None:
    """The Integer, or None where it does not fit 32 bits."""
    if type(value) is Uncertainty:
        return value if value.low >= -MAX_INTEGER - 1 and value.high <= MAX_INTEGER else None
    return value if -MAX_INTEGER - 1 <= value <= MAX_INTEGER else None


def long(value: int) -> Long | None:
    """The Long, or None where it does not fit 64 bits."""
    return Long(value) if -MAX_LONG - 1 <= value <= MAX_LONG else None


def decimal(value: Decimal) -> Decimal | None:
    """The Decimal, rounded half up to eight digits behind the point; None where it is too large."""
    if not value.is_finite() or abs(value) >= DECIMAL_LIMIT:
        return None
    if exponent(value) < -8:
        value = value.quantize(SCALE, context=EXACT)
    return value or abs(value)
