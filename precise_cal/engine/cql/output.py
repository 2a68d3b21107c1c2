"""Values as JSON (contract, section 6), and as CQL literals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from precise_cal.engine.cql.operators.conversion import text
from precise_cal.engine.cql.values import Interval, Long, Ratio, Tuple, Uncertainty
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date, DateTime, Time


def to_json(value: Any) -> Any:
    """A value as JSON data.

    null, Booleans, Integers, Strings, lists and tuples are JSON's own; every other value is an object with its type and
    its CQL literal, so that no digit is lost.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if type(value) is int:
        return value
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    if isinstance(value, Tuple):
        return {name: to_json(one) for name, one in value.elements.items()}
    if isinstance(value, Decimal):
        return {"type": "Decimal", "value": literal(value)}
    name = _NAMES.get(type(value))
    return {"type": name or type(value).__name__, "value": literal(value)}


_NAMES = {
    Long: "Long",
    Date: "Date",
    DateTime: "DateTime",
    Time: "Time",
    Quantity: "Quantity",
    Ratio: "Ratio",
    Interval: "Interval",
    Uncertainty: "Uncertainty",
}


def literal(value: Any) -> str:
    """A value as CQL writes it."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
    if isinstance(value, Decimal):
        shown = f"{value:f}"
        return shown if "." in shown else f"{shown}.0"
    if isinstance(value, Long):
        return f"{int(value)}L"
    return _structured(value)


def _structured(value: Any) -> str:
    if isinstance(value, Date):
        return f"@{value}"
    if isinstance(value, DateTime):
        shown = str(value)
        return f"@{shown}" if "T" in shown else f"@{shown}T"
    if isinstance(value, Time):
        return f"@T{value}"
    if isinstance(value, Interval):
        opening, closing = "[" if value.low_closed else "(", "]" if value.high_closed else ")"
        return f"Interval{opening}{literal(value.low)}, {literal(value.high)}{closing}"
    if isinstance(value, Uncertainty):
        return f"{literal(value.low)} to {literal(value.high)}"
    if isinstance(value, tuple):
        return "{" + ", ".join(map(literal, value)) + "}"
    if isinstance(value, Tuple):
        return "Tuple{" + ", ".join(f"{name}: {literal(one)}" for name, one in value.elements.items()) + "}"
    if isinstance(value, Quantity | Ratio | bool | int):
        return text(value)
    return type(value).__name__
