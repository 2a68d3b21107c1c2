"""The values that an expression holds things against: its own, those of parameters and of the definitions it uses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.values import Interval
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled

_CONVERT: Final = "ConvertQuantity"
CLOCK: Final = frozenset({"Now", "Today", "TimeOfDay"})
"""The operators that give the moment of the question."""


def constants(*conditions: Compiled) -> tuple[Any, ...]:
    """Words, numbers, quantities, dates and instants, each once, in the order in which they stand.

    Lists and intervals are taken apart; truth values and nulls tell nothing. A unit into which something is converted
    stands as one of it.
    """
    values = [value for node in _nodes(conditions) for value in _values(node) if not isinstance(value, bool)]
    return tuple(value for _, value in dict.fromkeys((type(value), value) for value in values))


def precisions(*conditions: Compiled) -> tuple[str, ...]:
    """The precisions in which moments are compared and counted: ``day``, ``year``."""
    nodes = [node for node in _nodes(conditions) if isinstance(node, tree.Call)]
    return tuple(dict.fromkeys(node.precision for node in nodes if node.precision is not None))


def reads_clock(*conditions: Compiled) -> bool:
    """Whether the moment of the question decides: ``Now()``, ``Today()`` or ``TimeOfDay()``."""
    return any(isinstance(node, tree.Call) and node.name in CLOCK for node in _nodes(conditions))


def _nodes(conditions: tuple[Compiled, ...]) -> Iterator[tree.Tree]:
    """The nodes of expressions and of the definitions that they use, those of each once."""
    waiting = list(conditions)
    followed: set[Compiled] = set()
    while waiting:
        condition = waiting.pop(0)
        if condition in followed:
            continue
        followed.add(condition)
        for node in tree.nodes(condition.tree):
            yield node
            if isinstance(node, tree.Definition):
                waiting.append(condition.environment.definition(node.name))


def _values(node: tree.Tree) -> Iterator[Any]:
    match node:
        case tree.Constant():
            yield from _parts(node.value)
        case tree.Call(overload=overload, operands=(_, tree.Constant(value=str(unit)))) if overload.name == _CONVERT:
            yield Quantity(Decimal(1), unit)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, Interval):
        yield from _parts((value.low, value.high))
    elif value is not None:
        yield value
