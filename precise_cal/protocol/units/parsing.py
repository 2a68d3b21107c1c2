"""What a unit is worth: its exact factor and its dimension."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.units.errors import UnitError
from precise_cal.protocol.units.hints import nearest_unit
from precise_cal.protocol.units.syntax import MAX_EXPONENT, Part, read_parts
from precise_cal.protocol.units.table import BASE_UNITS, PI, Atom, atoms, prefixes

if TYPE_CHECKING:
    from precise_cal.protocol.units.scales import Scale

MAX_BITS: Final = 4096
"""Of the numerator and of the denominator of what a unit is worth."""

_NO_DIMENSION: Final = (0,) * len(BASE_UNITS)


@immutable()
class Unit:
    """A unit: `factor` · π^`pi` times the base units to the powers in `dimension`.

    Attributes:
        text: as written.
        factor: exact worth apart from π. Of a special unit: one step of its readings, so 1/10 for ``dB``.
        pi: power of π.
        dimension: powers of meter, second, gram, radian, kelvin, coulomb and candela.
        arbitrary: powers of arbitrary units, by code, sorted.
        scale: how readings become amounts; None unless the unit is special.
        linear: worth of the scale's linear unit; 1 unless the unit is special.
    """

    text: str
    factor: Fraction
    pi: int = 0
    dimension: tuple[int, ...] = _NO_DIMENSION
    arbitrary: tuple[tuple[str, int], ...] = ()
    scale: Scale | None = None
    linear: Fraction = Fraction(1)

    def is_commensurable(self, other: Unit) -> bool:
        """Whether the two units measure the same kind of thing."""
        return self.dimension == other.dimension and self.arbitrary == other.arbitrary


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> Unit:
    """What a unit is worth.

    Raises:
        UnitError: UCUM does not know the text, or it passes a limit of this package.
    """
    factors = [(part, _worth(text, part)) for part in read_parts(text)]
    special = next((factor for factor in factors if factor[1].scale is not None), None)
    if special is None:
        return _product(text, factors)
    return _scaled(text, special, [factor for factor in factors if factor is not special])


def is_unit(text: str) -> bool:
    """Whether `parse_unit` accepts the text."""
    try:
        parse_unit(text)
    except UnitError:
        return False
    return True


@lru_cache(maxsize=1024)
def find_symbol(symbol: str) -> tuple[str, Atom] | None:
    """The prefix ("" if none) and the atom of a symbol; None where UCUM has no such symbol."""
    known = atoms()
    if symbol in known:
        return "", known[symbol]
    for length in (1, 2):
        atom = known.get(symbol[length:])
        if atom is not None and atom.metric and symbol[:length] in prefixes():
            return symbol[:length], atom
    return None


def _worth(text: str, part: Part) -> Unit:
    if not part.symbol:
        return Unit(text, Fraction(part.number))
    found = find_symbol(part.symbol)
    if found is None:
        problem = message("'{ $symbol }' is not a unit", symbol=part.symbol)
        raise UnitError(problem, text, part.position, nearest_unit(part.symbol))
    prefix, atom = found
    unit = _atom_worth(atom)
    return replace(unit, factor=unit.factor * Fraction(prefixes()[prefix].value)) if prefix else unit


@lru_cache(maxsize=1024)
def _atom_worth(atom: Atom) -> Unit:
    code = atom.code
    if atom.arbitrary:
        return Unit(code, Fraction(1), arbitrary=((code, 1),))
    if code == PI:
        return Unit(code, Fraction(1), pi=1)
    if code in BASE_UNITS:
        return Unit(code, Fraction(1), dimension=tuple(int(code == base) for base in BASE_UNITS))
    definition = parse_unit(atom.unit)
    factor = definition.factor * Fraction(atom.value)
    if atom.scale:
        from precise_cal.protocol.units.scales import make_scale

        scale = make_scale(code, atom.scale)
        return Unit(code, Fraction(1), dimension=definition.dimension, scale=scale, linear=factor)
    return replace(definition, text=code, factor=factor)


def _scaled(text: str, special: tuple[Part, Unit], others: list[tuple[Part, Unit]]) -> Unit:
    """A special unit times a number, which scales its readings (UCUM §22)."""
    part, worth = special
    number = _product(text, others)
    proper = Unit("1", Fraction(1)).is_commensurable(number) and number.pi == 0
    if part.power != 1 or not proper or any(other.scale is not None for _, other in others):
        problem = message(
            "'{ $symbol }' is a special scale, which takes part in no product but with a number", symbol=part.symbol
        )
        raise UnitError(problem, text, part.position)
    return replace(worth, text=text, factor=worth.factor * number.factor)


def _product(text: str, factors: list[tuple[Part, Unit]]) -> Unit:
    factor = Fraction(1)
    pi = 0
    dimension = list(_NO_DIMENSION)
    arbitrary: dict[str, int] = {}
    for part, worth in factors:
        factor *= worth.factor**part.power
        pi += worth.pi * part.power
        bits = max(factor.numerator.bit_length(), factor.denominator.bit_length())
        if bits > MAX_BITS or abs(pi) > MAX_EXPONENT:
            raise UnitError("is too large or too small to compute with", text, part.position)
        dimension = [sum_ + power * part.power for sum_, power in zip(dimension, worth.dimension, strict=True)]
        for code, power in worth.arbitrary:
            arbitrary[code] = arbitrary.get(code, 0) + power * part.power
    powers = tuple(sorted((code, power) for code, power in arbitrary.items() if power))
    return Unit(text, factor, pi, tuple(dimension), powers)
