"""The values of a record that can be moved by a little: numbers, days and instants, each as a number."""

from __future__ import annotations

import copy
import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.changing import value_at
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.schema.tree import MOMENTS, QUANTITY, ListOf, PartSchema, QuantityKind
from precise_cal.protocol.units import UnitError, conversion_factor, is_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.protocol.schema.tree import FieldType

    Place = tuple[str | int, ...]

_DECIMALS: Final = 8
"""How many decimals a record may have at most."""
_BEGINNING: Final = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
"""From where the minutes of a clock are counted, whatever its offset."""
_PREFIXES: Final = ("k", "", "m", "u", "n", "p")


@immutable()
class Measure:
    """A value of a record that has neighbors.

    Attributes:
        place: where it stands; of a quantity, its number.
        kind: what it is.
        at: the number that it is: itself, the ordinal of a day, or the minutes of an instant.
        step: by how much its neighbors differ.
        unit: its UCUM unit, where one stands beside it.
    """

    place: Place
    kind: str
    at: Fraction
    step: Fraction
    unit: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The place without positions in lists."""
        return tuple(one for one in self.place if isinstance(one, str))

    @property
    def ends(self) -> frozenset[str]:
        """The names under which a rule may read it: its own, or that of value and unit together."""
        names = self.names
        return frozenset({names[-1]} if self.unit is None else {*names[-2:], QUANTITY})

    def finer(self, number: Fraction) -> Measure | None:
        """The same with a step below the last digit of a number; None where a record cannot hold such a number."""
        if self.kind != "decimal":
            return self if number.denominator == 1 else None
        for digits in range(_DECIMALS):
            if (number * 10**digits).denominator == 1:
                step = min(self.step, Fraction(1, 10**digits)) / 10
                return Measure(self.place, self.kind, self.at, step, self.unit)
        return None


def measures(document: Mapping[str, Any], part: PartSchema, place: Place = ()) -> Iterator[Measure]:
    """Every value of a record that is known for certain and has neighbors.

    Args:
        document: the record, as JSON data.
        part: the form of records.
        place: where the part stands.
    """
    owner = value_at(document, place) or {}
    for field in part.fields:
        here = (*place, field.name)
        if isinstance(field.type, PartSchema):
            yield from measures(document, field.type, here)
        elif isinstance(field.type, ListOf) and isinstance(field.type.item, PartSchema):
            for number in range(len(value_at(document, here) or ())):
                yield from measures(document, field.type.item, (*here, number))
        elif isinstance(field.type, QuantityKind):
            value = value_at(document, here)
            if isinstance(value, dict):
                yield from _measure((*here, "value"), "decimal", value.get("value"), value.get("unit"))
        else:
            unit = owner.get(part.amount[1] if part.amount else "unit") if _is_amount(part, field.name) else None
            yield from _measure(here, _kind(field.type), owner.get(field.name), unit)


def moved_between(documents: Sequence[Mapping[str, Any]], part: PartSchema) -> tuple[Measure, ...]:
    """The one value in which records differ, as it is in each of them; none where they differ otherwise."""
    known = [{one.place: one for one in measures(document, part)} for document in documents]
    for place in known[0]:
        found = tuple(one[place] for one in known if place in one)
        if len({one.at for one in found}) == len(documents):
            usual = value_at(documents[0], place)
            return found if all(with_value(one, place, usual) == documents[0] for one in documents) else ()
    return ()


def _is_amount(part: PartSchema, name: str) -> bool:
    return part.has_quantity and name == (part.amount or ("value", "unit"))[0]


def _kind(kind: FieldType) -> str:
    return kind.kind if kind.kind in ("integer", "decimal", *MOMENTS) else ""


def _measure(place: Place, kind: str, value: Any, unit: str | None) -> Iterator[Measure]:
    if value is None or isinstance(value, bool) or not kind:
        return
    try:
        if kind in ("integer", "decimal"):
            number = Decimal(str(value))
            exponent = min(0, int(number.as_tuple().exponent)) if kind == "decimal" else 0
            yield Measure(place, kind, Fraction(number), Fraction(1, 10**-exponent), unit)
        elif len(value) == len("2026-03-10"):
            yield Measure(place, "date", Fraction(datetime.date.fromisoformat(value).toordinal()), Fraction(1))
        elif kind == "instant" and "T" in value:
            found = datetime.datetime.fromisoformat(value)
            minutes = (found.replace(tzinfo=datetime.UTC) - _BEGINNING) // datetime.timedelta(minutes=1)
            yield Measure(place, "instant", Fraction(minutes), Fraction(1))
    except (ValueError, ArithmeticError):
        return


def with_number(document: Mapping[str, Any], measure: Measure, number: Fraction) -> dict[str, Any]:
    """The record with another number there. Raises `ValueError`, `OverflowError` for a day outside the calendar."""
    return with_value(document, measure.place, _text(measure, value_at(document, measure.place), number))


def with_value(document: Mapping[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """The record with another value at a place that it has."""
    record: Any = copy.deepcopy(document)
    owner = value_at(record, place[:-1])
    owner[place[-1]] = value
    found: dict[str, Any] = record
    return found


def _text(measure: Measure, was: Any, number: Fraction) -> Any:
    """A number as the record has such values: an integer, the text of a decimal, of a day or of an instant."""
    match measure.kind:
        case "integer":
            return int(number)
        case "decimal":
            digits = next(one for one in range(_DECIMALS + 1) if (number * 10**one).denominator == 1)
            least = -int(Decimal(str(was)).as_tuple().exponent)
            return f"{Decimal(number.numerator) / Decimal(number.denominator):.{max(digits, least, 0)}f}"
        case "date":
            return datetime.date.fromordinal(int(number)).isoformat()
    known = datetime.datetime.fromisoformat(was)
    moved = _BEGINNING + datetime.timedelta(minutes=int(number))
    return moved.replace(second=known.second, tzinfo=known.tzinfo).isoformat()


# ---- the same, said otherwise; not known; known in part ----


def otherwise_said(document: Mapping[str, Any], measure: Measure) -> tuple[str, dict[str, Any]] | None:
    """The same record with the value in another unit, or at another offset, and what that is called."""
    value = value_at(document, measure.place)
    if measure.kind == "instant":
        known = datetime.datetime.fromisoformat(value)
        if known.tzinfo is None or not known.utcoffset():
            return None
        there = known.astimezone(datetime.UTC).isoformat()
        return "at, by the clock of UTC", with_value(document, measure.place, there)
    if measure.kind != "decimal" or measure.unit is None:
        return None
    for unit, factor in _units_beside(measure.unit):
        number = Fraction(Decimal(str(value))) * factor
        if (number * 10**_DECIMALS).denominator == 1:
            other = Measure(measure.place, "decimal", number, measure.step, unit)
            record = with_value(document, measure.place, _text(other, "0", number))
            return "at, in another unit", with_value(record, (*measure.place[:-1], "unit"), unit)
    return None


def _units_beside(unit: str) -> list[tuple[str, Fraction]]:
    """Units of the same dimension, with what a value is multiplied with; the nearest one first, the greater of two."""
    stems = {unit, *([unit[1:]] if unit[:1] in _PREFIXES and len(unit) > 1 else [])}
    known = [f"{prefix}{stem}" for stem in sorted(stems) for prefix in _PREFIXES]
    known += ["cm"] if unit == "mm" else ["1"] if unit == "%" else []
    found: dict[str, Fraction] = {}
    for one in known:
        try:
            factor = conversion_factor(unit, one) if one != unit and is_unit(one) else None
        except UnitError:
            factor = None
        if factor is not None and factor not in (0, 1):
            found[one] = factor
    return sorted(found.items(), key=lambda one: (max(one[1], 1 / one[1]), one[1] > 1, one[0]))


def partly_known(document: Mapping[str, Any], measure: Measure) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record without the value, and with less of it, each with what that is called."""
    place = measure.place[:-1] if measure.unit is not None and measure.place[-1] == "value" else measure.place
    whole = place if isinstance(place[-1], str) and measure.unit is not None else measure.place
    is_part = whole != measure.place and set(value_at(document, whole)) <= {"value", "unit"}
    yield "not known", with_value(document, whole if is_part else measure.place, None)
    text = value_at(document, measure.place)
    if measure.kind == "date":
        yield "day not known", with_value(document, measure.place, text[: len("2026-03")])
    if measure.kind == "instant":
        yield "time not known", with_value(document, measure.place, text[: len("2026-03-10")])
