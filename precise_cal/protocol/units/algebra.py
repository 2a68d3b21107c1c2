"""Units of products, quotients and powers, and their names in words."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import lru_cache

from precise_cal.language.catalog import message
from precise_cal.protocol.units.errors import UnitError
from precise_cal.protocol.units.parsing import find_symbol, parse_unit
from precise_cal.protocol.units.syntax import MAX_EXPONENT, Part, read_parts
from precise_cal.protocol.units.table import prefixes


def multiply(unit_a: str, unit_b: str) -> str:
    """The unit of a product: ``cm`` and ``cm`` give ``cm2``.

    The result is worth exactly the product of the two. Like symbols are gathered and unlike ones kept (``cm``
    and ``m`` give ``cm.m``), so the values are multiplied and never scaled. The text is canonical: number,
    then what multiplies, then what divides, each in order of code.

    Raises:
        UnitError: a text is not a unit, a special unit meets another one, or the result passes a limit.
    """
    return _combine(((unit_a, 1), (unit_b, 1)))


def divide(unit_a: str, unit_b: str) -> str:
    """The unit of a quotient: ``g`` and ``cm3`` give ``g/cm3``, twice ``g`` gives ``1``. See `multiply`."""
    return _combine(((unit_a, 1), (unit_b, -1)))


def power(unit: str, exponent: int) -> str:
    """The unit of a whole power: ``m/s`` and 2 give ``m2/s2``. See `multiply`."""
    if abs(exponent) > MAX_EXPONENT:
        raise UnitError(
            message(
                "cannot be raised to { $exponent }; an exponent is at most { $max_exponent }",
                exponent=exponent,
                max_exponent=MAX_EXPONENT,
            ),
            unit,
        )
    return _combine(((unit, exponent),))


def display_name(unit: str) -> str:
    """The unit in words: ``m/s2`` is ``(meter) / (second ^ 2)``.

    Raises:
        UnitError: the text is not a unit.
    """
    parse_unit(unit)
    words = ""
    for part in read_parts(unit):
        operator = "/" if part.divides else "*"
        words += f" {operator} {_words(part)}" if words or part.divides else _words(part)
    return "(unity)" if unit == "1" else words.strip()


@lru_cache(maxsize=4096)
def _combine(units: tuple[tuple[str, int], ...]) -> str:
    """The product of the units raised to the exponents."""
    number = Fraction(1)
    powers: Counter[tuple[str, str]] = Counter()
    for unit, exponent in units:
        if parse_unit(unit).scale is not None and exponent != 1:
            raise UnitError("is a special scale, which cannot be divided by or raised to a power", unit)
        for part in read_parts(unit):
            number *= Fraction(part.number) ** (part.power * exponent)
            powers["10*" if part.symbol == "10^" else part.symbol, part.annotation] += part.power * exponent
    above = [] if number.numerator == 1 else [str(number.numerator)]
    below = [] if number.denominator == 1 else [str(number.denominator)]
    for (symbol, annotation), exponent in sorted(powers.items()):
        if exponent and (symbol or annotation):
            (above if exponent > 0 else below).append(_factor(symbol, abs(exponent), annotation))
    text = ".".join(above) + "".join(f"/{factor}" for factor in below) or "1"
    parse_unit(text)
    return text


def _factor(symbol: str, exponent: int, annotation: str) -> str:
    return f"{symbol}{exponent if symbol and exponent > 1 else ''}{annotation}"


def _words(part: Part) -> str:
    if not part.symbol:
        return part.annotation if part.annotation and part.number == 1 else f"{part.number}{part.annotation}"
    found = find_symbol(part.symbol)
    assert found is not None  # the unit was parsed
    prefix, atom = found
    name = (prefixes()[prefix].name if prefix else "") + atom.name
    exponent = "" if part.exponent == 1 else f" ^ {part.exponent}"
    return f"({name}{exponent}){part.annotation}"
