"""Special units: scales whose readings are not proportional to what they measure (UCUM §21 and §22).

A reading, and the amount that it stands for as a multiple of the scale's linear unit, are fractions. Shifts
are exact. Logarithms, roots and tangents are computed with 60 digits.
"""

from __future__ import annotations

import math
from decimal import (
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    Underflow,
    localcontext,
)
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.units.errors import UnitError
from precise_cal.protocol.units.table import PI_VALUE

if TYPE_CHECKING:
    from collections.abc import Callable

_WORKING: Final = Context(prec=60, Emin=-2000, Emax=2000, traps=[DivisionByZero, InvalidOperation, Overflow, Underflow])
_HALF_PI: Final = _WORKING.divide(Decimal(PI_VALUE), Decimal(2))


@immutable()
class Scale:
    """The scale of one special unit.

    Attributes:
        atom: its code.
        amount: from a reading to the multiple of the linear unit.
        reading: the inverse of `amount`.
        exact: both are exact.
        rising: a greater reading stands for a greater amount.
    """

    atom: str
    amount: Callable[[Fraction], Fraction]
    reading: Callable[[Fraction], Fraction]
    exact: bool
    rising: bool


def make_scale(atom: str, specification: str) -> Scale:
    """The scale that the table names: ``shift:OFFSET``, ``log:BASE:MULTIPLE``, ``tan:MULTIPLE`` or ``root``.

    With readings r and amounts a these are a = r + OFFSET, r = MULTIPLE · log_BASE(a), r = MULTIPLE · tan(a)
    and r = √a.
    """
    kind, *constants = specification.split(":")
    if kind == "shift":
        offset = Fraction(constants[0])
        return Scale(atom, lambda reading: reading + offset, lambda amount: amount - offset, exact=True, rising=True)
    amount, reading, rising = _curve(kind, constants)
    return Scale(atom, _rational(atom, amount), _rational(atom, reading), exact=False, rising=rising)


_Curve = tuple["Callable[[Decimal], Decimal]", "Callable[[Decimal], Decimal]", bool]


def _curve(kind: str, constants: list[str]) -> _Curve:
    if kind == "log":
        logarithm = Decimal(1) if constants[0] == "e" else _WORKING.ln(Decimal(constants[0]))
        multiple = Decimal(constants[1])
        return (
            lambda reading: (reading / multiple * logarithm).exp(),
            lambda amount: _logarithm(amount) / logarithm * multiple,
            multiple > 0,
        )
    if kind == "tan":
        multiple = Decimal(constants[0])
        return (
            lambda reading: _arctangent(reading / multiple),
            lambda amount: _tangent(amount) * multiple,
            True,
        )
    return lambda reading: reading * reading, lambda amount: amount.sqrt(), True


def _rational(atom: str, function: Callable[[Decimal], Decimal]) -> Callable[[Fraction], Fraction]:
    """The function on fractions; what it is not defined for becomes a `UnitError`."""

    def rational(value: Fraction) -> Fraction:
        with localcontext(_WORKING):
            try:
                return Fraction(function(Decimal(value.numerator) / Decimal(value.denominator)))
            except DecimalException:
                raise UnitError("this value lies outside its scale", atom) from None

    return rational


def _logarithm(x: Decimal) -> Decimal:
    if x <= 0:
        raise InvalidOperation
    return x.ln()


def _tangent(x: Decimal) -> Decimal:
    """Tangent of -π/2 < x < π/2 from the power series of sine and cosine."""
    if abs(x) >= _HALF_PI:
        raise InvalidOperation
    series = [Decimal(0), Decimal(0)]
    term = Decimal(1)
    for n in range(60):
        series[n % 2] += term if n % 4 < 2 else -term
        term = term * x / (n + 1)
    cosine, sine = series
    return sine / cosine


def _arctangent(y: Decimal) -> Decimal:
    """Newton's iteration on `_tangent`, from the 16 digits of a float."""
    if abs(y) > 1:
        return _HALF_PI.copy_sign(y) - _arctangent(1 / y)
    x = Decimal(math.atan(y))
    for _ in range(2):
        tangent = _tangent(x)
        x -= (tangent - y) / (1 + tangent * tangent)
    return x
