"""Units of measure after UCUM 2.2, with exact conversion.

A unit is its case-sensitive UCUM text: ``mm``, ``ng/mL``, ``mm[Hg]``, ``10*9/L``, ``Cel``; ``1`` where there
is none. What has no dimension is a number: ``1``, ``%`` (1/100), ``10*3`` (1000) and ``{cells}`` (1) are
commensurable with one another, and so is ``mol``, which is the number 6.02214076 · 10²³.
"""

from precise_cal.protocol.units.algebra import display_name, divide, multiply, power
from precise_cal.protocol.units.conversion import amount, compare, conversion_factor, convert
from precise_cal.protocol.units.errors import UnitError
from precise_cal.protocol.units.hints import usual_unit
from precise_cal.protocol.units.parsing import Unit, is_unit, parse_unit

__all__ = [
    "Unit",
    "UnitError",
    "amount",
    "compare",
    "conversion_factor",
    "convert",
    "display_name",
    "divide",
    "is_unit",
    "multiply",
    "parse_unit",
    "power",
    "usual_unit",
]
