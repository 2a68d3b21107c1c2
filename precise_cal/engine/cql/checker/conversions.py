"""Implicit conversions, and calls whose value is known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.resolve import cost, resolve, widening
from precise_cal.engine.cql.types import (
    ANY,
    NOTHING,
    ChoiceType,
    IntervalType,
    ListType,
    Type,
)
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.temporal import DateTime

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext
    from precise_cal.engine.cql.syntax import Node


def expect(context: CheckContext, typed: tree.Tree, kind: Type, node: Node) -> tree.Tree:
    """The tree converted to a type. Raises `CqlError` where that cannot be done implicitly."""
    if cost(typed.type, kind) is None:
        raise context.error(
            message("{ $kind } is expected here, not { $type }", kind=Verbatim(kind), type=Verbatim(typed.type)), node
        )
    return convert(typed, kind)


def convert(typed: tree.Tree, kind: Type) -> tree.Tree:
    """The tree with the implicit conversion to a type written out."""
    source = typed.type
    if source is kind or source == kind or kind is ANY or isinstance(kind, ChoiceType):
        return typed
    name = widening(source, kind)
    if name is not None:
        found = resolve(name, (source,))
        assert found is not None
        return folded(tree.Call(kind, typed.start, typed.end, found.overload, (typed,)))
    if isinstance(typed, tree.Constant) and typed.value is None:
        return tree.Constant(kind, typed.start, typed.end, None)
    if source in (NOTHING, ANY) or isinstance(source, ChoiceType):
        return tree.As(kind, typed.start, typed.end, typed, strict=False)
    return tree.Convert(kind, typed.start, typed.end, typed)


def bounded(typed: tree.Tree, kind: IntervalType) -> tree.Tree:
    """`Interval[null, null]`, once the type of its points is known."""
    assert isinstance(typed, tree.MakeInterval)
    low, high = convert(typed.low, kind.point), convert(typed.high, kind.point)
    closed = typed.low_closed, typed.high_closed
    return tree.MakeInterval(kind, typed.start, typed.end, low, high, *closed)


def is_boundless(typed: tree.Tree) -> bool:
    """Whether this is an interval whose bounds are both written null, which every type of points fits."""
    return isinstance(typed, tree.MakeInterval) and typed.type == IntervalType(NOTHING)


def folded(call: tree.Call) -> tree.Tree:
    """The value of a call whose operands are constant and whose implementation needs nothing else."""
    constants = [one for one in call.operands if isinstance(one, tree.Constant)]
    if len(constants) != len(call.operands) or call.overload.binding is not Binding.NOTHING:
        return call
    values = [one.value for one in constants]
    if not values or any(map(needs_offset, values)) or isinstance(call.type, ListType | IntervalType):
        return call
    if any(isinstance(value, tuple) for value in values):
        return call
    try:
        missing = None in values and not call.overload.nulls
        value = None if missing else call.overload.function(*values)
    except EvaluationError:
        return call
    return tree.Constant(call.type, call.start, call.end, value)


def needs_offset(value: Any) -> bool:
    """Whether a value takes the offset of the evaluation, and so is not constant."""
    return isinstance(value, DateTime) and value.offset_minutes is None
