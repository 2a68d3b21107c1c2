"""Constants: what can be computed before any record is seen.

A date-time without an offset takes that of the evaluation, therefore nothing with a date-time is computed ahead.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.comparison import not_after
from precise_cal.engine.cql.conversions import converter
from precise_cal.engine.cql.making import make_interval, make_tuple
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.types import DATE_TIME, IntervalType, ListType, TupleType, Type

if TYPE_CHECKING:
    from precise_cal.engine.cql.tree import Tree


def holds_instants(kind: Type) -> bool:
    """Whether values of the type depend on the offset of the evaluation."""
    if isinstance(kind, ListType):
        return holds_instants(kind.element)
    if isinstance(kind, IntervalType):
        return holds_instants(kind.point)
    if isinstance(kind, TupleType):
        return any(holds_instants(part) for _, part in kind.elements)
    return kind is DATE_TIME


def _parts(tree: Tree) -> tuple[Tree, ...] | None:
    if isinstance(tree, t.Call):
        plain = tree.overload.binding is Binding.NOTHING
        relation = tree.overload.binding is Binding.RELATION and tree.precision is None
        return tree.operands if plain or relation else None
    if isinstance(tree, t.MakeList):
        return tree.elements
    if isinstance(tree, t.MakeTuple):
        return tuple(part for _, part in tree.elements)
    if isinstance(tree, t.MakeInterval):
        return tree.low, tree.high
    return (tree.operand,) if isinstance(tree, t.Convert) else None


def foldable(tree: Tree) -> bool:
    """Whether the value is known now."""
    parts = _parts(tree)
    if parts is None or holds_instants(tree.type):
        return False
    return all(isinstance(part, t.Constant) and not holds_instants(part.type) for part in parts)


def constant(tree: Tree) -> Tree:
    """The constant for a foldable tree. Raises `EvaluationError` where the evaluation would."""
    values = [part.value for part in _parts(tree) or () if isinstance(part, t.Constant)]
    return t.Constant(tree.type, tree.start, tree.end, _value(tree, values))


def _value(tree: Tree, values: list[Any]) -> Any:
    if isinstance(tree, t.MakeList):
        return tuple(values)
    if isinstance(tree, t.MakeTuple):
        return make_tuple(tree, values)
    if isinstance(tree, t.MakeInterval):
        return make_interval(tree, *values)
    if isinstance(tree, t.Convert):
        convert = converter(tree.operand.type, tree.type)
        return values[0] if convert is None else convert(0, values[0])
    assert isinstance(tree, t.Call)
    if not tree.overload.nulls and None in values:
        return None
    function = tree.overload.function
    if tree.overload.binding is Binding.RELATION:
        function = partial(function, not_after)
    return function(*values)
