"""Changes of one place of a record, led by what a rule looks at and by what it holds it against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.schema.tree import MOMENTS, ListOf, Scalar
from precise_cal.simulate.moments import UNITS, later, moment_of, written
from precise_cal.simulate.places import at, leaves, places, put, schema_path, without

if TYPE_CHECKING:
    import datetime

    from precise_cal.protocol.schema.tree import FieldSchema, PartSchema
    from precise_cal.simulate.draw import Drawer
    from precise_cal.simulate.trial import Path, Pointer, Record, Subject

_MOST_ITEMS: Final = 5
"""Items that a list is given at most; of results, twice as many as the rules look for if that is more."""


@dataclass(frozen=True)
class Changer:
    """Changes records of a trial. `fixed` are fields that stay as they are."""

    drawer: Drawer
    fixed: frozenset[Path]

    @cached_property
    def _free(self) -> Drawer:
        """Draws without the plan: what the plan makes rare, or never, is looked for as well."""
        return replace(self.drawer, plan=self.drawer.plan.model_copy(update={"values": {}}))

    def towards(self, record: Record, subject: Subject, pointers: tuple[Pointer, ...], *, unknown: bool) -> Record:
        """A record that differs in one place that a rule looks at.

        Args:
            record: the record as it is.
            subject: the rule, or role.
            pointers: where what decides it stands.
            unknown: whether it is to become undecided.
        """
        chance = self.drawer.chance
        if subject.reads_clock and self.drawer.times.stands_at_the_end(record) and chance.random() < 0.1:
            return self._near_cutoff(record, subject)
        if pointers and chance.random() < 0.6:
            place = chance.choice(pointers)
        else:
            standing = places(record, chance.choice(subject.paths), self.drawer.trial.fields) if subject.paths else []
            if not standing:
                return record
            place = chance.choice(standing)
        return self.at(record, place, subject, null=0.5 if unknown else 0.1)

    def _near_cutoff(self, record: Record, subject: Subject) -> Record:
        """The record of one who came so late that the cut-off is near: every time of it is moved by as many days."""
        cutoff, chance = self.drawer.times.cutoff_of(record), self.drawer.chance
        spans = [one for one in subject.constants if _is_span(one)]
        before = cutoff
        if spans and chance.random() < 0.7:
            before = later(cutoff, -_span(chance.choice(spans), "days")[0], "days")
        days = (before.date() - self.drawer.times.noon(record).date()).days - chance.randrange(3)
        return self.drawer.times.moved(record, days, self.fixed)

    def at(self, record: Record, place: Pointer, subject: Subject | None, *, null: float) -> Record:
        """A record that differs at a place, or in an item there."""
        chance = self.drawer.chance
        field = self.drawer.trial.fields.get(schema_path(place))
        if field is None or schema_path(place) in self.fixed:
            return record
        if isinstance(place[-1], int):
            place = place[:-1]
        if chance.random() < null and not field.required:
            return put(record, self._whole(place), None)
        if isinstance(field.type, ListOf):
            return self._items(record, place, field.type, subject)
        amount = self._amount(place)
        if amount is not None and amount.amount is not None and place[-1] in amount.amount:
            return self._result(record, place, amount, subject)
        value = self._value(record, place, field, subject)
        for one in self._together(record, place, field):
            record = put(record, one, value)
        return self._result(record, place, amount, subject) if amount is not None and field.words else record

    def _amount(self, place: Pointer) -> PartSchema | None:
        """The part that a field belongs to, where two of its fields make a quantity."""
        part = self.drawer.trial.schema.at(schema_path(place[:-1]))
        return part if part is not None and part.amount is not None else None

    def _result(self, record: Record, place: Pointer, part: PartSchema, subject: Subject | None) -> Record:
        """The record with another result: value, unit and limit fit each other; mostly, the unit stays."""
        item = at(record, place[:-1]) or {}
        unit = item.get(part.amount[1]) if part.amount and place[-1] == part.amount[0] else None
        kept = unit if self.drawer.chance.random() < 0.7 else None
        for name, value in self._free.result(part, schema_path(place[:-1]), item, subject, kept).items():
            record = put(record, (*place[:-1], name), value)
        return record

    def _together(self, record: Record, place: Pointer, field: FieldSchema) -> list[Pointer]:
        """A place, or now and then that of each item beside it: samples may be drawn at one time."""
        if not field.is_moment or not any(isinstance(step, int) for step in place) or self.drawer.chance.random() < 0.7:
            return [place]
        beside = places(record, schema_path(place), self.drawer.trial.fields)
        return [one for one in beside if schema_path(one) == schema_path(place)]

    def _whole(self, place: Pointer) -> Pointer:
        """The place itself, or now and then that of the part that holds it, where a record may do without that."""
        above = self.drawer.trial.fields.get(schema_path(place[:-1]))
        may_go = above is not None and above.type.kind == "part" and not above.known and not above.required
        return place[:-1] if may_go and self.drawer.chance.random() < 0.5 else place

    def _items(self, record: Record, place: Pointer, kind: ListOf, subject: Subject | None) -> Record:
        """One item more, or one less, or an empty list, or another item."""
        chance, items = self.drawer.chance, at(record, place) or []
        draw = chance.random()
        if items and draw < 0.2:
            return without(record, (*place, chance.randrange(len(items))))
        if draw < 0.3:
            return put(record, place, [])
        if len(items) < self._most(place) and (draw < 0.7 or not items):
            item = self.drawer.value(kind.item, schema_path(place), self.drawer.times.noon(record))
            record = put(record, (*place, len(items)), item)
            return self._led(record, (*place, len(items)), subject)
        inner = [pointer for pointer, _ in leaves(items, place)]
        chosen = chance.choice(inner) if inner else place
        return self.at(record, chosen, subject, null=0.1) if chosen != place else record

    def _most(self, place: Pointer) -> int:
        return max(_MOST_ITEMS, 2 * len(self.drawer.results(schema_path(place))[1]))

    def _led(self, record: Record, item: Pointer, subject: Subject | None) -> Record:
        """The record with a new item whose words and moments are those that a rule looks for."""
        for pointer, _ in list(leaves(at(record, item), item)) if subject is not None else ():
            field = self.drawer.trial.fields.get(schema_path(pointer))
            if field is not None and isinstance(field.type, Scalar) and self.drawer.chance.random() < 0.8:
                if field.type.kind in ("words", *MOMENTS):
                    record = put(record, pointer, self._value(record, pointer, field, subject))
                elif field.type.kind == "boolean":
                    record = put(record, pointer, True)
        place = (*item, "")
        amount = self._amount(place)
        return record if amount is None else self._result(record, place, amount, subject)

    def _value(self, record: Record, place: Pointer, field: FieldSchema, subject: Subject | None) -> Any:
        drawer = self.drawer if self.drawer.chance.random() < 0.3 else self._free
        path = schema_path(place)
        kind = field.type
        if isinstance(kind, Scalar):
            if kind.kind in MOMENTS and drawer.chance.random() < 0.8:
                return self._moment(record, place, kind, subject)
            wanted = [one for one in kind.words if subject is not None and one in subject.constants]
            if wanted and drawer.chance.random() < 0.7:
                return drawer.chance.choice(wanted)
            if kind.kind == "boolean":
                return not at(record, place)
            if kind.kind == "identifier" and drawer.chance.random() < 0.7:
                return self._name(record, place, path)
        return at(record, place) if field.is_list else drawer.value(kind, path, self.drawer.times.noon(record))

    def _moment(self, record: Record, place: Pointer, kind: Scalar, subject: Subject | None) -> str:
        """A moment just before, at, or just after another one of the record, or so long from it as a rule says."""
        chance = self.drawer.chance
        others = [one for pointer, one in self._moments(record, subject) if pointer != place]
        base = chance.choice(others) if others else self.drawer.times.noon(record)
        signs: tuple[int, ...] = (-1, 1)
        if subject is not None and subject.reads_clock and chance.random() < 0.3:
            base, signs = self.drawer.times.cutoff_of(record), (-1,)  # nothing is known after it
        spans = [one for one in (subject.constants if subject else ()) if _is_span(one)]
        if spans and chance.random() < 0.6:
            amount, unit = _span(
                chance.choice(spans), chance.choice(subject.units if subject and subject.units else UNITS)
            )
            base = later(base, chance.choice(signs) * amount, unit)
            base = later(base, chance.choice((-1, 0, 0, 1)), "days")
        else:
            near = ((0, "days"), (5, "minutes"), (90, "minutes"), (1, "days"), (chance.randrange(2, 90), "days"))
            amount, unit = chance.choice(near)
            base = later(base, chance.choice(signs) * amount, unit)
        base = self.drawer.hastened(base, self.drawer.times.cutoff_of(record))
        return written(base, self.drawer.zone, day_only=kind.kind == "date")

    def _moments(self, record: Record, subject: Subject | None) -> list[tuple[Pointer, datetime.datetime]]:
        """The moments of a record, first those that the rule looks at; all of them now and then."""
        fields, found = self.drawer.trial.fields, []
        narrow = subject is not None and self.drawer.chance.random() < 0.8
        for pointer, value in leaves(record):
            path = schema_path(pointer)
            field = fields.get(path)
            if isinstance(value, str) and field and field.is_moment:
                moment = moment_of(value)
                if moment is not None and not (narrow and subject and path not in subject.paths):
                    found.append((pointer, self.drawer.times.on_clock(moment)))
        return found

    def _name(self, record: Record, place: Pointer, path: Path) -> str | None:
        """A name that stands elsewhere in the record, so that one part can speak of another."""
        fields, names = self.drawer.trial.fields, []
        for pointer, value in leaves(record):
            field = fields.get(schema_path(pointer))
            named = field is not None and field.type.kind == "identifier"
            if named and isinstance(value, str) and schema_path(pointer) not in (*self.fixed, path):
                names.append(value)
        current: str | None = at(record, place)
        return self.drawer.chance.choice(names) if names else current


def _is_span(value: Any) -> bool:
    """Whether a number or quantity may say how long something takes."""
    if isinstance(value, Quantity):
        return value.unit is not None and value.value == int(value.value) and _unit(value.unit) is not None
    return isinstance(value, int) and 0 < value < 4000


def _span(value: Any, unit: str) -> tuple[int, str]:
    """How long, in which unit; a plain number is so many of whatever unit was drawn."""
    if isinstance(value, Quantity):
        return int(value.value), _unit(value.unit or "") or unit
    return (int(value), unit) if unit not in ("years", "months") or value < 130 else (int(value), "days")


def _unit(text: str) -> str | None:
    plural = text if text.endswith("s") else f"{text}s"
    return {"ds": "days", "hs": "hours", "mins": "minutes", "wks": "weeks"}.get(
        plural, plural if plural in UNITS else None
    )
