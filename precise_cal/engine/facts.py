"""The facts of a record that a rule looks at, each with the values that can make a difference to it.

Values are those at which some comparison of the rule changes: words of vocabularies, limits and their neighbors, days
before, on and after those that the record knows. A list has a place for one more item.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.changing import value_at
from precise_cal.engine.rulebook.looked import looked_of
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.iso_text import offset_text
from precise_cal.protocol.patterns import numbered
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.schema.tree import MOMENTS, ListOf, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from precise_cal.engine.rulebook.looked import Looked
    from precise_cal.engine.rulebook.rulebook import Rulebook

    Place = tuple[str | int, ...]

_NAMES: Final = ("text", "identifier")
_MOST: Final = 24
"""How many values of one field are tried."""
_YEAR: Final = 365.2425
"""Days of a year, on average: with its neighbors a day so far off is a birthday."""
_FEW: Final = 3
"""How many values of a field are tried of which only matters that it is known."""


@immutable()
class Fact:
    """A value at a place of a record, and those that may stand there instead."""

    place: Place
    was: Any
    values: tuple[Any, ...]

    @property
    def pointer(self) -> str:
        """Where it stands, as a JSON Pointer."""
        return pointer_of(self.place)


def facts_of(
    book: Rulebook,
    name: str,
    document: Mapping[str, Any],
    is_sought: Callable[[Place, Any], bool] = lambda *_: True,
) -> tuple[Fact, ...]:
    """The facts that the verdict of a rule rests on.

    Args:
        book: the rules.
        name: of the rule; the values are those of every edition, since any may judge.
        document: the record, as JSON data.
        is_sought: of a place and what stands there, whether it is asked for; the values of no others are made.
    """
    looked = looked_of(book, name)
    reader = _Reader(looked, document, offset_text(book.utc_offset_minutes))
    found: list[Fact] = []
    for place, kind in reader.leaves(book.schema.root, ()):
        names = tuple(one for one in place if isinstance(one, str))
        if names in looked.fields and is_sought(place, was := value_at(document, place)):
            values = [one for one in reader.values(kind, names) if one != was][:_MOST]
            if was is not None:
                values.sort(key=lambda one: _distance(was, one))
            found.append(Fact(place, was, tuple(values)))
    known = {one.place for one in found if one.values}
    makers = _makers(reader, book.schema.root, document, looked.parts) if looked.parts else ()
    more = (one for one in makers if one.place not in known and is_sought(one.place, None))
    return (*(one for one in found if one.values), *more)


def _makers(reader: _Reader, part: PartSchema, document: Any, ends: Collection[tuple[str, ...]]) -> Iterator[Fact]:
    """Of each part and item of which a rule reads no more than whether it is there: a value that would make it be."""
    made: set[Place] = set()
    for place, kind in reader.leaves(part, ()):
        for length in range(1, len(place)):
            owner = place[:length]
            names = tuple(one for one in owner if isinstance(one, str))
            if names in ends and not isinstance(place[length], int) and owner not in made:
                values = tuple(reader.values(kind, tuple(one for one in place if isinstance(one, str))))[:_FEW]
                if values and not value_at(document, owner):
                    made.add(owner)
                    yield Fact(place, None, values)


def _distance(was: Any, value: Any) -> Decimal:
    """How far a value lies from the one that is recorded; nothing where both have no order."""
    if isinstance(was, dict) and isinstance(value, dict):
        same = was.get("unit") == value.get("unit")
        return _distance(was.get("value"), value.get("value")) if same else Decimal(0)
    one, other = _ordinal(was), _ordinal(value)
    return Decimal(0) if one is None or other is None else abs(one - other)


def _ordinal(value: Any) -> Decimal | None:
    day = _day(value) if isinstance(value, str) else None
    if day is not None:
        return Decimal(day.toordinal())
    try:
        return None if isinstance(value, bool) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None


class _Reader:
    """What of rule and record the values come from."""

    def __init__(self, looked: Looked, document: Mapping[str, Any], offset: str) -> None:
        self._document, self._looked, self._offset = document, looked, offset
        known = map(_day, (*_texts(document), *looked.days))
        self._moments = sorted({day for day in known if day is not None})

    def leaves(self, part: PartSchema, place: Place) -> Iterator[tuple[Place, Scalar | QuantityKind]]:
        """Every value that the record has room for, with one more item in each list."""
        for field in part.fields:
            here = (*place, field.name)
            kind = field.type
            if isinstance(kind, PartSchema):
                yield from self.leaves(kind, here)
            elif isinstance(kind, ListOf) and isinstance(kind.item, PartSchema):
                for number in range(len(value_at(self._document, here) or ()) + 1):
                    yield from self.leaves(kind.item, (*here, number))
            elif isinstance(kind, ListOf) and isinstance(kind.item, Scalar):
                for number in range(len(value_at(self._document, here) or ()) + 1):
                    yield (*here, number), kind.item
            elif isinstance(kind, Scalar | QuantityKind):
                yield here, kind

    def values(self, kind: Scalar | QuantityKind, names: tuple[str, ...]) -> Iterator[Any]:
        """The values of a field that can make a difference."""
        if isinstance(kind, QuantityKind):
            yield from self._quantities(kind)
        elif kind.kind == "boolean":
            yield from (True, False)
        elif kind.words:
            yield from kind.words
        elif kind.kind in ("integer", "decimal"):
            yield from self._numbers(kind)
        elif kind.kind in MOMENTS:
            yield from self._days(kind.kind == "instant")
        elif kind.kind == "unit":
            yield from dict.fromkeys((*self._same(names), *(unit for _, unit in self._looked.quantities)))
        elif kind.pattern is not None:
            drawn = (numbered(kind.pattern, number) for number in range(_FEW))
            fitting = (one for one in self._looked.texts if re.search(kind.pattern, one))
            yield from dict.fromkeys((*fitting, *(one for one in drawn if one is not None)))
        elif kind.kind in _NAMES:
            yield from dict.fromkeys((*self._looked.texts, *self._same(names), "X"))

    def _same(self, names: tuple[str, ...]) -> Iterator[str]:
        """Names that the record has elsewhere, in fields of the same name or of one that begins or ends so."""
        for place, value in _placed(self._document, ()):
            last = next((one for one in reversed(place) if isinstance(one, str)), "")
            if isinstance(value, str) and (last.startswith(names[-1]) or names[-1].startswith(last)):
                yield value

    def _numbers(self, kind: Scalar) -> Iterator[Any]:
        whole = kind.kind == "integer"
        limits = {one for one in (kind.low, kind.high) if one is not None}
        known = self._looked.numbers or (Decimal(0),)
        for value in sorted(limits | {near for one in known for near in _near(one, whole)}):
            if (kind.low is None or value >= kind.low) and (kind.high is None or value <= kind.high):
                yield int(value) if whole else str(value)

    def _quantities(self, kind: QuantityKind) -> Iterator[Any]:
        for number, unit in self._looked.quantities:
            if unit == (kind.like or unit):
                yield from ({"value": str(value), "unit": unit} for value in _near(number, False) if value > 0)

    def _days(self, is_instant: bool) -> Iterator[str]:
        days: dict[datetime.date, None] = {}
        for shift in (*(round(one * _YEAR) for one in self._looked.years), 0, *self._looked.shifts):
            for day in self._moments:
                for sign in (-shift, shift):
                    for near in (-1, 0, 1):
                        days[day + datetime.timedelta(sign + near)] = None
        yield from (f"{day}T12:00:00{self._offset}" if is_instant else str(day) for day in days)


def _near(value: Decimal, whole: bool) -> tuple[Decimal, ...]:
    step = Decimal(1) if whole else Decimal(1).scaleb(min(int(value.normalize().as_tuple().exponent), 0) - 1)
    return value - step, value, value + step


def _texts(value: Any) -> Iterator[str]:
    yield from (one for _, one in _placed(value, ()) if isinstance(one, str))


def _placed(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _placed(one, (*place, name))
    else:
        yield place, value


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None
