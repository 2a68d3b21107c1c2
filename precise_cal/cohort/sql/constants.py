"""Values that are known beforehand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from precise_cal.cohort.layout.exact import EPOCH, UnfitError, exact_quantity, places_of
from precise_cal.cohort.sql.expressions import lit
from precise_cal.cohort.sql.graph import make
from precise_cal.cohort.sql.values import Fixed, NotCompiledError, Value, nothing
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.comparison import not_after
from precise_cal.engine.cql.required import constant_value
from precise_cal.engine.cql.types import ClassType, ListType
from precise_cal.engine.cql.values import Interval
from precise_cal.protocol.temporal import Date

if TYPE_CHECKING:
    from precise_cal.cohort.sql.graph import Expr
    from precise_cal.protocol.quantity import Quantity


def constant(typed: tree.Constant) -> Value | Fixed:
    """A value that is known beforehand."""
    value = typed.value
    if value is None:
        return Fixed(None) if isinstance(typed.type, ListType | ClassType) else nothing("null")
    if type(value) is int:
        return Value("Integer", (lit(value), lit(value)))
    if type(value) in (bool, str):
        return Value("Boolean" if type(value) is bool else "String", (lit(value),))
    if type(value) is Decimal:
        return Value("Decimal", (decimal(value), lit(places_of(value))))
    if type(value) is Date:
        return Value("Date", (lit(value.low - EPOCH), lit(value.high - EPOCH)))
    return Fixed(value)


def decimal(value: Decimal) -> Expr:
    """An exact decimal."""
    return make("lit", value, "decimal")


def interval(typed: tree.MakeInterval) -> Fixed:
    """An interval of constants, in order."""
    low, high = constant_value(typed.low), constant_value(typed.high)
    bounds = (typed.low, typed.high)
    if not all(isinstance(bound, tree.Constant) for bound in bounds) or not_after(low, high) is not True:
        raise NotCompiledError("an interval whose bounds are no constants in order", typed)
    return Fixed(Interval(low, high, typed.low_closed, typed.high_closed))


def quantity(typed: tree.Call, amount: Quantity) -> Value:
    """A quantity in the unit of its kind."""
    try:
        exact = exact_quantity(amount)
    except UnfitError as reason:
        raise NotCompiledError(str(reason), typed) from None
    return Value("Quantity", (decimal(exact.value), lit(exact.places), lit(exact.unit)))
