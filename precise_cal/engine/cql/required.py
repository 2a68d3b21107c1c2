"""What a comparison requires, in words: the constant side and the operator, and their contrary."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.values import Interval
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

Texts = tuple[str | None, str | None]
"""What makes it true, and what makes it false."""

_SIGNS: Final = {"Less": "<", "LessOrEqual": "<=", "Greater": ">", "GreaterOrEqual": ">="}
_CONTRARY: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EQUALITIES: Final = {"Equal": True, "Equivalent": True, "NotEqual": False, "NotEquivalent": False}
_TESTS: Final[dict[str, Texts]] = {
    "IsNull": ("nothing recorded", "a value"),
    "IsTrue": ("true", "not true"),
    "IsFalse": ("false", "not false"),
    "Exists": ("at least one", "none"),
}


def required_text(call: tree.Call) -> Texts:
    """What a call requires of its data side; (None, None) where neither side is constant."""
    if call.name in _TESTS:
        return _TESTS[call.name]
    if len(call.operands) != 2:
        return None, None
    left, right = map(constant_value, call.operands)
    if (left is _NONE) == (right is _NONE):
        return None, None
    value, mirrored = (left, True) if right is _NONE else (right, False)
    return _comparison(call.name, value, mirrored=mirrored)


def _comparison(name: str, value: Any, *, mirrored: bool) -> Texts:
    sign = _SIGNS.get(name)
    if sign is not None:
        sign = _MIRRORED[sign] if mirrored else sign
        return f"{sign} {value_text(value)}", f"{_CONTRARY[sign]} {value_text(value)}"
    if name in _EQUALITIES:
        same, other = value_text(value), f"other than {value_text(value)}"
        return (same, other) if _EQUALITIES[name] else (other, same)
    if name in ("In", "IncludedIn") and not mirrored:
        return value_text(value), f"outside {value_text(value)}"
    return None, None


class _Nothing:
    """No constant."""


_NONE: Final = _Nothing()


def constant_value(typed: tree.Tree) -> Any:
    """The value of a constant side; `_NONE` for a side that holds data."""
    if isinstance(typed, tree.Constant):
        return typed.value
    if isinstance(typed, tree.MakeInterval):
        low, high = constant_value(typed.low), constant_value(typed.high)
        if low is not _NONE and high is not _NONE:
            return Interval(low, high, typed.low_closed, typed.high_closed)
    return _NONE


def value_text(value: Any) -> str:
    """A constant for people: ``2.25 mm to 4.0 mm``, ``one of RA, IVL, ELCA``."""
    for kind, text in _TEXTS.items():
        if isinstance(value, kind):
            return text(value)
    return str(value)


def _interval_text(value: Interval) -> str:
    low, high = value_text(value.low), value_text(value.high)
    if value.low_closed and value.high_closed:
        return f"{low} to {high}"
    return f"{'from' if value.low_closed else 'above'} {low}, {'up to' if value.high_closed else 'below'} {high}"


def _list_text(values: tuple[Any, ...]) -> str:
    words = ", ".join(map(value_text, values))
    return f"one of {words}" if len(values) > 1 else words


def _quantity_text(value: Quantity) -> str:
    return f"{value.value:f}" if value.unit in ("1", None) else str(value)


_TEXTS: Final[dict[type, Callable[[Any], str]]] = {
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: f"{value:f}",
    Quantity: _quantity_text,
    Interval: _interval_text,
    tuple: _list_text,
}
