"""What every part of a participant record has in common, and measured quantities with their units."""

from decimal import Decimal
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from precise_cal.language.catalog import message
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.scalars import Amount, UnitCode
from precise_cal.protocol.schema.tree import UNIT, VALUE, PartSchema, QuantityKind
from precise_cal.protocol.units import compare, convert, parse_unit


class Part(BaseModel):
    """A part of the record: frozen, and closed to fields that the schema does not know.

    Every field may be absent, which means unknown. The classes of a trial's records are made from its schema
    (``protocol.model``); each knows the part that it was made from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    form: ClassVar[PartSchema]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


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


class Amounted(Part):
    """A part two of whose fields are the value and the unit of a quantity."""

    @cached_property
    def quantity(self) -> Quantity | None:
        """Value and unit together; None while either is unknown."""
        value, unit = self.form.amount or ("", "")
        return quantity_of(getattr(self, value), getattr(self, unit))


class Measured(Part):
    """A value with its UCUM unit. Without the unit the quantity is unknown: units are never guessed."""

    kind: ClassVar[QuantityKind]

    value: Amount | None = Field(None, description=VALUE.about)
    unit: UnitCode | None = Field(None, description=UNIT.about)

    @cached_property
    def quantity(self) -> Quantity | None:
        """Value and unit together; None while either is unknown."""
        return quantity_of(self.value, self.unit)

    @model_validator(mode="after")
    def _within_range(self) -> Self:
        kind = self.kind
        if kind.positive and self.value is not None and self.value <= 0:
            raise ValueError("should be above 0")
        if self.unit is None or not kind.like:
            return self
        if self.unit != kind.like and not _is_like(self.unit, kind.like):
            pattern = 'should have a unit like "{ $like }", not "{ $unit }"'
            raise ValueError(message(pattern, like=kind.like, unit=self.unit))
        if self.value is not None and not _holds(kind, self.value, self.unit):
            raise ValueError(_outside(kind, self.value, self.unit))
        return self


@cache
def _is_like(unit: str, like: str) -> bool:
    """Whether values in a unit have one in another; degrees of two scales do, though no factor leads there."""
    return parse_unit(unit).is_commensurable(parse_unit(like))


def _outside(kind: QuantityKind, value: Decimal, unit: str) -> str:
    """What is said of a value outside its range; of another unit, what it comes to, and the unit that may be meant."""
    bounds = message(
        "should lie between { $low } and { $high } { $unit }", low=kind.low, high=kind.high, unit=kind.like
    )
    if unit == kind.like:
        return bounds
    same = f"{convert(value, unit, kind.like)} {kind.like}"
    if not _holds(kind, value, kind.like):
        return message("is { $same }; { $bounds }", same=same, bounds=bounds)
    return message("is { $same }; { $bounds }; did you mean { $unit }?", same=same, bounds=bounds, unit=kind.like)


def _holds(kind: QuantityKind, value: Decimal, unit: str) -> bool:
    if kind.low is None or kind.high is None:
        return True
    if unit == kind.like:
        return kind.low <= value <= kind.high
    return compare(value, unit, kind.low, kind.like) != -1 and compare(value, unit, kind.high, kind.like) != 1


def value_of(part: Part, name: str) -> Any:
    """The value of a field, by the name that the record has for it."""
    return getattr(part, part.form.by_name[name].attribute)


def value_at(record: Part, path: str) -> Any:
    """The value at a path of fields (`procedure.started_at`); None where a part on the way is not known."""
    found: Any = record
    for name in path.split("."):
        found = value_of(found, name) if isinstance(found, Part) else None
    return found
