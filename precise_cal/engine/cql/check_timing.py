"""The part of the checker that reads timing phrases (CQL 1.5, 9.9 and the translation in 6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import quantities, tree
from precise_cal.engine.cql.check_calls import CallChecker
from precise_cal.engine.cql.types import QUANTITY, IntervalType

if TYPE_CHECKING:
    from precise_cal.engine.cql.syntax import Node, Offset, Timing

_RANGES: Final = {
    (True, True): "WithinClosed",
    (False, False): "WithinOpen",
    (True, False): "WithinClosedOpen",
    (False, True): "WithinOpenClosed",
}
"""Whether the low and the high end belong to a range, to the operator."""
_EDGES: Final = {"start": "Start", "end": "End"}


class TimingChecker(CallChecker):
    """Turns a timing phrase into calls of operators."""

    def timing(self, node: Timing) -> tree.Tree:
        """A timing phrase as calls of operators."""
        left = self._edge(self.typed(node.left), node.left_edge, node)
        right = self._edge(self.typed(node.right), node.right_edge, node)
        if node.offset is None:
            return self.call(node.relation, [left, right], node, node.precision)
        return self._with_offset(node, left, right)

    def _edge(self, operand: tree.Tree, edge: str | None, node: Node) -> tree.Tree:
        return operand if edge is None else self.call(_EDGES[edge], [operand], node, None)

    def _with_offset(self, node: Timing, left: tree.Tree, right: tree.Tree) -> tree.Tree:
        """`3 days or more before`: the left point against the right one, moved; or within a span that ends at it."""
        assert node.offset is not None
        if node.relation == "Within":
            return self._within(node, left, right)
        before = node.relation.endswith("Before")
        left = self._point(left, "End" if before else "Start", node)
        right = self._point(right, "Start" if before else "End", node)
        moved = self._moved(right, node.offset, "MovedEarlier" if before else "MovedLater", node)
        bound = node.offset.bound
        if bound in ("or more", "more than"):
            relation = ("SameOr" if bound == "or more" else "") + ("Before" if before else "After")
            return self.call(relation, [left, moved], node, node.precision)
        if bound == "exactly":
            return self.call("SameAs", [left, moved], node, node.precision or self._unit(node.offset))
        closed_far, closed_near = bound == "or less", node.relation.startswith("SameOr")
        low, high = (moved, right) if before else (right, moved)
        closed = (closed_far, closed_near) if before else (closed_near, closed_far)
        return self.call(_RANGES[closed], [left, low, high], node, node.precision)

    def _within(self, node: Timing, left: tree.Tree, right: tree.Tree) -> tree.Tree:
        assert node.offset is not None
        closed = (not node.properly, not node.properly)
        first = self._point(right, "Start", node)
        last = self._point(right, "End", node)
        low = self._moved(first, node.offset, "MovedEarlier", node)
        high = self._moved(last, node.offset, "MovedLater", node)
        return self.call(_RANGES[closed], [left, low, high], node, node.precision)

    def _point(self, operand: tree.Tree, edge: str, node: Node) -> tree.Tree:
        return self.call(edge, [operand], node, None) if isinstance(operand.type, IntervalType) else operand

    def _moved(self, point: tree.Tree, offset: Offset, name: str, node: Node) -> tree.Tree:
        literal = offset.quantity
        self.check_unit(literal)
        quantity: Any = tree.Constant(QUANTITY, literal.start, literal.end, literal.value)
        return self.call(name, [point, quantity], node, None)

    @staticmethod
    def _unit(offset: Offset) -> str | None:
        return quantities.calendar_unit(offset.quantity.value.unit)
