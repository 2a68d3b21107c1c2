"""Shapes of logic in the typed tree, for whatever runs the rules: chains of an operator, and quantifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql import tree

if TYPE_CHECKING:
    from collections.abc import Iterator


def operands_of(typed: tree.Tree, name: str) -> Iterator[tree.Tree]:
    """The operands of a chain of the same operator, `a and b and c`, from left to right."""
    if isinstance(typed, tree.Call) and typed.name == name:
        for operand in typed.operands:
            yield from operands_of(operand, name)
    else:
        yield typed


def quantified(aggregate: tree.QueryAggregate) -> tuple[bool, tree.Tree] | None:
    """The deciding value and the condition of `aggregate found starting false: found or …`.

    None for any other aggregate, as where the condition reads what was accumulated.
    """
    start, body = aggregate.starting, aggregate.body
    if not isinstance(start, tree.Constant) or not isinstance(body, tree.Call) or start.value not in (True, False):
        return None
    deciding = not start.value
    name = "Or" if deciding else "And"
    leaves = list(operands_of(body, name))
    slot = aggregate.accumulator.slot
    rest = [leaf for leaf in leaves if not (isinstance(leaf, tree.Variable) and leaf.slot == slot)]
    if len(rest) != len(leaves) - 1 or not rest or any(slot in tree.slots_of(leaf) for leaf in rest):
        return None
    condition = rest[0]
    for leaf in rest[1:]:
        condition = tree.Call(body.type, condition.start, leaf.end, body.overload, (condition, leaf))
    return deciding, condition
