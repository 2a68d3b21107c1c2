"""Values of any field, drawn by the plan, else by the field's type and what the rules hold it against."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.patterns import matching
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.schema.tree import UNIT, VALUE, ListOf, PartSchema, QuantityKind
from precise_cal.simulate.moments import later, moment_of, written
from precise_cal.simulate.numbers import is_span, number, planned, quantity
from precise_cal.simulate.places import at, beside, leaves, places, put, schema_path
from precise_cal.simulate.plan import Plan, Spread
from precise_cal.simulate.times import NOON, Times

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from precise_cal.protocol.schema.tree import FieldType, Scalar
    from precise_cal.simulate.trial import Path, Pointer, Record, Subject, Trial

_NOTHING: Final = Spread.model_validate({})
_VERSION: Final = "schema_version"
_SCREENING: Final = 2
"""The days after which a record stands that waits for enrollment, where no participant shows it."""


@dataclass(frozen=True)
class Drawer:
    """Draws values for the records of a trial. `zone` is the clock of the study, `site` where all of them are."""

    trial: Trial
    plan: Plan
    chance: Random
    site: str | None = None

    @property
    def zone(self) -> datetime.tzinfo:
        """The clock of the study."""
        return self.trial.zone

    @property
    def cutoff(self) -> datetime.datetime:
        """What happens later is not known."""
        return self.plan.cutoff or datetime.datetime.combine(
            self.first_day.replace(day=1) + datetime.timedelta(days=self.plan.days + 730), datetime.time(), self.zone
        )

    @property
    def first_day(self) -> datetime.date:
        """The first day of enrollment."""
        return self.plan.first_day or self.trial.first_day

    @property
    def start(self) -> datetime.datetime:
        """A moment of the first day."""
        return datetime.datetime.combine(self.first_day, NOON, self.zone)

    @cached_property
    def times(self) -> Times:
        """The times of records, by the plan."""
        return Times(self.trial, self.first_day, self.cutoff)

    def fixed(self) -> dict[Path, Any]:
        """The fields that are the same in every record, by path; the cut-off is, of all who are enrolled."""
        root = self.trial.schema.root.by_name
        found: dict[Path, Any] = {}
        if _VERSION in root and self.trial.schema.versions:
            found[_VERSION,] = self.trial.schema.versions[0]
        values = {
            "study": self.trial.study,
            "protocol_version": self.trial.version,
            "cutoff": self.cutoff,
            "site": self.site,
        }
        for role, value in values.items():
            path = self.trial.path_of(role)
            if path is not None and value is not None:
                found[path] = self.times.stated(path, value) if isinstance(value, datetime.datetime) else value
        return found

    def placed(self, record: Record, *, enrolled: bool, moved: bool = True) -> Record:
        """A record at the site and with the fields that are the same in all, at the first day of enrollment.

        Args:
            record: of anywhere and any time.
            enrolled: whether its cut-off is the trial's; who waits for enrollment is as known on its day.
            moved: whether its own times are moved along.
        """
        known = self.times.cutoff_in(record)
        days = (self.first_day - self.times.noon(record).date()).days if moved else 0
        for path, value in self.fixed().items():
            record = put(record, path, value)
        record = self.times.moved(record, days)
        if enrolled:
            return record
        after = later(self.start, _SCREENING, "days")
        return self.times.until(record, later(known, days, "days") if moved and known is not None else after)

    def enrolled(self, record: Record) -> Record:
        """A record of a participant who is enrolled at its cut-off, as far as one field tells when."""
        path, moment = self.trial.path_of("enrolled_at"), self.times.cutoff_in(record)
        if path is None or moment is None:
            return record
        part = self.trial.schema.at(path[:-1])
        if part is not None and path[:-1] and not at(record, path[:-1]):
            record = put(record, path[:-1], self.part(part, path[:-1], moment))
        return put(record, path, self.times.stated(path, moment))

    def all_hastened(self, record: Record) -> Record:
        """A drawn record in which nothing lies after its cut-off."""
        cutoff = self.times.cutoff_of(record)
        for pointer, value in leaves(record):
            moment = moment_of(value) if isinstance(value, str) and self.times.is_time(schema_path(pointer)) else None
            if moment is not None and self.times.on_clock(moment) > cutoff:
                earlier = self.hastened(self.times.on_clock(moment), cutoff)
                record = put(record, pointer, written(earlier, self.zone, day_only=len(value) == 10))
        return record

    def hastened(self, moment: datetime.datetime, cutoff: datetime.datetime) -> datetime.datetime:
        """A moment, or where it lies after the cut-off, one in the two days before that."""
        return moment if moment <= cutoff else later(cutoff, -self.chance.randrange(60, 2880), "minutes")

    def record(self, day: datetime.date) -> Record:
        """A record in which everything is known, around a day; nothing makes it agree with itself yet."""
        noon = datetime.datetime.combine(day, NOON, self.zone)
        return self.part(self.trial.schema.root, (), noon)

    def planned(self, record: Record, only: str | None = None) -> Record:
        """The record with the values that the plan draws, or those of one field."""
        for name, spread in self.plan.values.items():
            if only in (None, name):
                path = tuple(name.split("."))
                for place in places(record, path, self.trial.fields):
                    if schema_path(place) == path and at(record, place) is not None:
                        record = self._by_plan(record, place, spread)
        return record

    def _by_plan(self, record: Record, place: Pointer, spread: Spread) -> Record:
        field = self.trial.fields.get(schema_path(place))
        if field is None or field.type.kind in ("list", "part"):
            return record
        if self.chance.random() >= spread.known and not field.required:
            return put(record, place, None)
        if spread.after is None:
            return put(record, place, self.value(field.type, schema_path(place), self.start))
        value = at(record, beside(place, tuple(spread.after.split("."))))
        moment = moment_of(value) if isinstance(value, str) else None
        if moment is None:
            return record
        amount = self.chance.uniform(spread.from_ or 0, spread.to or 0)
        day_only = field.type.kind == "date"
        return put(record, place, written(later(moment, round(amount), spread.times), self.zone, day_only=day_only))

    def part(
        self, part: PartSchema, path: Path, noon: datetime.datetime, words: Mapping[str, Any] | None = None
    ) -> Record:
        """A part, with every field of it; `words` are those that are known before."""
        drawn: Record = {} if words is None else dict(words)
        if part.measured is not None:
            drawn |= self._measured(self._quantity(part.measured, (*path, VALUE.name)))
        for field in part.fields:
            if field not in (VALUE, UNIT) and field.name not in drawn:
                drawn[field.name] = self.value(field.type, (*path, field.name), noon)
        return drawn if part.amount is None else drawn | self.result(part, path, drawn)

    def result(
        self, part: PartSchema, path: Path, item: Record, subject: Subject | None = None, in_unit: str | None = None
    ) -> Record:
        """The fields of a part that make a quantity, and the limits beside it, which stand in its unit.

        Args:
            part: with an amount.
            path: of the part.
            item: the part as it is; what its words say was measured tells what the value is held against.
            subject: the rule that holds it against something; without it, every rule.
            in_unit: the unit to keep, where one stands.
        """
        value, unit = part.amount or ("", "")
        spread = self._spread((*path, value))
        words = [item.get(field.name) for field in part.fields if field.words]
        beside = (self.trial if subject is None else subject).beside([one for one in words if one is not None])
        held = self._constants((*path, value)) if subject is None else subject.constants
        held = beside if any(isinstance(one, Quantity | Decimal) and not is_span(one) for one in beside) else held
        known = tuple(one for one in held if not is_span(one)) or held
        drawn = quantity(known, "", None, None, self.chance, spread.unit or in_unit)
        number_ = planned(spread, self.chance)
        result: Record = {value: f"{drawn.value if number_ is None else number_:f}", unit: drawn.unit}
        for field in part.fields:
            if isinstance(field.type, QuantityKind) and not field.type.like:
                result[field.name] = {**self.value(field.type, (*path, field.name), self.start), "unit": drawn.unit}
        return result

    def value(self, kind: FieldType, path: Path, noon: datetime.datetime) -> Any:
        """A value of a type at a path of fields, around a moment."""
        match kind:
            case ListOf(item=item):
                return self._items(item, path, noon)
            case PartSchema():
                return self.part(kind, path, noon)
            case QuantityKind():
                return self._measured(self._quantity(kind, path))
        return self.scalar(kind, path, noon)

    def _items(self, item: FieldType, path: Path, noon: datetime.datetime) -> list[Any]:
        spread = self._spread(path)
        of, words = (spread.of, tuple(spread.each)) if spread.each else self.results(path)
        if words and of and isinstance(item, PartSchema) and (spread.each or spread.items is None):
            return [self.part(item, path, noon, {of: word}) for word in words]
        least, most = spread.items or (1, 1)
        return [self.value(item, path, noon) for _ in range(self.chance.randrange(least, most + 1))]

    def results(self, path: Path) -> tuple[str | None, tuple[str, ...]]:
        """What a list of results has to hold: the field that says what was measured, and its words in the rules."""
        kind = self.trial.fields[path].type
        part = kind.item if isinstance(kind, ListOf) else None
        if not isinstance(part, PartSchema) or not part.has_quantity:
            return None, ()
        named = {
            field.name: tuple(one for one in field.words if one in self._constants((*path, field.name)))
            for field in part.fields
        }
        return max(named.items(), key=lambda one: len(one[1]), default=(None, ()))

    def scalar(self, kind: Scalar, path: Path, noon: datetime.datetime) -> Any:
        """A single value."""
        spread, chance = self._spread(path), self.chance
        if spread.weights:
            return _word(chance.choices(tuple(spread.weights), tuple(spread.weights.values()))[0], kind)
        match kind.kind:
            case "boolean":
                return chance.random() < 0.5
            case "integer" | "decimal":
                whole = kind.kind == "integer"
                drawn = planned(spread, chance) if not spread.after else None
                if drawn is None:
                    drawn = number(self._constants(path), kind.low, kind.high, chance, whole=whole)
                return int(drawn) if whole else f"{drawn:f}"
            case "words":
                return chance.choice(kind.words)
            case "date" | "instant":
                return self.moment(noon, day_only=kind.kind == "date")
            case "unit":
                units = [one.unit for one in self._constants(path) if getattr(one, "unit", None)]
                return chance.choice(units) if units else "1"
            case _:
                return self._text(kind, path)

    def moment(self, noon: datetime.datetime, *, day_only: bool) -> str:
        """A moment around another: mostly of the same day, some months before or after, or, of a date, years before."""
        chance = self.chance
        draw = chance.random()
        if draw < 0.5:
            drawn = later(noon, chance.randrange(-120, 480), "minutes")
        elif draw < 0.7 and day_only:
            drawn = later(noon, -chance.randrange(20, 80) * 365, "days")
        else:
            drawn = later(noon, chance.randrange(-60, 200), "days")
        return written(drawn, self.zone, day_only=day_only)

    def _text(self, kind: Scalar, path: Path) -> str | None:
        if kind.pattern is not None:
            return matching(kind.pattern, self.chance)
        words = [one for one in self._constants(path) if isinstance(one, str)]
        if words and self.chance.random() < 0.5:
            return self.chance.choice(words)
        if kind.kind == "identifier":
            return f"{path[-2 if len(path) > 1 else 0][:1].upper()}{self.chance.randrange(1, 1000)}"
        return f"{path[-1].replace('_', ' ')} {self.chance.randrange(1, 100)}"

    def _quantity(self, kind: QuantityKind, path: Path) -> Quantity:
        spread = self._spread(path)
        low = kind.low if not kind.positive else None
        drawn = quantity(self._constants(path), kind.like, low, kind.high, self.chance, spread.unit)
        value = planned(spread, self.chance)
        value = drawn.value if value is None else value
        return Quantity(abs(value) or drawn.value.__class__(1) if kind.positive else value, drawn.unit)

    def _measured(self, drawn: Quantity) -> Record:
        return {"value": f"{drawn.value:f}", "unit": drawn.unit}

    def _spread(self, path: Path) -> Spread:
        return self.plan.values.get(".".join(path), _NOTHING)

    def _constants(self, path: Path) -> tuple[Any, ...]:
        return self.trial.constants.get(path, ())


def _word(text: str, kind: Scalar) -> Any:
    """A word of a plan as the field holds it."""
    if kind.kind == "boolean":
        return text == "true"
    return int(text) if kind.kind == "integer" else text
