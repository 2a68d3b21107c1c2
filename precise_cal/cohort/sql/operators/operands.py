"""What operators are given: single values, and pairs of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cohort.sql.constants import quantity
from precise_cal.cohort.sql.values import Fixed, NotCompiledError, Value, nothing
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree

    Handler = Callable[[SqlContext, tree.Call, Sequence[SqlValue]], Value]


def single(typed: tree.Call, operand: SqlValue) -> Value:
    """An operand that is a single value; a quantity in the unit of its kind."""
    if isinstance(operand, Value):
        return operand
    if isinstance(operand, Fixed) and isinstance(operand.value, Quantity):
        return quantity(typed, operand.value)
    raise NotCompiledError(f"{typed.name} of what is no single value", typed)


def pair(typed: tree.Call, operands: Sequence[SqlValue]) -> tuple[Value, Value]:
    """Two operands of one kind; the literal null is of the kind of the other."""
    left, right = (single(typed, operand) for operand in operands)
    if "null" in (left.kind, right.kind):
        kind = right.kind if left.kind == "null" else left.kind
        left, right = (nothing(kind) if one.kind == "null" else one for one in (left, right))
    if left.kind != right.kind:
        raise NotCompiledError(f"{typed.name} of {left.kind} and {right.kind}", typed)
    return left, right
