"""Timing phrases (CQL 1.5, 9.9 and the translation in 6.4), as calls of operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import quantities, tree
from precise_cal.engine.cql.checker.calls import call
from precise_cal.engine.cql.checker.specifiers import check_unit
from precise_cal.engine.cql.types import QUANTITY, IntervalType

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext
    from precise_cal.engine.cql.syntax import Node, Offset, Timing

_RANGES: Final = {
    (True, True): "WithinClosed",
    (False, False): "WithinOpen",
    (True, False): "WithinClosedOpen",
    (False, True): "WithinOpenClosed",
}
"""Whether the low and the high end belong to a range, to the operator."""
_EDGES: Final = {"start": "Start", "end": "End"}


def timing(context: CheckContext, node: Timing) -> tree.Tree:
    """A timing phrase as calls of operators."""
    left = _edge(context, context.typed(node.left), node.left_edge, node)
    right = _edge(context, context.typed(node.right), node.right_edge, node)
    if node.offset is None:
        return call(context, node.relation, [left, right], node, node.precision)
    return _with_offset(context, node, left, right)


def _edge(context: CheckContext, operand: tree.Tree, edge: str | None, node: Node) -> tree.Tree:
    return operand if edge is None else call(context, _EDGES[edge], [operand], node, None)


def _with_offset(context: CheckContext, node: Timing, left: tree.Tree, right: tree.Tree) -> tree.Tree:
    """`3 days or more before`: the left point against the right one, moved; or within a span that ends at it."""
    assert node.offset is not None
    if node.relation == "Within":
        return _within(context, node, left, right)
    before = node.relation.endswith("Before")
    left = _point(context, left, "End" if before else "Start", node)
    right = _point(context, right, "Start" if before else "End", node)
    moved = _moved(context, right, node.offset, "MovedEarlier" if before else "MovedLater", node)
    bound = node.offset.bound
    if bound in ("or more", "more than"):
        relation = ("SameOr" if bound == "or more" else "") + ("Before" if before else "After")
        return call(context, relation, [left, moved], node, node.precision)
    if bound == "exactly":
        return call(context, "SameAs", [left, moved], node, node.precision or _unit(node.offset))
    closed_far, closed_near = bound == "or less", node.relation.startswith("SameOr")
    low, high = (moved, right) if before else (right, moved)
    closed = (closed_far, closed_near) if before else (closed_near, closed_far)
    return call(context, _RANGES[closed], [left, low, high], node, node.precision)


def _within(context: CheckContext, node: Timing, left: tree.Tree, right: tree.Tree) -> tree.Tree:
    assert node.offset is not None
    closed = (not node.properly, not node.properly)
    first = _point(context, right, "Start", node)
    last = _point(context, right, "End", node)
    low = _moved(context, first, node.offset, "MovedEarlier", node)
    high = _moved(context, last, node.offset, "MovedLater", node)
    return call(context, _RANGES[closed], [left, low, high], node, node.precision)


def _point(context: CheckContext, operand: tree.Tree, edge: str, node: Node) -> tree.Tree:
    return call(context, edge, [operand], node, None) if isinstance(operand.type, IntervalType) else operand


def _moved(context: CheckContext, point: tree.Tree, offset: Offset, name: str, node: Node) -> tree.Tree:
    literal = offset.quantity
    check_unit(context, literal)
    quantity: Any = tree.Constant(QUANTITY, literal.start, literal.end, literal.value)
    return call(context, name, [point, quantity], node, None)


def _unit(offset: Offset) -> str | None:
    return quantities.calendar_unit(offset.quantity.value.unit)
