"""What rules compute with, made from what was recorded: bounds of dates and instants, decimals in one unit.

A day is counted from 1970-01-01, an instant in milliseconds from that day's midnight, both on the clock of the study.
A quantity stands in one unit for all that measures the same, converted exactly, with at most eight decimals; one that
does not fit is `UnfitError`, and its participant is left to the interpreter.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from precise_cal.engine.record_types import at_offset
from precise_cal.language.catalog import message
from precise_cal.protocol.components import DAY_MS, MINUTE_MS, Precision
from precise_cal.protocol.units import conversion_factor, parse_unit

if TYPE_CHECKING:
    from precise_cal.protocol.quantity import Quantity
    from precise_cal.protocol.temporal import Date, DateTime

EPOCH: Final = 719_163
"""The ordinal of 1970-01-01."""
PLACES: Final = 8
DIGITS: Final = 18
_LIMIT: Final = 10 ** (DIGITS - PLACES)
_UNITS: Final = ("mm", "deg", "%", "mL/min/{1.73_m2}", "ng/L", "U/L")
"""The units in which quantities that measure the same are compared; what measures something else keeps base units."""


class UnfitError(Exception):
    """A value that no column holds exactly; its text says why."""


class Exact(NamedTuple):
    """A quantity in the unit that stands for what it measures, and the decimals it was recorded with."""

    value: Decimal
    places: int
    unit: str


def places_of(value: Decimal) -> int:
    """The decimals that a number was recorded with."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)


def exact_decimal(value: Decimal) -> Decimal:
    """The number itself. Raises: UnfitError, where it is too large for its column."""
    if abs(value) >= _LIMIT:
        raise UnfitError(
            message(
                "{ $value } has more than { $digits } digits before the point",
                value=f"{value:f}",
                digits=DIGITS - PLACES,
            )
        )
    return value


def exact_quantity(quantity: Quantity) -> Exact:
    """The quantity in the unit that stands for what it measures. Raises: UnfitError."""
    assert quantity.unit is not None
    unit, factor = _worth(quantity.unit)
    if factor is None:
        raise UnfitError(
            message("{ $quantity } cannot be converted to { $unit } exactly", quantity=quantity, unit=unit)
        )
    number = Fraction(quantity.value) * factor
    scaled = number * 10**PLACES
    if scaled.denominator != 1 or abs(number) >= _LIMIT:
        raise UnfitError(
            message(
                "{ $quantity } in { $unit } does not fit { $digits } digits, { $places } of them decimals",
                quantity=quantity,
                unit=unit,
                digits=DIGITS,
                places=PLACES,
            )
        )
    return Exact(Decimal(scaled.numerator).scaleb(-PLACES), places_of(quantity.value), unit)


@lru_cache(maxsize=4096)
def _worth(unit: str) -> tuple[str, Fraction | None]:
    """The unit that stands for what this one measures, and the exact factor; None where there is none.

    Durations are left out: the rule language compares calendar time with them in a way of its own.
    """
    parsed = parse_unit(unit)
    for known in _UNITS:
        if parsed.is_commensurable(parse_unit(known)):
            factor = conversion_factor(unit, known)
            return known, factor if parsed.pi == parse_unit(known).pi else None
    if parsed.scale is not None or parsed.pi or parsed.is_commensurable(parse_unit("s")):
        return "another unit", None
    powers = [f"{code}{power}" for code, power in parsed.arbitrary]
    return " ".join(["base", *map(str, parsed.dimension), *powers]), parsed.factor


def day_bounds(value: Date) -> tuple[int, int]:
    """First and last day that a date may be."""
    return value.low - EPOCH, value.high - EPOCH


def instant_bounds(value: DateTime, offset_minutes: int) -> tuple[int, int]:
    """First and last millisecond that an instant may be; one known to the second counts as its beginning."""
    if value.offset_minutes not in (None, offset_minutes):
        value = at_offset(value, offset_minutes)
    low = value.low - EPOCH * DAY_MS
    return low, low if value.precision == Precision.SECOND else value.high - EPOCH * DAY_MS


DAY_WIDTH: Final = DAY_MS - 1
MINUTE_WIDTH: Final = MINUTE_MS - 1
"""High less low of an instant that is known to the day, and to the minute."""
