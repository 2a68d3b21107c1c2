"""Values put together from parts: tuples, quantities, ratios, intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.engine.cql.comparison import not_after
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.points import end, start
from precise_cal.engine.cql.types import ANY, NOTHING, QUANTITY, RATIO, IntervalType
from precise_cal.engine.cql.values import Interval, Ratio, Tuple
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.engine.cql.tree import MakeInterval, MakeTuple


def make_tuple(tree: MakeTuple, values: Sequence[Any]) -> Any:
    """A tuple, or a quantity or ratio that is written as an instance."""
    if tree.type is QUANTITY:
        value, unit = values
        return None if value is None else Quantity(value, unit or "1")
    if tree.type is RATIO:
        return None if None in values else Ratio(*values)
    return Tuple(dict(zip((name for name, _ in tree.elements), values, strict=True)))


def make_interval(tree: MakeInterval, low: Any, high: Any) -> Interval:
    """An interval. Raises `EvaluationError` where it holds no point (CQL 1.5, 9.9: low must not be after high)."""
    kind = tree.type
    assert isinstance(kind, IntervalType)
    point = None if kind.point in (ANY, NOTHING) else kind.point
    made = Interval(low, high, tree.low_closed, tree.high_closed, point)
    if low is None or high is None:
        return made
    if not_after(low, high) is False or not_after(start(made), end(made)) is False:
        raise EvaluationError("the interval is empty: it starts after it ends")
    return made
