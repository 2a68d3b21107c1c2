"""The values that an expression holds things against: its own, those of parameters and of the definitions it uses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.cql.values import Interval
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cql.environment import Compiled

_CONVERT: Final = "ConvertQuantity"
_LOGIC: Final = frozenset({"And", "Or", "Not", "Implies", "Xor", "IsTrue", "IsFalse"})
CLOCK: Final = frozenset({"Now", "Today", "TimeOfDay"})
"""The operators that give the moment of the question."""


def constants(*conditions: Compiled) -> tuple[Any, ...]:
    """Words, numbers, quantities, dates and instants, each once, in the order in which they stand.

    Lists and intervals are taken apart; truth values and nulls tell nothing. A unit into which something is converted
    stands as one of it.
    """
    return _held(_nodes(conditions))


def _held(nodes: Iterable[tree.Tree]) -> tuple[Any, ...]:
    values = [value for node in nodes for value in _values(node) if not isinstance(value, bool)]
    return tuple(value for _, value in dict.fromkeys((type(value), value) for value in values))


def constants_together(*conditions: Compiled) -> tuple[tuple[Any, ...], ...]:
    """The constants of each part of a condition that `and`, `or` and `not` hold together, where there are several.

    So a limit is known to belong to the word that stands beside it: `test = 'alt' and value < 3`.
    """
    found = [_held(_within(part, one)) for condition in conditions for part, one in _leaves(condition.tree, condition)]
    return tuple(held for held in found if len(held) > 1)


def _leaves(node: tree.Tree, condition: Compiled) -> Iterator[tuple[tree.Tree, Compiled]]:
    """The parts of a condition that its logic holds together, each with the expression that it stands in."""
    match node:
        case tree.Call(name=name, operands=operands) if name in _LOGIC:
            for one in operands:
                yield from _leaves(one, condition)
        case tree.Definition(name=name) if node.type is BOOLEAN:
            named = condition.environment.definition(name)
            yield from _leaves(named.tree, named)
        case tree.Inlined(body=body):
            yield from _leaves(body, condition)
        case _:
            yield node, condition


def precisions(*conditions: Compiled) -> tuple[str, ...]:
    """The precisions in which moments are compared and counted: ``day``, ``year``."""
    nodes = [node for node in _nodes(conditions) if isinstance(node, tree.Call)]
    return tuple(dict.fromkeys(node.precision for node in nodes if node.precision is not None))


def reads_clock(*conditions: Compiled) -> bool:
    """Whether the moment of the question decides: ``Now()``, ``Today()`` or ``TimeOfDay()``."""
    return any(isinstance(node, tree.Call) and node.name in CLOCK for node in _nodes(conditions))


def _nodes(conditions: Iterable[Compiled]) -> Iterator[tree.Tree]:
    """The nodes of expressions and of the definitions that they use, those of each once."""
    followed: set[Compiled] = set()
    for condition in conditions:
        if condition not in followed:
            followed.add(condition)
            yield from _within(condition.tree, condition, followed)


def _within(part: tree.Tree, condition: Compiled, followed: set[Compiled] | None = None) -> Iterator[tree.Tree]:
    """The nodes of a part of an expression and of the definitions that it uses, but those that were followed."""
    followed = set() if followed is None else followed
    for node in tree.nodes(part):
        yield node
        if isinstance(node, tree.Definition):
            named = condition.environment.definition(node.name)
            if named not in followed:
                followed.add(named)
                yield from _within(named.tree, named, followed)


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
