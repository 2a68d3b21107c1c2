"""Conditions: `if` and `case`, their results brought to one type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql import syntax, tree
from precise_cal.engine.cql.checker.calls import call
from precise_cal.engine.cql.checker.conversions import convert, expect
from precise_cal.engine.cql.resolve import common_or_choice
from precise_cal.engine.cql.types import (
    BOOLEAN,
)

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext


def if_(context: CheckContext, node: syntax.If) -> tree.Tree:
    """A condition, its results brought to one type."""
    met = condition(context, node.condition)
    yes, no = context.typed(node.yes), context.typed(node.no)
    kind = common_or_choice([yes.type, no.type])
    return tree.If(kind, node.start, node.end, met, convert(yes, kind), convert(no, kind))


def case(context: CheckContext, node: syntax.Case) -> tree.Tree:
    """A chain of conditions."""
    comparand = None if node.comparand is None else context.typed(node.comparand)
    pairs = []
    for when, then in node.items:
        met = (
            condition(context, when)
            if comparand is None
            else call(context, "Equal", [comparand, context.typed(when)], when, None)
        )
        pairs.append((met, context.typed(then)))
    otherwise = context.typed(node.otherwise)
    kind = common_or_choice([*(then.type for _, then in pairs), otherwise.type])
    result: tree.Tree = convert(otherwise, kind)
    for met, value in reversed(pairs):
        result = tree.If(kind, node.start, node.end, met, convert(value, kind), result)
    return result


def condition(context: CheckContext, node: syntax.Node) -> tree.Tree:
    """An expression that must be Boolean."""
    return expect(context, context.typed(node), BOOLEAN, node)
