"""Values as CQL literals and as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from precise_cal.engine.cql.operators.conversion import text
from precise_cal.engine.cql.types import ANY, Type
from precise_cal.engine.cql.values import Interval, Long, Ratio, Tuple, Uncertainty
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Precision, Time

_ESCAPES: Final = str.maketrans(
    {"'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
)
_NAMES: Final[dict[type, str]] = {
    bool: "Boolean", int: "Integer", Long: "Long", Decimal: "Decimal", str: "String", Quantity: "Quantity",
    Ratio: "Ratio", Date: "Date", DateTime: "DateTime", Time: "Time", Tuple: "Tuple", tuple: "List",
}  # fmt: skip


def literal(value: Any) -> str:
    """The value as CQL would write it; an uncertainty as the interval it lies in."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPES)}'"
    if isinstance(value, tuple):
        return "{" + ", ".join(map(literal, value)) + "}"
    if isinstance(value, Tuple):
        return "{ " + ", ".join(f"{name}: {literal(part)}" for name, part in value.elements.items()) + " }"
    if isinstance(value, Interval):
        opening, closing = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
        return f"Interval{opening}{literal(value.low)}, {literal(value.high)}{closing}"
    if isinstance(value, Uncertainty):
        return f"Interval[{literal(value.low)}, {literal(value.high)}]"
    return _simple(value)


def _simple(value: Any) -> str:
    if isinstance(value, Long):
        return f"{int(value)}L"
    if isinstance(value, Decimal) and value == value.to_integral_value() and value.as_tuple().exponent >= 0:  # type: ignore[operator]
        return f"{value:f}.0"
    if isinstance(value, DateTime):
        return f"@{value}" if value.precision >= Precision.HOUR else f"@{value}T"
    if isinstance(value, (Date, Time)):
        return f"@{'T' if isinstance(value, Time) else ''}{value}"
    return text(value)


def type_name(value: Any) -> str:
    """The name of the run-time type of a value."""
    if isinstance(value, Uncertainty):
        return f"Interval<{type_name(value.low)}>"
    if isinstance(value, Interval):
        return f"Interval<{_point_name(value)}>"
    return _NAMES[type(value)]


def _point_name(value: Interval) -> str:
    bound = value.low if value.low is not None else value.high
    point: Type = value.point or ANY
    return str(point) if bound is None else type_name(bound)


def to_json(value: Any) -> Any:
    """What JSON can say of a value.

    null, Booleans, Integers and Strings are themselves; lists are arrays and tuples objects; every other value is
    `{"type", "value"}` with its CQL literal. An uncertainty is the interval it lies in, marked `"uncertain": true`.
    Raises `TypeError` for a record object.
    """
    if value is None or isinstance(value, (bool, str)) or type(value) is int:
        return value
    if isinstance(value, tuple):
        return [to_json(part) for part in value]
    if isinstance(value, Tuple):
        return {name: to_json(part) for name, part in value.elements.items()}
    if type(value) not in _NAMES and not isinstance(value, (Interval, Uncertainty)):
        raise TypeError(f"a {type(value).__name__} of the record has no JSON form here")
    shown = {"type": type_name(value), "value": literal(value)}
    return {**shown, "uncertain": True} if isinstance(value, Uncertainty) else shown
