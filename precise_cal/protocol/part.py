"""What every part of a participant record has in common, and measured quantities with their units."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Never

from precise_cal.language.catalog import message
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.schema.tree import UNIT, VALUE, QuantityKind
from precise_cal.protocol.units import compare, convert, parse_unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from precise_cal.protocol.schema.tree import PartSchema, RecordSchema


class Part:
    """A part of the record, that nobody assigns to; a field that is None is unknown.

    The classes of a trial's records are made from its schema (`classes_of`); each knows the part that it was made from.

    Args:
        values: of all attributes; the part keeps the dictionary.
    """

    form: ClassVar[PartSchema]
    attributes: ClassVar[tuple[str, ...]]
    """The names of its attributes: of each field, one."""

    def __init__(self, values: dict[str, Any]) -> None:
        object.__setattr__(self, "__dict__", values)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    else:

        def __setattr__(self, name: str, value: Any) -> Never:
            raise AttributeError(f"{type(self).__name__}.{name} cannot be assigned to")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(self, one) == getattr(other, one) for one in self.attributes)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, one) for one in self.attributes)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{one}={getattr(self, one)!r}' for one in self.attributes)})"


def changed(part: Part, values: Mapping[str, Any]) -> Part:
    """The same part with other values of some attributes."""
    return type(part)({one: values[one] if one in values else getattr(part, one) for one in part.attributes})


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
    attributes = (VALUE.attribute, UNIT.attribute)

    @cached_property
    def quantity(self) -> Quantity | None:
        """Value and unit together; None while either is unknown."""
        return quantity_of(self.value, self.unit)


class Classes:
    """The classes of the parts of a schema, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, type[Part]] = {}

    def part(self, part: PartSchema) -> type[Part]:
        """The class of a part; of one that is measured, value and unit come first."""
        made = self._made.get(part.name)
        if made is None:
            base = self.quantity(part.measured) if part.measured else Amounted if part.amount else Part
            own = [one.attribute for one in part.fields if part.measured is None or one not in (VALUE, UNIT)]
            names = (*(Measured.attributes if part.measured else ()), *own)
            made = type(part.name, (base,), {"__doc__": part.about, "form": part, "attributes": names})
            self._made[part.name] = made
        return made

    def quantity(self, kind: QuantityKind) -> type[Part]:
        """The class of a kind of measured value."""
        made = self._made.get(kind.name)
        if made is None:
            made = self._made[kind.name] = type(kind.name, (Measured,), {"__doc__": kind.about, "kind": kind})
        return made


@cache
def classes_of(schema: RecordSchema) -> Classes:
    """The classes of the records of a schema."""
    del schema
    return Classes()


def check_range(kind: QuantityKind, value: Decimal | None, unit: str | None) -> None:
    """Hold a measured value against the unit and the range of its kind.

    Raises:
        ValueError: it is not above 0, has a unit of another kind, or lies outside the range.
    """
    if kind.positive and value is not None and value <= 0:
        raise ValueError("should be above 0")
    if unit is None or not kind.like:
        return
    if unit != kind.like and not _is_like(unit, kind.like):
        pattern = 'should have a unit like "{ $like }", not "{ $unit }"'
        raise ValueError(message(pattern, like=kind.like, unit=unit))
    if value is not None and not _holds(kind, value, unit):
        raise ValueError(_outside(kind, value, unit))


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
