"""A number with its unit, as recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
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
