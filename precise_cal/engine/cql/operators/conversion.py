"""Conversions between types (CQL 1.5, 9.3). A text that is not of the form converts to null."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from precise_cal.engine.cql import calendar, quantities
from precise_cal.engine.cql.operators.overload import Binding, Overload, overloads
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    RATIO,
    STRING,
    TIME,
)
from precise_cal.engine.cql.values import Long, Ratio, Uncertainty, decimal, integer, long
from precise_cal.protocol.components import Precision
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time
from precise_cal.protocol.units import is_unit

if TYPE_CHECKING:
    from collections.abc import Callable

_Read = TypeVar("_Read")
_INTEGER: Final = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_QUANTITY: Final = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:'([^']*)'|([a-z]+))?", re.ASCII)
_WORDS: Final = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


def _boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        return _WORDS.get(value.lower())
    return True if value == 1 else False if value == 0 else None


def _integer(value: Any) -> int | None:
    if isinstance(value, str):
        return integer(int(value)) if _INTEGER.fullmatch(value) and len(value) < 20 else None
    return integer(int(value))


def _long(value: Any) -> Any:
    if type(value) is Uncertainty:
        return _both(_long, value)
    if isinstance(value, str):
        return long(int(value)) if _INTEGER.fullmatch(value) and len(value) < 40 else None
    return long(int(value))


def _both(convert: Callable[[Any], Any], value: Uncertainty) -> Uncertainty | None:
    """The uncertainty in another type; its bounds are numbers."""
    low, high = convert(value.low), convert(value.high)
    return None if low is None or high is None else Uncertainty(low, high)


def _decimal(value: Any) -> Any:
    if type(value) is Uncertainty:
        return _both(_decimal, value)
    if isinstance(value, str):
        return _decimal_text(value)
    if isinstance(value, bool):
        return Decimal("1.0" if value else "0.0")
    return value if isinstance(value, Decimal) else Decimal(value)


def _decimal_text(text: str) -> Decimal | None:
    if _DECIMAL.fullmatch(text) is None or len(text) > 100:
        return None
    return decimal(Decimal(text))


def _quantity(value: Any) -> Any:
    if type(value) is Uncertainty:
        return _both(_quantity, value)
    if isinstance(value, str):
        return _quantity_text(value)
    if isinstance(value, Ratio):
        return quantities.divide(value.numerator, value.denominator)
    if isinstance(value, Quantity):
        return value
    return Quantity(Decimal(value), "1")


def _quantity_text(text: str) -> Quantity | None:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        return None
    number, code, word = match.groups()
    value = _decimal_text(number)
    known = (code is None or is_unit(code)) and (word is None or word in quantities.CALENDAR)
    return Quantity(value, code or word or "1") if value is not None and known else None


def _ratio(value: str) -> Ratio | None:
    numerator, _, denominator = value.partition(":")
    first, second = _quantity_text(numerator), _quantity_text(denominator)
    return None if first is None or second is None else Ratio(first, second)


def _parse(read: Callable[[str], _Read], text: str) -> _Read | None:
    try:
        return read(text)
    except ValueError:
        return None


def _date(value: Any) -> Date | None:
    if isinstance(value, DateTime):
        return value.date
    if isinstance(value, Date):
        return value
    instant = _parse(DateTime.parse, value.removesuffix("T"))
    return None if instant is None else instant.date


def _date_time(offset: int, value: Any) -> DateTime | None:
    if isinstance(value, Date):
        return DateTime(value.year, value.month, value.day, offset_minutes=offset)
    parsed = value if isinstance(value, DateTime) else _parse(DateTime.parse, value.removesuffix("T"))
    return None if parsed is None else calendar.ensure_offset(parsed, offset)


_ZONE: Final = re.compile(r"(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)


def _time(value: Any) -> Time | None:
    if isinstance(value, Time):
        return value
    return _parse(Time.parse, _ZONE.sub("", value.removeprefix("T")))


def text(value: Any) -> str:
    """The text form of a simple value (table 9-G); it converts back to the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Quantity):
        unit = value.unit or "1"
        return f"{value.value:f} {unit}" if unit in quantities.CALENDAR else f"{value.value:f} '{unit}'"
    if isinstance(value, Ratio):
        return f"{text(value.numerator)}:{text(value.denominator)}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _string(offset: int, value: Any) -> str:
    """A date-time whose offset is that of the evaluation is written without it."""
    if isinstance(value, DateTime) and value.offset_minutes == offset and value.precision >= Precision.HOUR:
        value = DateTime(*value.components)
    return text(value)


def _convert_quantity(value: Quantity, unit: str) -> Quantity | None:
    return value if value.unit == unit else quantities.convert(value, unit)


def _can_convert_quantity(value: Quantity, unit: str) -> bool:
    return _convert_quantity(value, unit) is not None


def _comparable(left: Quantity, right: Quantity) -> bool:
    return quantities.order(left, right) is not None


_NUMERIC: Final = (INTEGER, LONG, DECIMAL)
_SIMPLE: Final = (BOOLEAN, INTEGER, LONG, DECIMAL, QUANTITY, RATIO, DATE, DATE_TIME, TIME, STRING)
_TARGETS: Final[dict[str, tuple[Any, Callable[..., Any], tuple[Any, ...]]]] = {
    "Boolean": (BOOLEAN, _boolean, (BOOLEAN, *_NUMERIC, STRING)),
    "Integer": (INTEGER, _integer, (INTEGER, BOOLEAN, LONG, STRING)),
    "Long": (LONG, _long, (LONG, BOOLEAN, INTEGER, STRING)),
    "Decimal": (DECIMAL, _decimal, (DECIMAL, BOOLEAN, INTEGER, LONG, STRING)),
    "Quantity": (QUANTITY, _quantity, (QUANTITY, *_NUMERIC, RATIO, STRING)),
    "Ratio": (RATIO, _ratio, (STRING,)),
    "Date": (DATE, _date, (DATE, DATE_TIME, STRING)),
    "Time": (TIME, _time, (TIME, STRING)),
}


def _converts(convert: Callable[..., Any], *accepted: type) -> Callable[..., bool]:
    def test(*operands: Any) -> bool:
        return type(operands[-1]) in accepted and convert(*operands) is not None

    return test


_CLASSES: Final[dict[Any, type]] = {
    BOOLEAN: bool, INTEGER: int, LONG: Long, DECIMAL: Decimal, STRING: str, QUANTITY: Quantity, RATIO: Ratio,
    DATE: Date, DATE_TIME: DateTime, TIME: Time,
}  # fmt: skip


def _conversions() -> list[Overload]:
    found = []
    for name, (kind, convert, sources) in _TARGETS.items():
        found += overloads(f"To{name}", convert, *[(source, kind) for source in sources])
        accepted = [_CLASSES[source] for source in sources]
        found += overloads(f"ConvertsTo{name}", _converts(convert, *accepted), (ANY, BOOLEAN))
    return found


_OFFSET: Final[dict[str, Any]] = {"binding": Binding.OFFSET}

OVERLOADS: Final[list[Overload]] = [
    *_conversions(),
    *overloads("ToDateTime", _date_time, *[(kind, DATE_TIME) for kind in (DATE_TIME, DATE, STRING)], **_OFFSET),
    *overloads("ConvertsToDateTime", _converts(_date_time, Date, DateTime, str), (ANY, BOOLEAN), **_OFFSET),
    *overloads("ToString", _string, *[(kind, STRING) for kind in _SIMPLE], **_OFFSET),
    *overloads("ConvertsToString", _converts(_string, *_CLASSES.values()), (ANY, BOOLEAN), **_OFFSET),
    *overloads("ConvertQuantity", _convert_quantity, (QUANTITY, STRING, QUANTITY)),
    *overloads("Comparable", _comparable, (QUANTITY, QUANTITY, BOOLEAN)),
    *overloads("CanConvertQuantity", _can_convert_quantity, (QUANTITY, STRING, BOOLEAN)),
]
