"""What makes values: lists, tuples and intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql import casts, tree
from precise_cal.engine.cql.budget import CALL, ELEMENT, is_flat
from precise_cal.engine.cql.codegen.writer import Value
from precise_cal.engine.cql.types import DATE_TIME, QUANTITY, RATIO, IntervalType

if TYPE_CHECKING:
    from precise_cal.engine.cql.codegen.context import CodeContext


def make_list(context: CodeContext, typed: tree.MakeList) -> Value:
    """A list."""
    elements = [context.value(element).code for element in typed.elements]
    context.writer.cost += ELEMENT * len(elements)
    made = context.writer.assign(f"({''.join(f'{one}, ' for one in elements)})", nullable=False)
    return made if is_flat(typed.type) else context.made(typed, made)


def make_tuple(context: CodeContext, typed: tree.MakeTuple) -> Value:
    """A tuple, quantity or ratio."""
    elements = [f"{name!r}: {context.value(value).code}" for name, value in typed.elements]
    build = "make_quantity" if typed.type == QUANTITY else "make_ratio" if typed.type == RATIO else "Tuple"
    context.writer.cost += ELEMENT * len(elements)
    return context.made(typed, context.writer.assign(f"{build}({{{', '.join(elements)}}})"))


def make_interval(context: CodeContext, typed: tree.MakeInterval) -> Value:
    """An interval, made once where its bounds are constant."""
    assert isinstance(typed.type, IntervalType)
    point, closed = typed.type.point, (typed.low_closed, typed.high_closed)
    if isinstance(typed.low, tree.Constant) and isinstance(typed.high, tree.Constant) and point is not DATE_TIME:
        made = casts.make_interval(typed.low.value, typed.high.value, *closed, point)
        return Value(context.writer.constant(made), made is None)
    low, high = context.value(typed.low).code, context.value(typed.high).code
    arguments = f"{low}, {high}, {closed[0]}, {closed[1]}, {context.writer.constant(point)}"
    context.writer.cost += CALL
    return context.writer.assign(f"make_interval({arguments})")
