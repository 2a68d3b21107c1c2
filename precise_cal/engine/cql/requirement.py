"""What an atom requires, in words, from its constant side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.cql.values import Interval

if TYPE_CHECKING:
    from precise_cal.engine.cql.tree import Tree

_SIGNS: Final = {
    "Equal": "= ", "NotEqual": "not ", "Equivalent": "= ", "NotEquivalent": "not ", "Less": "< ",
    "LessOrEqual": "<= ", "Greater": "> ", "GreaterOrEqual": ">= ", "Before": "before ", "After": "after ",
    "SameOrBefore": "on or before ", "SameOrAfter": "on or after ", "SameAs": "same as ",
    "In": "", "IncludedIn": "", "ProperlyIncludedIn": "", "EquivalentIn": "",
    "Contains": "containing ", "Includes": "including ", "StartsWith": "starting with ", "EndsWith": "ending with ",
    "Matches": "matching ", "MatchesFull": "matching ",
}  # fmt: skip
_MIRRORED: Final = {
    "Less": "Greater", "LessOrEqual": "GreaterOrEqual", "Greater": "Less", "GreaterOrEqual": "LessOrEqual",
    "Before": "After", "After": "Before", "SameOrBefore": "SameOrAfter", "SameOrAfter": "SameOrBefore",
    "Equal": "Equal", "NotEqual": "NotEqual", "Equivalent": "Equivalent", "NotEquivalent": "NotEquivalent",
    "SameAs": "SameAs", "Contains": "In", "Includes": "IncludedIn",
}  # fmt: skip
_TESTS: Final = {"IsTrue": "true", "IsFalse": "false", "IsNull": "unknown", "Exists": "at least one"}


def data_side(tree: t.Call) -> int:
    """Which operand is the data; the first, unless only the second is not constant."""
    if len(tree.operands) == 2 and isinstance(tree.operands[0], t.Constant):
        return 0 if isinstance(tree.operands[1], t.Constant) else 1
    return 0


def required(tree: Tree) -> str | None:
    """What makes the atom true: `> 0.8`, `2.25 mm to 4.0 mm`, `one of RA, IVL`; None where no side is constant."""
    if not isinstance(tree, t.Call):
        return "true" if tree.type is BOOLEAN and isinstance(tree, (t.Property, t.Variable)) else None
    if tree.name in _TESTS:
        return _TESTS[tree.name]
    if tree.name == "Between":
        return _between(tree)
    if len(tree.operands) != 2:
        return None
    data = data_side(tree)
    constant = tree.operands[1 - data]
    name = tree.name if data == 0 else _MIRRORED.get(tree.name, "")
    if not isinstance(constant, t.Constant) or name not in _SIGNS:
        return None
    sign = _SIGNS[name]
    plain = sign == "= "
    return f"{'' if plain else sign}{words(constant.value)}"


def _between(tree: t.Call) -> str | None:
    _, low, high = tree.operands
    if not isinstance(low, t.Constant) or not isinstance(high, t.Constant):
        return None
    return f"{words(low.value)} to {words(high.value)}"


def words(value: Any) -> str:
    """A value in words."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ("one of " if len(value) > 1 else "") + ", ".join(map(words, value))
    if isinstance(value, Interval):
        return _interval(value)
    return str(value)


def _interval(value: Interval) -> str:
    if value.low is not None and value.high is not None and value.low_closed and value.high_closed:
        return f"{words(value.low)} to {words(value.high)}"
    low = None if value.low is None else f"{'>=' if value.low_closed else '>'} {words(value.low)}"
    high = None if value.high is None else f"{'<=' if value.high_closed else '<'} {words(value.high)}"
    return " and ".join(part for part in (low, high) if part) or "any value"
