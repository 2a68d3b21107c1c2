"""What operators are given: single values, and pairs of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cohort.sql.constants import quantity
from precise_cal.cohort.sql.values import Fixed, NotCompiledError, Value, nothing
from precise_cal.language.catalog import Verbatim, message
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
    raise NotCompiledError(message("{ $name } of what is no single value", name=Verbatim(typed.name)), typed)


def pair(typed: tree.Call, operands: Sequence[SqlValue]) -> tuple[Value, Value]:
    """Two operands of one kind; the literal null is of the kind of the other."""
    left, right = (single(typed, operand) for operand in operands)
    if "null" in (left.kind, right.kind):
        kind = right.kind if left.kind == "null" else left.kind
        left, right = (nothing(kind) if one.kind == "null" else one for one in (left, right))
    if left.kind != right.kind:
        raise NotCompiledError(
            message(
                "{ $name } of { $kind } and { $kind_2 }",
                name=Verbatim(typed.name),
                kind=Verbatim(left.kind),
                kind_2=Verbatim(right.kind),
            ),
            typed,
        )
    return left, right
