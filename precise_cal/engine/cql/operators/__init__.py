"""The operators of the rule language: one table per family, in the order of the reference."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.operators import (
    aggregates,
    arithmetic,
    comparison,
    conversion,
    intervals,
    lists,
    logical,
    messages,
    partition,
    strings,
    temporal,
)

if TYPE_CHECKING:
    from precise_cal.engine.cql.operators.overload import Overload

FAMILIES: Final = {
    "Logical and nullological operators": logical.OVERLOADS,
    "Type conversion operators": conversion.OVERLOADS,
    "Comparison operators": comparison.OVERLOADS,
    "Arithmetic operators": arithmetic.OVERLOADS,
    "String operators": strings.OVERLOADS,
    "Date, time and age operators": temporal.OVERLOADS,
    "Interval operators": [*intervals.OVERLOADS, *partition.OVERLOADS],
    "List operators": lists.OVERLOADS,
    "Aggregate functions": aggregates.OVERLOADS,
    "Messages": messages.OVERLOADS,
}


def _by_name() -> dict[str, tuple[Overload, ...]]:
    found = defaultdict(list)
    for family in FAMILIES.values():
        for overload in family:
            found[overload.name].append(overload)
    return {name: tuple(entries) for name, entries in found.items()}


OPERATORS: Final = _by_name()
"""All overloads of each operator."""
