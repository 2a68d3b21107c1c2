"""The operators of the rule language: one table per family, in the order of the reference."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.operators import (
    ages,
    aggregates,
    arithmetic,
    comparison,
    conversion,
    intervals,
    lists,
    logical,
    messages,
    partition,
    phrases,
    strings,
    temporal,
)
from precise_cal.engine.cql.operators.overload import Binding, certain
from precise_cal.engine.cql.types import INTEGER, ORDERED, ListType

if TYPE_CHECKING:
    from precise_cal.engine.cql.operators.overload import Overload

FAMILIES: Final = {
    "Logical and nullological operators": logical.OVERLOADS,
    "Type conversion operators": conversion.OVERLOADS,
    "Comparison operators": comparison.OVERLOADS,
    "Arithmetic operators": arithmetic.OVERLOADS,
    "String operators": strings.OVERLOADS,
    "Date, time and age operators": [*temporal.OVERLOADS, *ages.OVERLOADS],
    "Timing phrases": phrases.OVERLOADS,
    "Interval operators": [*intervals.OVERLOADS, *partition.OVERLOADS],
    "List operators": lists.OVERLOADS,
    "Aggregate functions": aggregates.OVERLOADS,
    "Messages": messages.OVERLOADS,
}


_UNCERTAIN: Final = frozenset(
    """Equal NotEqual Equivalent NotEquivalent Less LessOrEqual Greater GreaterOrEqual Between ProperlyBetween
    Successor Predecessor Plus ToLong ToDecimal ToQuantity MovedLater MovedEarlier Count Mode Min Max""".split()  # noqa: SIM905 - names
)
_INTEGERS: Final = frozenset({"Add", "Subtract", "Multiply", "Negate", "TruncatedDivide", "Modulo"})
"""Those that know uncertain Integers; `div` and `mod` refuse them (5.6.1)."""
_POINTS: Final = (*ORDERED, *(ListType(kind) for kind in ORDERED))


def _takes_uncertainty(overload: Overload) -> bool:
    """Whether the operator is defined for uncertain values, or never meets one."""
    if overload.name in _UNCERTAIN or overload.binding in (Binding.RELATION, Binding.PRECISION):
        return True
    if overload.name in _INTEGERS and overload.operands[0] is INTEGER:
        return True
    return not any(operand in _POINTS for operand in overload.operands)


def _by_name() -> dict[str, tuple[Overload, ...]]:
    found = defaultdict(list)
    for family in FAMILIES.values():
        for overload in family:
            found[overload.name].append(overload if _takes_uncertainty(overload) else certain(overload))
    return {name: tuple(entries) for name, entries in found.items()}


OPERATORS: Final = _by_name()
"""All overloads of each operator."""
