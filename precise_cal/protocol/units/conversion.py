"""Convert and compare quantities exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache
from typing import Final

from precise_cal.language.catalog import message
from precise_cal.protocol.units.errors import UnitError
from precise_cal.protocol.units.parsing import Unit, parse_unit
from precise_cal.protocol.units.table import PI_VALUE

DIGITS: Final = 28
"""Significant digits of a result that has no finite decimal expansion."""

MAX_MAGNITUDE: Final = 1000
"""Powers of ten, either way, of a number that is computed with."""

_PI: Final = Fraction(PI_VALUE)
_ROUNDING: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-9999, Emax=9999)
_CURVED: Final = Context(prec=50, rounding=ROUND_HALF_EVEN, Emin=-9999, Emax=9999)
_EXACT: Final = Context(prec=9999, Emin=-9999, Emax=9999, traps=[Inexact])


@lru_cache(maxsize=4096)
def conversion_factor(from_unit: str, to_unit: str) -> Fraction | None:
    """What a value in the first unit is multiplied with to have it in the second.

    None where the units are not commensurable, or where one is a special unit (``Cel``, ``[pH]``, ``dB``) and
    the other is not on the same scale: `convert` computes these. The factor is exact, except that where π
    does not cancel (``deg`` to ``rad``) it holds the 64 decimals of UCUM's ``[pi]``.

    Raises:
        UnitError: one of the texts is not a unit.
    """
    source, target = parse_unit(from_unit), parse_unit(to_unit)
    if not source.is_commensurable(target) or not _same_scale(source, target):
        return None
    return source.factor / target.factor * _PI ** (source.pi - target.pi)


def convert(value: Decimal, from_unit: str, to_unit: str) -> Decimal:
    """The value in another unit.

    The result is exact where it has a finite decimal expansion, written with as few digits as it takes. Where
    it has none, where π does not cancel, and on logarithmic and other curved scales it is rounded half-even
    to 28 significant digits. A value whose unit does not change is returned as it is.

    Raises:
        UnitError: a text is not a unit, the units are not commensurable, or the value is not finite, too
            large or outside the scale.
    """
    source, target = parse_unit(from_unit), parse_unit(to_unit)
    if not source.is_commensurable(target):
        raise UnitError(message("a quantity in it cannot be converted to '{ $to_unit }'", to_unit=to_unit), from_unit)
    number = Fraction(*_ratio(value, from_unit))
    if from_unit == to_unit:
        return value
    factor = conversion_factor(from_unit, to_unit)
    if factor is not None:
        return _decimal(number * factor, exact=source.pi == target.pi)
    amount = _amount(number, source) * _PI ** (source.pi - target.pi)
    exact = all(unit.scale is None or unit.scale.exact for unit in (source, target)) and source.pi == target.pi
    return _decimal(_reading(amount, target), exact=exact)


def compare(a: Decimal, unit_a: str, b: Decimal, unit_b: str) -> int | None:
    """-1, 0 or 1 as the first quantity is less than, equal to or greater than the second, without rounding.

    None where the units are not commensurable, so that there is no order. Readings of one scale are ordered
    as readings. Against another unit they are ordered by what they stand for (with 50 digits where the scale
    is curved), and not at all where readings fall as the amount rises (``[pH]``).

    Raises:
        UnitError: a text is not a unit, or a value is not finite, too large or outside the scale.
    """
    if unit_a == unit_b:
        parse_unit(unit_a)
        _check(a, unit_a)
        _check(b, unit_b)
        return (a > b) - (a < b)
    factor = conversion_factor(unit_a, unit_b)
    if factor is not None:
        numerator_a, denominator_a = _ratio(a, unit_a)
        numerator_b, denominator_b = _ratio(b, unit_b)
        left = numerator_a * factor.numerator * denominator_b
        right = numerator_b * factor.denominator * denominator_a
        return (left > right) - (left < right)
    return _compare_amounts(a, parse_unit(unit_a), b, parse_unit(unit_b))


def amount(value: Decimal, unit: str) -> tuple[tuple[int, ...], tuple[tuple[str, int], ...], Fraction] | None:
    """Dimension and amount of a quantity: the same for two quantities exactly where `compare` gives 0.

    None on a scale that is not exact (``[pH]``, ``dB``), where no amount tells that two readings are the same.

    Raises:
        UnitError: the text is not a unit, or the value is not finite, too large or outside the scale.
    """
    known = parse_unit(unit)
    if known.scale is not None and not known.scale.exact:
        return None
    return known.dimension, known.arbitrary, _amount(Fraction(*_ratio(value, unit)), known) * _PI**known.pi


def _compare_amounts(a: Decimal, unit_a: Unit, b: Decimal, unit_b: Unit) -> int | None:
    scales = [unit.scale for unit in (unit_a, unit_b) if unit.scale is not None]
    if not unit_a.is_commensurable(unit_b) or not all(scale.rising for scale in scales):
        return None
    left = _amount(Fraction(*_ratio(a, unit_a.text)), unit_a) * _PI**unit_a.pi
    right = _amount(Fraction(*_ratio(b, unit_b.text)), unit_b) * _PI**unit_b.pi
    if not all(scale.exact for scale in scales):
        left, right = _curved(left), _curved(right)
    return (left > right) - (left < right)


def _curved(amount: Fraction) -> Fraction:
    """The digits of an amount that two ways of computing it agree on."""
    return Fraction(_CURVED.divide(Decimal(amount.numerator), Decimal(amount.denominator)))


def _same_scale(a: Unit, b: Unit) -> bool:
    return (a.scale and a.scale.atom) == (b.scale and b.scale.atom)


def _amount(number: Fraction, unit: Unit) -> Fraction:
    """In base units, apart from π."""
    steps = number * unit.factor
    return steps if unit.scale is None else unit.scale.amount(steps) * unit.linear


def _reading(amount: Fraction, unit: Unit) -> Fraction:
    """The inverse of `_amount`."""
    return (amount if unit.scale is None else unit.scale.reading(amount / unit.linear)) / unit.factor


def _check(value: Decimal, unit: str) -> None:
    if not value.is_finite() or abs(value.adjusted()) > MAX_MAGNITUDE:
        raise UnitError(
            message("a quantity in it has the value { $value }, which cannot be computed with", value=value), unit
        )


def _ratio(value: Decimal, unit: str) -> tuple[int, int]:
    _check(value, unit)
    return value.as_integer_ratio()


def _decimal(number: Fraction, *, exact: bool) -> Decimal:
    numerator, denominator = number.as_integer_ratio()
    places = _decimal_places(denominator) if exact else None
    if places is not None:
        return _EXACT.scaleb(Decimal(numerator * 10**places // denominator), -places)
    rounded = _ROUNDING.divide(Decimal(numerator), Decimal(denominator)).normalize(_ROUNDING)
    whole = int(rounded)
    return Decimal(whole) if whole == rounded else rounded


def _decimal_places(denominator: int) -> int | None:
    """Decimals of a fraction in lowest terms with this denominator; None where they have no end."""
    twos = (denominator & -denominator).bit_length() - 1
    denominator >>= twos
    fives = 0
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    return max(twos, fives) if denominator == 1 else None
