"""Calls of operators: the overload that the types of the operands choose, and what it can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.checker.conversions import convert, folded
from precise_cal.engine.cql.errors import did_you_mean
from precise_cal.engine.cql.operators import OPERATORS
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.parser.words import PRECISIONS
from precise_cal.engine.cql.resolve import Resolution, resolve
from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INTEGER,
    LONG,
    QUANTITY,
    TIME,
    IntervalType,
    StringType,
    Type,
)
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from precise_cal.engine.cql import syntax
    from precise_cal.engine.cql.checker.context import CheckContext
    from precise_cal.engine.cql.syntax import Node

_COMPARING: Final = frozenset({"Equal", "NotEqual", "Equivalent", "NotEquivalent", "In", "Contains"})


_MIXED: Final = frozenset({"Union", "UnionAll", "Except", "Intersect", "Coalesce", "Equal", "Equivalent", "NotEqual"})
"""Those whose operands may be of several types, which become a choice."""
_DAYS: Final = ("year", "month", "week", "day")
PRECISIONS_OF: Final[dict[Type, tuple[str, ...]]] = {
    DATE: _DAYS,
    TIME: tuple(one for one in PRECISIONS if one not in _DAYS),
}


def operation(context: CheckContext, node: syntax.Operation) -> tree.Tree:
    """A call of an operator."""
    operands = [context.typed(operand) for operand in node.operands]
    return call(context, node.name, operands, node, node.precision)


def call(context: CheckContext, name: str, operands: list[tree.Tree], node: Node, precision: str | None) -> tree.Tree:
    """A call of an operator, its overload chosen by the operands' types."""
    _check_words(context, name, operands, node)
    types = tuple(operand.type for operand in operands)
    found = resolve(name, types) or (resolve(name, types, True) if name in _MIXED else None)
    if found is None:
        raise context.error(_no_overload(name, types), node)
    _check_precision(context, found, precision, node)
    converted = tuple(convert(one, kind) for one, kind in zip(operands, found.operands, strict=True))
    call = tree.Call(found.result, node.start, node.end, found.overload, converted, precision)
    return folded(call)


def _check_precision(context: CheckContext, found: Resolution, precision: str | None, node: Node) -> None:
    """Refuse a precision that the operator or the type of its operands does not have (9.8)."""
    overload = found.overload
    if precision is None:
        if overload.binding is Binding.PRECISION:
            raise context.error(
                message('{ $name } needs a precision, such as "years between … and …"', name=Verbatim(overload.name)),
                node,
            )
        return
    points = [_point(kind) for kind in found.operands]
    if not overload.precision or any(kind in (BOOLEAN, INTEGER, LONG, DECIMAL, QUANTITY) for kind in points):
        raise context.error(
            message(
                "{ $name } of { $operands } takes no precision",
                name=Verbatim(overload.name),
                operands=Verbatim(found.operands[0]),
            ),
            node,
        )
    if any(precision not in PRECISIONS_OF.get(kind, PRECISIONS) for kind in points):
        raise context.error(
            message("{ $points } has no { $precision }", points=Verbatim(points[0]), precision=Verbatim(precision)),
            node,
        )
    if precision == "week" and not overload.name.startswith(("Duration", "Difference")):
        raise context.error(
            message(
                "{ $name } is not defined to the week (9.8: weeks are numbered in several ways)",
                name=Verbatim(overload.name),
            ),
            node,
        )


def _no_overload(name: str, types: tuple[Type, ...]) -> str:
    given = ", ".join(map(str, types))
    if name not in OPERATORS:
        return message("the operator { $name } is not supported by the rule language", name=Verbatim(name))
    return message("{ $name } does not take ({ $given })", name=Verbatim(name), given=Verbatim(given))


def _check_words(context: CheckContext, name: str, operands: list[tree.Tree], node: Node) -> None:
    """A coded field is compared with words that it can have."""
    if name not in _COMPARING or len(operands) != 2:
        return
    for one, other in (operands, reversed(operands)):
        allowed = _allowed(one.type)
        if allowed is None or not isinstance(other, tree.Constant):
            continue
        words = other.value if isinstance(other.value, tuple) else (other.value,)
        for word in words:
            if isinstance(word, str) and word not in allowed:
                near = did_you_mean(word, allowed)
                listed = "" if near else message("; it is one of { $allowed }", allowed=", ".join(sorted(allowed)))
                raise context.error(
                    message(
                        "'{ $word }' is no value of this field{ $near }{ $listed }", word=word, near=near, listed=listed
                    ),
                    other if other.end else node,
                )


def _point(kind: Type) -> Type:
    return kind.point if isinstance(kind, IntervalType) else kind


def _allowed(kind: Type) -> frozenset[str] | None:
    return kind.allowed if isinstance(kind, StringType) else None
