"""A number with its unit, as recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from decimal import Decimal


@immutable()
class Quantity:
    """An exact decimal with a UCUM unit; `unit` is None where the unit is unknown.

    Python equality is structural: 10 mm and 1 cm are different objects. Comparing magnitudes takes
    `protocol.units`.
    """

    value: Decimal
    unit: str | None

    def __str__(self) -> str:
        value = f"{self.value:f}"
        return value if self.unit is None else f"{value} {self.unit}"
