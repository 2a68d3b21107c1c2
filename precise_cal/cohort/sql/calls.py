"""The operators that have SQL, by the names of the reference; every other one is named and left to the interpreter."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.layout.exact import EPOCH, PLACES, UnfitError, exact_quantity, places_of
from precise_cal.cohort.sql import temporal
from precise_cal.cohort.sql.expressions import (
    FALSE,
    NULL,
    TRUE,
    Expr,
    and_,
    case,
    equal,
    is_false,
    is_true,
    less,
    lit,
    not_,
    not_more,
    or_,
)
from precise_cal.cohort.sql.expressions import (
    call as operation,
)
from precise_cal.cohort.sql.queries import any_of, count_of
from precise_cal.cohort.sql.values import Elements, Fixed, NotCompiledError, Object, Value, nothing
from precise_cal.engine.cql import tree
from precise_cal.engine.cql.comparison import not_after
from precise_cal.engine.cql.required import constant_value
from precise_cal.engine.cql.types import ClassType, ListType
from precise_cal.engine.cql.values import Interval
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.temporal import Date

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from precise_cal.cohort.sql.lower import Lowerer
    from precise_cal.cohort.sql.values import Any_

    Handler = Callable[[Lowerer, tree.Call, Sequence[Any]], Value]

_MAX_WHOLE: Final = 1_000_000
_SINGLE: Final = ("Boolean", "String", "Decimal")


def call(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    """The value of a call that is no logic. Raises: NotCompiledError."""
    handler = _HANDLERS.get(typed.name)
    if handler is None:
        raise NotCompiledError(f"the operator {typed.name}", typed)
    return handler(lowerer, typed, operands)


# ---- constants ----


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
        return Value("Decimal", (_decimal(value), lit(places_of(value))))
    if type(value) is Date:
        return Value("Date", (lit(value.low - EPOCH), lit(value.high - EPOCH)))
    return Fixed(value)


def _decimal(value: Decimal) -> Expr:
    from precise_cal.cohort.sql.expressions import make

    return make("lit", value, "decimal")


def interval(typed: tree.MakeInterval) -> Fixed:
    """An interval of constants, in order."""
    low, high = constant_value(typed.low), constant_value(typed.high)
    bounds = (typed.low, typed.high)
    if not all(isinstance(bound, tree.Constant) for bound in bounds) or not_after(low, high) is not True:
        raise NotCompiledError("an interval whose bounds are no constants in order", typed)
    return Fixed(Interval(low, high, typed.low_closed, typed.high_closed))


def _value(typed: tree.Call, operand: Any_) -> Value:
    """An operand that is a single value; a quantity in the unit of its kind."""
    if isinstance(operand, Value):
        return operand
    if isinstance(operand, Fixed) and isinstance(operand.value, Quantity):
        return _quantity(typed, operand.value)
    raise NotCompiledError(f"{typed.name} of what is no single value", typed)


def _quantity(typed: tree.Call, quantity: Quantity) -> Value:
    try:
        exact = exact_quantity(quantity)
    except UnfitError as reason:
        raise NotCompiledError(str(reason), typed) from None
    return Value("Quantity", (_decimal(exact.value), lit(exact.places), lit(exact.unit)))


# ---- nullological operators ----


def _is_null(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    operand = operands[0]
    if isinstance(operand, Object):
        return Value("Boolean", (not_(operand.there),))
    if isinstance(operand, Fixed):
        return Value("Boolean", (lit(operand.value is None),))
    return Value("Boolean", (operand.unknown,))


def _tested(test: Callable[[Expr], Expr]) -> Handler:
    def handler(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
        return Value("Boolean", (test(_value(typed, operands[0]).parts[0]),))

    return handler


# ---- comparison ----


def _equal(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    return Value("Boolean", (_same(typed, *_pair(typed, operands)),))


def _not_equal(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    return Value("Boolean", (not_(_same(typed, *_pair(typed, operands))),))


def _pair(typed: tree.Call, operands: Sequence[Any_]) -> tuple[Value, Value]:
    left, right = (_value(typed, operand) for operand in operands)
    if "null" in (left.kind, right.kind):
        kind = right.kind if left.kind == "null" else left.kind
        left, right = (nothing(kind) if one.kind == "null" else one for one in (left, right))
    if left.kind != right.kind:
        raise NotCompiledError(f"{typed.name} of {left.kind} and {right.kind}", typed)
    return left, right


def _same(typed: tree.Call, left: Value, right: Value) -> Expr:
    if left.kind in _SINGLE:
        return equal(left.parts[0], right.parts[0])
    if left.kind == "Quantity":
        return _in_one_unit(left, right, equal(left.parts[0], right.parts[0]))
    if left.kind == "Integer":
        (low, high), (other_low, other_high) = left.parts, right.parts
        if low is high and other_low is other_high:
            return equal(low, other_low)
        differ = or_(less(high, other_low), less(other_high, low))
        certain = and_(equal(low, high), equal(other_low, other_high))
        return case(differ, FALSE, case(certain, TRUE, NULL))
    return temporal.equal_bounds(temporal.on_line(left), temporal.on_line(right))


def _in_one_unit(left: Value, right: Value, answer: Expr) -> Expr:
    return case(equal(left.parts[2], right.parts[2]), answer, NULL)


def _at_most(typed: tree.Call, left: Value, right: Value) -> Expr:
    """`<=`, three-valued."""
    if left.kind in _SINGLE:
        return not_more(left.parts[0], right.parts[0])
    if left.kind == "Quantity":
        return _in_one_unit(left, right, not_more(left.parts[0], right.parts[0]))
    if left.kind == "Integer":
        (low, high), (other_low, other_high) = left.parts, right.parts
        if low is high and other_low is other_high:
            return not_more(low, other_low)
        return case(not_more(high, other_low), TRUE, case(less(other_high, low), FALSE, NULL))
    if left.kind in ("Date", "DateTime"):
        return temporal.not_after_bounds(temporal.on_line(left), temporal.on_line(right))
    raise NotCompiledError(f"{typed.name} of {left.kind}", typed)


def _ordered(*, swapped: bool, negated: bool) -> Handler:
    """Less is not (right <= left), and so on."""

    def handler(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
        left, right = _pair(typed, operands)
        answer = _at_most(typed, right, left) if swapped else _at_most(typed, left, right)
        return Value("Boolean", (not_(answer) if negated else answer,))

    return handler


def _related(*, swapped: bool, negated: bool) -> Handler:
    """Before, after, at a precision or without one."""

    def handler(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
        left, right = _pair(typed, operands)
        if swapped:
            left, right = right, left
        answer = _relation(typed, left, right)
        return Value("Boolean", (not_(answer) if negated else answer,))

    return handler


def _relation(typed: tree.Call, left: Value, right: Value) -> Expr:
    if typed.precision is None:
        return _at_most(typed, left, right)
    if typed.precision != "day" or left.kind not in ("Date", "DateTime"):
        raise NotCompiledError(f"{typed.name} to the {typed.precision}", typed)
    return temporal.not_after_days(temporal.days(left), temporal.days(right))


def _same_as(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    left, right = _pair(typed, operands)
    return Value("Boolean", (and_(_relation(typed, left, right), _relation(typed, right, left)),))


def _in(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    value, container = _value(typed, operands[0]), operands[1]
    if not isinstance(container, Fixed):
        raise NotCompiledError("in a list that is not constant", typed)
    if isinstance(container.value, Interval):
        return Value("Boolean", (_within(typed, value, container.value),))
    words = container.value or ()
    if value.kind != "String" or not all(type(word) is str for word in words):
        raise NotCompiledError(f"in a list of what are no words: {typed.operands[1].type}", typed)
    found = or_(FALSE, *[equal(value.parts[0], lit(word)) for word in words])
    return Value("Boolean", (is_true(found),))


def _within(typed: tree.Call, value: Value, bounds: Interval) -> Expr:
    if typed.precision is not None:
        raise NotCompiledError("in an interval, to a precision", typed)
    ends = [_value(typed, one if isinstance(one, Value) else _end(one)) for one in (bounds.low, bounds.high)]
    low, high = ends
    above = _at_most(typed, low, value) if bounds.low_closed else not_(_at_most(typed, value, low))
    below = _at_most(typed, value, high) if bounds.high_closed else not_(_at_most(typed, high, value))
    return and_(above, below)


def _end(value: Any) -> Value | Fixed:
    from precise_cal.engine.cql.types import ANY

    return constant(tree.Constant(ANY, 0, 0, value))


# ---- arithmetic ----


def _sum(sign: int) -> Handler:
    def handler(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
        left = _value(typed, operands[0])
        if left.kind in ("Date", "DateTime"):
            amount = operands[1].value if isinstance(operands[1], Fixed) else None
            if not isinstance(amount, Quantity):
                raise NotCompiledError(f"{typed.name} of a duration that is not constant", typed)
            return temporal.moved(typed, left, amount, sign)
        left, right = _pair(typed, operands)
        if left.kind == "Integer":
            return _whole_sum(typed, left, right, sign)
        return _exact_sum(typed, left, right, sign)

    return handler


def _whole_sum(typed: tree.Call, left: Value, right: Value, sign: int) -> Value:
    """Of whole numbers; recorded ones are small, so that only a constant could leave their range."""
    for part in (*left.parts, *right.parts):
        if part.op == "lit" and abs(part.args[0] or 0) > _MAX_WHOLE:
            raise NotCompiledError(f"{typed.name} of a number above {_MAX_WHOLE:,}", typed)
    low, high = right.parts if sign > 0 else reversed(right.parts)
    return Value("Integer", (_add(left.parts[0], low, sign), _add(left.parts[1], high, sign)))


def _add(left: Expr, right: Expr, sign: int) -> Expr:
    if left.op == right.op == "lit":
        return lit(left.args[0] + sign * right.args[0])
    return operation("add" if sign > 0 else "sub", left, right)


def _exact_sum(typed: tree.Call, left: Value, right: Value, sign: int) -> Value:
    value = operation("add" if sign > 0 else "sub", left.parts[0], right.parts[0])
    places = operation("greatest", left.parts[1], right.parts[1])
    if left.kind == "Decimal":
        return Value("Decimal", (value, places))
    if right.parts[0].op != "lit":
        raise NotCompiledError(f"{typed.name} of two quantities that were recorded", typed)
    value = case(equal(left.parts[2], right.parts[2]), value, lit(None, "decimal"))
    return Value("Quantity", (value, places, left.parts[2]))


def _product(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    """A recorded quantity times a number; the product is kept to eight decimals of the recorded unit."""
    quantity, factor = operands
    number = factor.value if isinstance(factor, Fixed) else None
    if not isinstance(quantity, Value) or not isinstance(number, Quantity) or number.unit not in ("1", None):
        raise NotCompiledError("a product of anything but a recorded quantity and a constant number", typed)
    more = places_of(number.value)
    if quantity.kind != "Quantity" or abs(number.value) > _MAX_WHOLE or more > PLACES:
        raise NotCompiledError(f"a product with {number.value}", typed)
    value, places, unit = quantity.parts
    if more:
        lowerer.guards[less(lit(PLACES - more), places)] = None
    return Value("Quantity", (operation("scaled", value, _decimal(number.value)), places, unit))


def _abs(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    value = _value(typed, operands[0])
    if value.kind not in ("Decimal", "Quantity"):
        raise NotCompiledError(f"Abs of {value.kind}", typed)
    return Value(value.kind, (operation("abs", value.parts[0]), *value.parts[1:]))


def _precision(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    value = _value(typed, operands[0])
    if value.kind != "Decimal":
        raise NotCompiledError(f"Precision of {value.kind}", typed)
    return Value("Integer", (value.parts[1], value.parts[1]))


def _to_decimal(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    """Of a text; one whose number would have to be rounded leaves its participant to the interpreter."""
    value = _value(typed, operands[0])
    if value.kind != "String":
        raise NotCompiledError(f"ToDecimal of {value.kind}", typed)
    text = value.parts[0]
    lowerer.guards[and_(operation("is_number", text), not_(operation("is_short_number", text)))] = None
    return Value("Decimal", (operation("number", text), operation("decimals", text)))


# ---- lists ----


def _count(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    if isinstance(operands[0], Fixed):
        return Value("Integer", (lit(len(operands[0].value or ())),) * 2)
    number = count_of(_elements(typed, operands[0]))
    return Value("Integer", (number, number))


def _exists(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    if isinstance(operands[0], Fixed):
        return Value("Boolean", (lit(bool(operands[0].value)),))
    listed = _elements(typed, operands[0])
    meant = listed.keep if isinstance(listed.element, Object) else and_(listed.keep, not_(listed.element.unknown))
    return Value("Boolean", (any_of(listed.grain, is_true(meant)),))


def _elements(typed: tree.Call, operand: Any_) -> Elements:
    if isinstance(operand, Elements):
        if operand.grain.left is not None and operand.places == tuple(range(operand.grain.left.keys)):
            return operand
        raise NotCompiledError(f"{typed.name} of a list of another part of the record", typed)
    raise NotCompiledError(f"{typed.name} of what is no list", typed)


def _extreme(function: str) -> Handler:
    def handler(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
        listed = _elements(typed, operands[0])
        value = listed.element
        if not isinstance(value, Value) or value.kind != "Integer" or value.parts[0] is not value.parts[1]:
            raise NotCompiledError(f"{typed.name} of what are no certain whole numbers", typed)
        found = listed.grain.gathered(function, case(listed.keep, value.parts[0], lit(None, "integer")))
        return Value("Integer", (found, found))

    return handler


def _index_of(lowerer: Lowerer, typed: tree.Call, operands: Sequence[Any_]) -> Value:
    words, value = operands
    if not isinstance(words, Fixed) or not isinstance(value, Value) or value.kind != "String":
        raise NotCompiledError("IndexOf in a list that is no constant list of words", typed)
    found = lit(-1)
    for place, word in reversed(list(enumerate(words.value))):
        found = case(equal(value.parts[0], lit(word)), lit(place), found)
    found = case(value.unknown, lit(None, "integer"), found)
    return Value("Integer", (found, found))


_HANDLERS: Final[dict[str, Handler]] = {
    "IsNull": _is_null,
    "IsTrue": _tested(is_true),
    "IsFalse": _tested(is_false),
    "Equal": _equal,
    "NotEqual": _not_equal,
    "LessOrEqual": _ordered(swapped=False, negated=False),
    "GreaterOrEqual": _ordered(swapped=True, negated=False),
    "Less": _ordered(swapped=True, negated=True),
    "Greater": _ordered(swapped=False, negated=True),
    "SameOrBefore": _related(swapped=False, negated=False),
    "SameOrAfter": _related(swapped=True, negated=False),
    "Before": _related(swapped=True, negated=True),
    "After": _related(swapped=False, negated=True),
    "SameAs": _same_as,
    "In": _in,
    "Add": _sum(1),
    "Subtract": _sum(-1),
    "Multiply": _product,
    "Abs": _abs,
    "Precision": _precision,
    "ToDecimal": _to_decimal,
    "Count": _count,
    "Exists": _exists,
    "Min": _extreme("min"),
    "Max": _extreme("max"),
    "IndexOf": _index_of,
    **temporal.HANDLERS,
}
