"""Quantities: UCUM units (`protocol.units`) and the calendar units of CQL.

Calendar weeks, days, hours, minutes, seconds and milliseconds are their UCUM counterparts; calendar years and months
are a measure of their own, which equality and order do not compare with definite time (CQL 1.5, 9.5.2 Equal).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from precise_cal.engine.cql.values import EXACT, decimal
from precise_cal.protocol import units
from precise_cal.protocol.quantity import Quantity

_SINGULAR: Final = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
CALENDAR: Final = {name: unit for unit in _SINGULAR for name in (unit, f"{unit}s")}
"""Calendar units as written, singular or plural, to their singular."""
_DEFINITE: Final = {
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
}
_CALENDAR_OF: Final = {**{code: unit for unit, code in _DEFINITE.items()}, "a": "year", "mo": "month"}
_MONTHS: Final = {"year": 12, "month": 1}
_DAYS: Final = {"year": 365, "month": 30}


def calendar_unit(unit: str | None) -> str | None:
    """The calendar unit in which a quantity is added to a date; None where it is none (9.8.1 Add).

    Definite durations above weeks (`'a'`, `'mo'`) are no calendar durations.
    """
    if unit is None:
        return None
    found = CALENDAR.get(unit) or _CALENDAR_OF.get(unit)
    return None if unit in {"a", "mo"} else found


def ucum(unit: str | None) -> str:
    """The UCUM code of a unit; `1` where there is none."""
    return _DEFINITE.get(CALENDAR.get(unit or "1", ""), unit or "1")


def months(quantity: Quantity) -> int | None:
    """How many months one of a calendar unit is; None for any other unit."""
    return _MONTHS.get(CALENDAR.get(quantity.unit or "", ""))


def convert(quantity: Quantity, unit: str) -> Quantity | None:
    """The quantity in another unit; None where the units do not measure the same or one is unknown."""
    own, target = months(quantity), _MONTHS.get(CALENDAR.get(unit, ""))
    if own is not None and target is not None:
        value = decimal(EXACT.divide(quantity.value * own, Decimal(target)))
    elif own is not None or target is not None:
        return None
    else:
        value = _convert(quantity.value, ucum(quantity.unit), ucum(unit))
    return None if value is None else Quantity(value, unit)


def _convert(value: Decimal, source: str, target: str) -> Decimal | None:
    try:
        return decimal(units.convert(value, source, target))
    except units.UnitError:
        return None


def order(left: Quantity, right: Quantity) -> int | None:
    """-1, 0 or 1; None where the units cannot be compared."""
    if left.unit == right.unit:
        return (left.value > right.value) - (left.value < right.value)
    left_months, right_months = months(left), months(right)
    if left_months is not None and right_months is not None:
        in_months = left.value * left_months, right.value * right_months
        return (in_months[0] > in_months[1]) - (in_months[0] < in_months[1])
    if left_months is not None or right_months is not None:
        return None
    try:
        return units.compare(left.value, ucum(left.unit), right.value, ucum(right.unit))
    except units.UnitError:
        return None


def comparable(left: Quantity, right: Quantity) -> tuple[Quantity, Quantity]:
    """Both, in measures that equivalence compares (9.5.3 Equivalent).

    UCUM's `'a'` and `'mo'` are the calendar's years and months, and those are 365 and 30 days beside definite time.
    """
    if order(left, right) is not None:
        return left, right
    left, right = _calendar_measure(left), _calendar_measure(right)
    return (left, right) if order(left, right) is not None else (_in_days(left), _in_days(right))


def _calendar_measure(quantity: Quantity) -> Quantity:
    return Quantity(quantity.value, _CALENDAR_OF.get(quantity.unit or "", quantity.unit))


def _in_days(quantity: Quantity) -> Quantity:
    days = _DAYS.get(CALENDAR.get(quantity.unit or "", ""))
    return quantity if days is None else Quantity(quantity.value * days, "d")


def add(left: Quantity, right: Quantity, sign: int) -> Quantity | None:
    """Sum (`sign` 1) or difference (-1) in the finer unit of the two; None where they cannot be added."""
    if left.unit != right.unit:
        unit = finer(left, right)
        if unit is None:
            return None
        converted = convert(left, unit), convert(right, unit)
        if converted[0] is None or converted[1] is None:
            return None
        left, right = converted[0], converted[1]
    value = decimal(EXACT.add(left.value, right.value if sign > 0 else -right.value))
    return None if value is None else Quantity(value, left.unit)


def finer(left: Quantity, right: Quantity) -> str | None:
    """The finer unit of the two; None where they do not measure the same."""
    ones = Quantity(Decimal(1), left.unit), Quantity(Decimal(1), right.unit)
    relation = order(*ones)
    if relation is None:
        return None
    return (left.unit if relation <= 0 else right.unit) or "1"


def scale(quantity: Quantity, value: Decimal | None) -> Quantity | None:
    """Another value in the same unit."""
    return None if value is None else Quantity(value, quantity.unit)


def multiply(left: Quantity, right: Quantity) -> Quantity | None:
    """The product with its unit; None where it cannot be represented."""
    unit = left.unit if ucum(right.unit) == "1" else right.unit if ucum(left.unit) == "1" else None
    value = decimal(EXACT.multiply(left.value, right.value))
    try:
        unit = unit or units.multiply(ucum(left.unit), ucum(right.unit))
    except units.UnitError:
        return None
    return None if value is None else Quantity(value, unit)


def divide(left: Quantity, right: Quantity) -> Quantity | None:
    """The quotient with its unit; None where the divisor is zero or the result cannot be represented."""
    unit = divided_unit(left, right)
    if not right.value or unit is None:
        return None
    value = decimal(EXACT.divide(left.value, right.value))
    return None if value is None else Quantity(value, unit)


def divided_unit(left: Quantity, right: Quantity) -> str | None:
    """The unit of a quotient; None where there is none."""
    if ucum(right.unit) == "1":
        return left.unit or "1"
    if left.unit == right.unit:
        return "1"
    try:
        return units.divide(ucum(left.unit), ucum(right.unit))
    except units.UnitError:
        return None
