"""Closures of operators: what the function takes besides its operands is bound here, nulls are passed on here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree as t
from precise_cal.engine.cql.calendar import order_to
from precise_cal.engine.cql.comparison import not_after
from precise_cal.engine.cql.operators.overload import Binding
from precise_cal.engine.cql.values import Uncertainty

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from precise_cal.engine.cql.frame import Closure, Frame

    Function = Callable[..., Any]


def not_after_to(precision: str, offset: int) -> Callable[[Any, Any], bool | None]:
    """`not after` at a precision: years first, down to the precision."""

    def relation(left: Any, right: Any) -> bool | None:
        if left is None or right is None:
            return None
        if type(left) is Uncertainty or type(right) is Uncertainty:
            (left_low, left_high), (right_low, right_high) = (
                Uncertainty.bounds(left),
                Uncertainty.bounds(right),
            )
            if relation(left_high, right_low):
                return True
            return False if relation(left_low, right_high) is False else None
        found = order_to(left, right, precision, offset)
        return None if found is None else found <= 0

    return relation


def _bound(tree: t.Call) -> Callable[[Frame], Function]:
    """The function, given a frame, with what it takes in front of the operands."""
    function, binding, precision = tree.overload.function, tree.overload.binding, tree.precision
    if binding is Binding.OFFSET:
        return lambda f: lambda *values: function(f[0].utc_offset_minutes, *values)
    if binding is Binding.STATE:
        return lambda f: lambda *values: function(f[0], *values)
    if binding is Binding.PRECISION:
        return lambda f: function(precision, f[0].utc_offset_minutes)  # type: ignore[no-any-return]
    assert binding is Binding.RELATION
    assert precision is not None
    return lambda f: lambda *values: function(not_after_to(precision, f[0].utc_offset_minutes), *values)


def plain_function(tree: t.Call) -> Function | None:
    """The function of the operands alone; None where it takes something of the evaluation."""
    function, binding = tree.overload.function, tree.overload.binding
    if binding is Binding.NOTHING:
        return function
    if binding is Binding.RELATION and tree.precision is None:
        return lambda *values: function(not_after, *values)
    return None


def applicator(tree: t.Call) -> Callable[[Frame, Sequence[Any]], Any]:
    """The operator on operand values that are already there."""
    plain, nulls = plain_function(tree), tree.overload.nulls
    if plain is not None:
        function = plain
        return lambda _, values: None if not nulls and None in _identities(values) else function(*values)
    bind = _bound(tree)
    return lambda f, values: None if not nulls and None in _identities(values) else bind(f)(*values)


_ABSENT: Final = (None,)


def _identities(values: Sequence[Any]) -> Sequence[Any]:
    """Only the nulls, so that no value is asked whether it equals null."""
    return _ABSENT if any(value is None for value in values) else ()


def call(tree: t.Call, operands: list[Closure]) -> Closure:
    """The closure of a call, made for its number of operands and for constants among them."""
    plain = plain_function(tree)
    if plain is None:
        apply = applicator(tree)
        return lambda f: apply(f, [operand(f) for operand in operands])
    if tree.overload.nulls:
        return _direct(plain, operands)
    if len(operands) == 1:
        return _unary(plain, operands[0])
    if len(operands) == 2:
        right = tree.operands[1]
        constant = isinstance(right, t.Constant) and right.value is not None and _still(right)
        return _with_constant(plain, operands[0], right.value) if constant else _binary(plain, *operands)
    apply = applicator(tree)
    return lambda f: apply(f, [operand(f) for operand in operands])


def _still(constant: t.Constant) -> bool:
    from precise_cal.engine.cql.folding import holds_instants

    return not holds_instants(constant.type)


def _direct(function: Function, operands: list[Closure]) -> Closure:
    if len(operands) == 1:
        operand = operands[0]
        return lambda f: function(operand(f))
    if len(operands) == 2:
        left, right = operands
        return lambda f: function(left(f), right(f))
    return lambda f: function(*[operand(f) for operand in operands])


def _unary(function: Function, operand: Closure) -> Closure:
    def evaluate(f: Frame) -> Any:
        value = operand(f)
        return None if value is None else function(value)

    return evaluate


def _binary(function: Function, left: Closure, right: Closure) -> Closure:
    def evaluate(f: Frame) -> Any:
        a, b = left(f), right(f)
        return None if a is None or b is None else function(a, b)

    return evaluate


def _with_constant(function: Function, left: Closure, constant: Any) -> Closure:
    def evaluate(f: Frame) -> Any:
        value = left(f)
        return None if value is None else function(value, constant)

    return evaluate
