"""What every part of a participant record has in common, and measured quantities with their units."""

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.scalars import Amount, UnitCode
from precise_cal.protocol.units import compare, conversion_factor


class Part(BaseModel):
    """A part of the record: frozen, and closed to fields that the schema does not know.

    Every field may be absent, which means unknown. ``derived`` names what rules may read beside the fields
    themselves: a property of the class, and the field that holds it in the file, empty for the part itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    derived: ClassVar[dict[str, str]] = {}


def part_of(annotation: Any) -> type[Part] | None:
    """The part of the record that a field holds, singly or in a tuple; None for a field that holds a scalar."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next((part for part in map(part_of, get_args(annotation)) if part is not None), None)


def _empty_if_none(value: Any) -> Any:
    return {} if value is None else value


KNOWN: Final = BeforeValidator(_empty_if_none)
"""For a part that always exists, though all of it may be unknown: ``null`` reads as ``{}``."""


def _none_if_empty(part: Part | None) -> Part | None:
    return None if part is None or all(getattr(part, name) is None for name in type(part).model_fields) else part


EMPTY_IS_UNKNOWN: Final = AfterValidator(_none_if_empty)
"""For a part whose presence says something: one of which nothing is known says nothing, and reads as ``null``."""


def quantity_of(value: Decimal | None, unit: str | None) -> Quantity | None:
    """A quantity; None, that is unknown, while its value or its unit is: units are never guessed."""
    return None if value is None or unit is None else Quantity(value, unit)


class Measured(Part):
    """A value with its UCUM unit. Without the unit the quantity is unknown: units are never guessed."""

    like: ClassVar[str] = ""
    low: ClassVar[Decimal | None] = None
    high: ClassVar[Decimal | None] = None

    value: Amount | None = Field(None, description="the number, exactly as recorded")
    unit: UnitCode | None = Field(None, description="the UCUM unit of the number")

    @cached_property
    def quantity(self) -> Quantity | None:
        """Value and unit together; None while either is unknown."""
        return quantity_of(self.value, self.unit)

    @model_validator(mode="after")
    def _within_range(self) -> Self:
        if self.unit is None or not self.like:
            return self
        if self.unit != self.like and conversion_factor(self.unit, self.like) is None:
            raise ValueError(f'should have a unit like "{self.like}", not "{self.unit}"')
        if self.value is None:
            return self
        if not self._holds(self.value, self.unit):
            raise ValueError(f"should lie between {self.low} and {self.high} {self.like}")
        return self

    def _holds(self, value: Decimal, unit: str) -> bool:
        if self.low is None or self.high is None:
            return True
        if unit == self.like:
            return self.low <= value <= self.high
        return compare(value, unit, self.low, self.like) != -1 and compare(value, unit, self.high, self.like) != 1


class Length(Measured):
    """A diameter of a coronary vessel, 0.01 to 10 mm (the range that NCDR CathPCI accepts for devices)."""

    like: ClassVar[str] = "mm"
    low: ClassVar[Decimal | None] = Decimal("0.01")
    high: ClassVar[Decimal | None] = Decimal(10)


class Angle(Measured):
    """An arc of a circle, 0 to 360 degrees."""

    like: ClassVar[str] = "deg"
    low: ClassVar[Decimal | None] = Decimal(0)
    high: ClassVar[Decimal | None] = Decimal(360)


class Percentage(Measured):
    """A share, 0 to 100 %."""

    like: ClassVar[str] = "%"
    low: ClassVar[Decimal | None] = Decimal(0)
    high: ClassVar[Decimal | None] = Decimal(100)


class FiltrationRate(Measured):
    """An estimated glomerular filtration rate, 0 to 300 mL/min per 1.73 m² of body surface."""

    like: ClassVar[str] = "mL/min/{1.73_m2}"
    low: ClassVar[Decimal | None] = Decimal(0)
    high: ClassVar[Decimal | None] = Decimal(300)


class Level(Measured):
    """A concentration in blood, in whatever unit the laboratory reports; positive."""

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.value is not None and self.value <= 0:
            raise ValueError("should be above 0")
        return self


Fraction = Annotated[Amount, Field(ge=0, le=1)]
"""A ratio between 0 and 1, both ends included."""
