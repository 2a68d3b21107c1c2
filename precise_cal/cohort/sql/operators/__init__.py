"""The operators that have SQL, by the names of the reference; every other one is named and left to the interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cohort.sql.operators import arithmetic, comparison, lists, nullological, strings, temporal
from precise_cal.cohort.sql.values import NotCompiledError, Value
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.cohort.sql.context import SqlContext
    from precise_cal.cohort.sql.operators.operands import Handler
    from precise_cal.cohort.sql.values import SqlValue
    from precise_cal.engine.cql import tree

_HANDLERS: Final[dict[str, Handler]] = {
    **nullological.HANDLERS,
    **comparison.HANDLERS,
    **arithmetic.HANDLERS,
    **lists.HANDLERS,
    **strings.HANDLERS,
    **temporal.HANDLERS,
}


def call(context: SqlContext, typed: tree.Call, operands: Sequence[SqlValue]) -> Value:
    """The value of a call that is no logic. Raises: NotCompiledError."""
    handler = _HANDLERS.get(typed.name)
    if handler is None:
        raise NotCompiledError(message("the operator { $name }", name=Verbatim(typed.name)), typed)
    return handler(context, typed, operands)
