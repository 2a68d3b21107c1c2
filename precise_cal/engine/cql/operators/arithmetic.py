"""Arithmetic operators (CQL 1.5, 9.6). What cannot be represented is null; so is division by zero."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import quantities
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.operators.overload import Overload, overloads
from precise_cal.engine.cql.points import EXTENTS, step
from precise_cal.engine.cql.types import (
    DECIMAL,
    INTEGER,
    LONG,
    ORDERED,
    QUANTITY,
)
from precise_cal.engine.cql.values import EXACT, Uncertainty, decimal, integer, long
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

_WORKING: Final = Context(prec=60, rounding=ROUND_HALF_UP)
_MAX_POWER: Final = 10_000


def _binary(exact: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Decimal, Decimal], Decimal | None]:
    def calculate(left: Decimal, right: Decimal) -> Decimal | None:
        return decimal(exact(left, right))

    return calculate


def _divide(left: Decimal, right: Decimal) -> Decimal | None:
    return decimal(EXACT.divide(left, right)) if right else None


def _quotient(left: Any, right: Any) -> int:
    """Integer division that truncates towards zero."""
    if isinstance(left, Uncertainty) or isinstance(right, Uncertainty):
        raise EvaluationError("div and mod are not defined for an uncertain number")
    whole: int = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def _divide_integers(left: int, right: int) -> Any:
    return integer(_quotient(left, right)) if right != 0 else None


def _divide_longs(left: int, right: int) -> Any:
    return long(_quotient(left, right)) if right else None


def _divide_whole(left: Decimal, right: Decimal) -> Decimal | None:
    return decimal(EXACT.divide_int(left, right)) if right else None


def _modulo_integers(left: int, right: int) -> Any:
    return left - right * _quotient(left, right) if right != 0 else None


def _modulo_longs(left: int, right: int) -> Any:
    return long(int(left) - int(right) * _quotient(left, right)) if right else None


def _modulo(left: Decimal, right: Decimal) -> Decimal | None:
    return decimal(EXACT.remainder(left, right)) if right else None


def _common(left: Quantity, right: Quantity) -> tuple[Quantity, Quantity] | None:
    """Both in the unit of the first."""
    if left.unit == right.unit:
        return left, right
    converted = quantities.convert(right, left.unit or "1")
    return None if converted is None else (left, converted)


def _divide_quantities_whole(left: Quantity, right: Quantity) -> Quantity | None:
    unit = quantities.divided_unit(left, right)
    value = _divide_whole(left.value, right.value)
    return None if unit is None or value is None else Quantity(value, unit)


def _modulo_quantities(left: Quantity, right: Quantity) -> Quantity | None:
    both = _common(left, right)
    return None if both is None else quantities.scale(both[0], _modulo(both[0].value, both[1].value))


def _power_decimal(base: Decimal, exponent: Decimal) -> Decimal | None:
    if abs(exponent) > _MAX_POWER:
        return None
    try:
        return decimal(_WORKING.power(base, exponent))
    except DecimalException:
        return None


def _power_integers(limit: Callable[[int], Any]) -> Callable[[int, int], Any]:
    def power(base: int, exponent: int) -> Any:
        if exponent < 0:
            return _power_decimal(Decimal(base), Decimal(exponent))
        if abs(base) > 1 and exponent > 64:
            return None
        return limit(int(base) ** int(exponent))

    return power


def _transcendental(function: Callable[[Decimal], Decimal], name: str) -> Callable[[Decimal], Decimal | None]:
    def calculate(value: Decimal) -> Decimal | None:
        try:
            result = decimal(function(value))
        except DecimalException:
            result = None
        if result is None:
            raise EvaluationError(
                message("{ $name }({ $value }) cannot be represented", name=Verbatim(name), value=value)
            )
        return result

    return calculate


def _log(value: Decimal, base: Decimal) -> Decimal | None:
    if value <= 0 or base <= 0 or base == 1:
        return None
    return decimal(_WORKING.divide(_WORKING.ln(value), _WORKING.ln(base)))


def _to_integer(rounding: str) -> Callable[[Decimal], Any]:
    def calculate(value: Decimal) -> Any:
        return integer(int(value.to_integral_value(rounding)))

    return calculate


def round_half_up(value: Decimal, places: int | None = None) -> Decimal | None:
    """To the nearest, half towards positive infinity: -0.5 gives 0 is not meant, -0.5 gives -1 (9.6.20 Round)."""
    digits = max(min(places or 0, 8), -28)
    rounded = value.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    return decimal(rounded.quantize(Decimal(1), context=EXACT) if digits < 0 else rounded)


def _round(value: Decimal | None, places: int | None = None) -> Decimal | None:
    return None if value is None else round_half_up(value, places)


def _round_quantity(value: Quantity | None, places: int | None = None) -> Quantity | None:
    return None if value is None else quantities.scale(value, round_half_up(value.value, places))


def _negate_quantity(value: Quantity) -> Quantity | None:
    return Quantity(-value.value if value.value else value.value, value.unit)


def _negate_decimal(value: Decimal) -> Decimal:
    return -value if value else value


def _abs_quantity(value: Quantity) -> Quantity:
    return Quantity(abs(value.value), value.unit)


def _same(value: Any) -> Any:
    return value


def _step(sign: int) -> Callable[[Any], Any]:
    def move(value: Any) -> Any:
        moved = step(value, sign)
        if moved is None:
            raise EvaluationError(
                message(
                    "there is no { $value } of the last value of its type",
                    value="successor" if sign > 0 else "predecessor",
                )
            )
        return moved

    return move


def extent(kind: Any, side: int) -> Any:
    """`minimum T` (side 0) or `maximum T` (side 1); None for a type that has none."""
    return EXTENTS[kind][side] if kind in EXTENTS else None


_INTEGERS: Final = (INTEGER, INTEGER, INTEGER)
_LONGS: Final = (LONG, LONG, LONG)
_DECIMALS: Final = (DECIMAL, DECIMAL, DECIMAL)
_QUANTITIES: Final = (QUANTITY, QUANTITY, QUANTITY)

OVERLOADS: Final[list[Overload]] = [
    *overloads("Add", lambda a, b: integer(a + b), _INTEGERS),
    *overloads("Add", lambda a, b: long(int(a) + int(b)), _LONGS),
    *overloads("Add", _binary(EXACT.add), _DECIMALS),
    *overloads("Add", lambda a, b: quantities.add(a, b, 1), _QUANTITIES),
    *overloads("Subtract", lambda a, b: integer(a - b), _INTEGERS),
    *overloads("Subtract", lambda a, b: long(int(a) - int(b)), _LONGS),
    *overloads("Subtract", _binary(EXACT.subtract), _DECIMALS),
    *overloads("Subtract", lambda a, b: quantities.add(a, b, -1), _QUANTITIES),
    *overloads("Multiply", lambda a, b: integer(a * b), _INTEGERS),
    *overloads("Multiply", lambda a, b: long(int(a) * int(b)), _LONGS),
    *overloads("Multiply", _binary(EXACT.multiply), _DECIMALS),
    *overloads("Multiply", quantities.multiply, _QUANTITIES),
    *overloads("Divide", _divide, _DECIMALS),
    *overloads("Divide", quantities.divide, _QUANTITIES),
    *overloads("TruncatedDivide", _divide_integers, _INTEGERS),
    *overloads("TruncatedDivide", _divide_longs, _LONGS),
    *overloads("TruncatedDivide", _divide_whole, _DECIMALS),
    *overloads("TruncatedDivide", _divide_quantities_whole, _QUANTITIES),
    *overloads("Modulo", _modulo_integers, _INTEGERS),
    *overloads("Modulo", _modulo_longs, _LONGS),
    *overloads("Modulo", _modulo, _DECIMALS),
    *overloads("Modulo", _modulo_quantities, _QUANTITIES),
    *overloads("Power", _power_integers(integer), _INTEGERS),
    *overloads("Power", _power_integers(long), _LONGS),
    *overloads("Power", _power_decimal, _DECIMALS),
    *overloads("Plus", _same, *[(kind, kind) for kind in (INTEGER, LONG, DECIMAL, QUANTITY)]),
    *overloads("Negate", lambda a: integer(-a), (INTEGER, INTEGER)),
    *overloads("Negate", lambda a: long(-int(a)), (LONG, LONG)),
    *overloads("Negate", _negate_decimal, (DECIMAL, DECIMAL)),
    *overloads("Negate", _negate_quantity, (QUANTITY, QUANTITY)),
    *overloads("Abs", lambda a: integer(abs(a)), (INTEGER, INTEGER)),
    *overloads("Abs", lambda a: long(abs(int(a))), (LONG, LONG)),
    *overloads("Abs", abs, (DECIMAL, DECIMAL)),
    *overloads("Abs", _abs_quantity, (QUANTITY, QUANTITY)),
    *overloads("Ceiling", _to_integer(ROUND_CEILING), (DECIMAL, INTEGER)),
    *overloads("Floor", _to_integer(ROUND_FLOOR), (DECIMAL, INTEGER)),
    *overloads("Truncate", _to_integer(ROUND_DOWN), (DECIMAL, INTEGER)),
    *overloads("Round", _round, (DECIMAL, DECIMAL), (DECIMAL, INTEGER, DECIMAL), nulls=True),
    *overloads("Round", _round_quantity, (QUANTITY, QUANTITY), (QUANTITY, INTEGER, QUANTITY), nulls=True),
    *overloads("Exp", _transcendental(_WORKING.exp, "Exp"), (DECIMAL, DECIMAL)),
    *overloads("Ln", _transcendental(_WORKING.ln, "Ln"), (DECIMAL, DECIMAL)),
    *overloads("Log", _log, _DECIMALS),
    *overloads("Successor", _step(1), *[(kind, kind) for kind in ORDERED]),
    *overloads("Predecessor", _step(-1), *[(kind, kind) for kind in ORDERED]),
]
