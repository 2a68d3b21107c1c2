"""Literals, and what selects values and types: intervals, lists, tuples, `as`, `is`, `minimum`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import syntax, tree
from precise_cal.engine.cql.checker.calls import call
from precise_cal.engine.cql.checker.conversions import bounded, convert, expect, is_boundless, needs_offset
from precise_cal.engine.cql.checker.specifiers import check_unit, type_of
from precise_cal.engine.cql.points import EXTENTS
from precise_cal.engine.cql.resolve import common, common_or_choice, resolve
from precise_cal.engine.cql.types import (
    ANY,
    BOOLEAN,
    DECIMAL,
    NOTHING,
    QUANTITY,
    RATIO,
    STRING,
    IntervalType,
    ListType,
    TupleType,
    Type,
)
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.engine.cql.checker.context import CheckContext

_INSTANCES: Final[dict[Type, dict[str, Type]]] = {
    QUANTITY: {"value": DECIMAL, "unit": STRING},
    RATIO: {"numerator": QUANTITY, "denominator": QUANTITY},
}


def literal(context: CheckContext, node: syntax.Literal) -> tree.Tree:
    """A literal; the unit of a quantity is checked."""
    if node.type is QUANTITY:
        check_unit(context, node)
    return tree.Constant(node.type, node.start, node.end, node.value)


def interval(context: CheckContext, node: syntax.IntervalSelector) -> tree.Tree:
    """An interval, its bounds brought to one type of points."""
    low, high = context.typed(node.low), context.typed(node.high)
    point = common(low.type, high.type)
    if point is None or (point is not NOTHING and not _is_point(point)):
        raise context.error(
            message(
                "an interval from { $type } to { $type_2 } cannot be made",
                type=Verbatim(low.type),
                type_2=Verbatim(high.type),
            ),
            node,
        )
    low, high = convert(low, point), convert(high, point)
    kind = IntervalType(point)
    return tree.MakeInterval(kind, node.start, node.end, low, high, node.low_closed, node.high_closed)


def list_(context: CheckContext, node: syntax.ListSelector) -> tree.Tree:
    """A list; a constant one where every element is."""
    elements = [context.typed(element) for element in node.elements]
    kind = type_of(context, node.type) if node.type else common_or_choice([element.type for element in elements])
    converted = tuple(
        expect(context, element, kind, written) for element, written in zip(elements, node.elements, strict=True)
    )
    if converted and all(isinstance(one, tree.Constant) for one in converted):
        values = tuple(one.value for one in converted if isinstance(one, tree.Constant))
        if not any(map(needs_offset, values)):
            return tree.Constant(ListType(kind), node.start, node.end, values)
    return tree.MakeList(ListType(kind), node.start, node.end, converted)


def tuple_(context: CheckContext, node: syntax.TupleSelector) -> tree.Tree:
    """A tuple, or a quantity or ratio written as an instance."""
    elements = [(name, context.typed(value)) for name, value in node.elements]
    kind: Type = TupleType.of({name: value.type for name, value in elements})
    if node.type is not None:
        kind = type_of(context, node.type)
        wanted = _INSTANCES.get(kind)
        if wanted is None or not {name for name, _ in elements} <= set(wanted):
            raise context.unsupported(message("an instance of { $name }", name=Verbatim(node.type.name)), node)
        elements = [(name, expect(context, value, wanted[name], node)) for name, value in elements]
    return tree.MakeTuple(kind, node.start, node.end, tuple(elements))


def type_operation(context: CheckContext, node: syntax.TypeOperation) -> tree.Tree:
    """`is`, `as`, `cast` and `convert`."""
    operand = context.typed(node.operand)
    target = type_of(context, node.type)
    if node.kind == "is":
        return tree.Is(BOOLEAN, node.start, node.end, operand, target)
    if node.kind == "convert":
        if operand.type == target:
            return operand
        found = resolve(f"To{target}", (operand.type,))
        if found is None and operand.type is not NOTHING:
            raise context.error(
                message(
                    "{ $type } cannot be converted to { $target }", type=Verbatim(operand.type), target=Verbatim(target)
                ),
                node,
            )
        return call(context, f"To{target}", [operand], node, None)
    if is_boundless(operand) and isinstance(target, IntervalType) and target.point is not ANY:
        return bounded(operand, target)
    return tree.As(target, node.start, node.end, operand, node.kind == "cast")


def extent(context: CheckContext, node: syntax.Extent) -> tree.Tree:
    """`minimum` and `maximum` of a type."""
    kind = type_of(context, node.type)
    if kind not in EXTENTS:
        raise context.error(message("{ $kind } has no { $kind_2 }", kind=Verbatim(kind), kind_2=node.kind), node)
    return tree.Constant(kind, node.start, node.end, EXTENTS[kind][node.kind == "maximum"])


def _is_point(kind: Type) -> bool:
    return kind in EXTENTS
