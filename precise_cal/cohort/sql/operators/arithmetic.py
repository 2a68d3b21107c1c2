"""Sums, products and what is read of a number, kept exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.layout.exact import PLACES, places_of
from precise_cal.cohort.sql.constants import decimal
from precise_cal.cohort.sql.expressions import and_, call, case, equal, less, lit, not_
from precise_cal.cohort.sql.operators import temporal
from precise_cal.cohort.sql.operators.operands import pair, single
from precise_cal.cohort.sql.values import Fixed, NotCompiledError, Value
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.cohort.sql.operators.operands import Handler
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree

_MAX_WHOLE: Final = 1_000_000


def _sum(sign: int) -> Handler:
    def handler(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
        left = single(typed, operands[0])
        if left.kind in ("Date", "DateTime"):
            amount = operands[1].value if isinstance(operands[1], Fixed) else None
            if not isinstance(amount, Quantity):
                raise NotCompiledError(
                    message("{ $name } of a duration that is not constant", name=Verbatim(typed.name)), typed
                )
            return temporal.moved(typed, left, amount, sign)
        left, right = pair(typed, operands)
        if left.kind == "Integer":
            return _whole_sum(typed, left, right, sign)
        return _exact_sum(typed, left, right, sign)

    return handler


def _whole_sum(typed: tree.Call, left: Value, right: Value, sign: int) -> Value:
    """Of whole numbers; recorded ones are small, so that only a constant could leave their range."""
    for part in (*left.parts, *right.parts):
        if part.op == "lit" and abs(part.args[0] or 0) > _MAX_WHOLE:
            raise NotCompiledError(
                message(
                    "{ $name } of a number above { $max_whole }",
                    name=Verbatim(typed.name),
                    max_whole=Verbatim(f"{_MAX_WHOLE:,}"),
                ),
                typed,
            )
    low, high = right.parts if sign > 0 else reversed(right.parts)
    return Value("Integer", (_add(left.parts[0], low, sign), _add(left.parts[1], high, sign)))


def _add(left: Expr, right: Expr, sign: int) -> Expr:
    if left.op == right.op == "lit":
        return lit(left.args[0] + sign * right.args[0])
    return call("add" if sign > 0 else "sub", left, right)


def _exact_sum(typed: tree.Call, left: Value, right: Value, sign: int) -> Value:
    value = call("add" if sign > 0 else "sub", left.parts[0], right.parts[0])
    places = call("greatest", left.parts[1], right.parts[1])
    if left.kind == "Decimal":
        return Value("Decimal", (value, places))
    if right.parts[0].op != "lit":
        raise NotCompiledError(
            message("{ $name } of two quantities that were recorded", name=Verbatim(typed.name)), typed
        )
    value = case(equal(left.parts[2], right.parts[2]), value, lit(None, "decimal"))
    return Value("Quantity", (value, places, left.parts[2]))


def _product(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    """A recorded quantity times a number; the product is kept to eight decimals of the recorded unit."""
    quantity, factor = operands
    number = factor.value if isinstance(factor, Fixed) else None
    if not isinstance(quantity, Value) or not isinstance(number, Quantity) or number.unit not in ("1", None):
        raise NotCompiledError("a product of anything but a recorded quantity and a constant number", typed)
    more = places_of(number.value)
    if quantity.kind != "Quantity" or abs(number.value) > _MAX_WHOLE or more > PLACES:
        raise NotCompiledError(message("a product with { $value }", value=Verbatim(number.value)), typed)
    value, places, unit = quantity.parts
    if more:
        context.guards[less(lit(PLACES - more), places)] = None
    return Value("Quantity", (call("scaled", value, decimal(number.value)), places, unit))


def _abs(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    value = single(typed, operands[0])
    if value.kind not in ("Decimal", "Quantity"):
        raise NotCompiledError(message("Abs of { $kind }", kind=Verbatim(value.kind)), typed)
    return Value(value.kind, (call("abs", value.parts[0]), *value.parts[1:]))


def _precision(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    value = single(typed, operands[0])
    if value.kind != "Decimal":
        raise NotCompiledError(message("Precision of { $kind }", kind=Verbatim(value.kind)), typed)
    return Value("Integer", (value.parts[1], value.parts[1]))


def _to_decimal(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    """Of a text; one whose number would have to be rounded leaves its participant to the interpreter."""
    value = single(typed, operands[0])
    if value.kind != "String":
        raise NotCompiledError(message("ToDecimal of { $kind }", kind=Verbatim(value.kind)), typed)
    text = value.parts[0]
    context.guards[and_(call("is_number", text), not_(call("is_short_number", text)))] = None
    return Value("Decimal", (call("number", text), call("decimals", text)))


HANDLERS: Final[dict[str, Handler]] = {
    "Add": _sum(1),
    "Subtract": _sum(-1),
    "Multiply": _product,
    "Abs": _abs,
    "Precision": _precision,
    "ToDecimal": _to_decimal,
}
