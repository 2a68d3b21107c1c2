"""The values that an expression holds things against: its own, those of parameters and of the definitions it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.values import Interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled


def constants(*conditions: Compiled) -> tuple[Any, ...]:
    """Words, numbers, quantities, dates and instants, each once, in the order in which they stand.

    Lists and intervals are taken apart; truth values and nulls tell nothing.
    """
    nodes = [node for node in _nodes(conditions) if isinstance(node, tree.Constant)]
    values = [value for node in nodes for value in _parts(node.value) if not isinstance(value, bool)]
    return tuple(value for _, value in dict.fromkeys((type(value), value) for value in values))


def precisions(*conditions: Compiled) -> tuple[str, ...]:
    """The precisions in which moments are compared and counted: ``day``, ``year``."""
    nodes = [node for node in _nodes(conditions) if isinstance(node, tree.Call)]
    return tuple(dict.fromkeys(node.precision for node in nodes if node.precision is not None))


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


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for one in value:
            yield from _parts(one)
    elif isinstance(value, Interval):
        yield from _parts((value.low, value.high))
    elif value is not None:
        yield value
