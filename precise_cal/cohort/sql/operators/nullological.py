"""Whether a value is unknown, certainly true or certainly false (CQL 1.5, 9.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.expressions import is_false, is_true, lit, not_
from precise_cal.cohort.sql.operators.operands import single
from precise_cal.cohort.sql.values import Fixed, Object, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.cohort.sql.operators.operands import Handler
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree


def _is_null(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    operand = operands[0]
    if isinstance(operand, Object):
        return Value("Boolean", (not_(operand.there),))
    if isinstance(operand, Fixed):
        return Value("Boolean", (lit(operand.value is None),))
    return Value("Boolean", (operand.unknown,))


def _tested(test: Callable[[Expr], Expr]) -> Handler:
    def handler(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
        return Value("Boolean", (test(single(typed, operands[0]).parts[0]),))

    return handler


HANDLERS: Final[dict[str, Handler]] = {
    "IsNull": _is_null,
    "IsTrue": _tested(is_true),
    "IsFalse": _tested(is_false),
}
