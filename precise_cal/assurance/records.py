"""Records for the translation: one that is given, or one that is sought, of which Z3 finds the values."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import z3

from precise_cal.assurance.days import DAY, Calendar, Day, Instant
from precise_cal.assurance.fillers import FILLERS, filler, is_fit, sample
from precise_cal.assurance.logic import both, choose, no, plus, times
from precise_cal.assurance.symbols import NULL, Amount, Listed, Number, Text, Truth, Whole
from precise_cal.engine.cql.types import ClassType, ListType
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.schema.tree import ListOf, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.assurance.translate import Translator, Words
    from precise_cal.engine.cql.types import Type
    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, RecordSchema

ITEMS: Final = 2
"""How many items a list has at most that is sought."""


def given(translator: Translator, value: Any, kind: Type) -> Any:
    """A recorded value in the translation, itself known."""
    if value is None:
        return NULL
    if isinstance(kind, ClassType):

        def read(name: str) -> Any:
            element = kind.elements[name]
            return given(translator, element.read(value), element.type)

        return Whole(False, _once(read))
    if isinstance(kind, ListType):
        return Listed(False, tuple((True, given(translator, one, kind.element)) for one in value))
    return translator.constant(value)


def _once(read: Callable[[str], Any]) -> Callable[[str], Any]:
    known: dict[str, Any] = {}

    def kept(name: str) -> Any:
        if name not in known:
            known[name] = read(name)
        return known[name]

    return kept


@immutable()
class Bounds:
    """Within what a record is sought.

    Attributes:
        items: how many items a list has at most.
        years: the first and the last year of its days.
        partial: those of days of which only the month or the year is known.
        complete: whether nothing is unknown that a rule reads.
        counted: how many items tell apart what rules count (`reach.reaching`), where lists are shorter.
    """

    items: int = ITEMS
    years: tuple[int, int] = (2000, 2028)
    partial: tuple[int, int] = (2025, 2027)
    complete: bool = False
    counted: int = 0


class Sought:
    """A record of which Z3 finds the values: a field is a variable when a rule reads it.

    What a record may not hold is kept as assumptions: ranges, closed vocabularies, days that there are.
    """

    def __init__(self, schema: RecordSchema, calendar: Calendar, words: Words, bounds: Bounds) -> None:
        self.assumed: list[Any] = []
        self._schema = schema
        self._calendar = calendar
        self._words = words
        self._bounds = bounds
        self._writers: list[Callable[[z3.ModelRef], None]] = []
        self._fields: dict[tuple[Any, ...], Any] = {}
        self._values: dict[tuple[Any, ...], Callable[[z3.ModelRef], Any]] = {}
        self._free: list[tuple[Scalar, Any, Any]] = []
        self._absent: list[tuple[tuple[Any, ...], PartSchema, Any]] = []
        self.has_list = False
        self.root = self._part(schema.root, (), False)

    # ---- variables ----

    def _name(self, path: tuple[Any, ...], what: str = "") -> str:
        return "/".join(map(str, path)) + (f"#{what}" if what else "")

    def _bit(self, path: tuple[Any, ...], what: str) -> Any:
        return z3.Bool(self._name(path, what))

    def _part(self, part: PartSchema, path: tuple[Any, ...], null: Any) -> Whole:
        def read(name: str) -> Any:
            if name not in part.by_name:
                return self._measured(part, path)
            field = part.by_name[name]
            return self._field(field, (*path, name))

        return Whole(null, _once(read))

    def _measured(self, part: PartSchema, path: tuple[Any, ...]) -> Any:
        """The value and unit of a part together."""
        value, unit = part.amount or ("value", "unit")
        kind = part.measured or QuantityKind("", "")
        null = False if self._bounds.complete else self._bit(path, "no quantity")
        number = z3.Real(self._name(path, "value"))
        self._range(number, kind)
        name = kind.like or "1"
        self._values[(*path, value)] = lambda model: _decimal(model, null, number)
        self._values[(*path, unit)] = lambda model: None if _holds(model, null) else name
        return Amount(null, number, name)

    def _range(self, number: Any, kind: QuantityKind | Scalar) -> None:
        if kind.low is not None:
            self.assumed.append(number >= z3.RealVal(str(kind.low)))
        if kind.high is not None:
            self.assumed.append(number <= z3.RealVal(str(kind.high)))
        if isinstance(kind, QuantityKind) and kind.positive:
            self.assumed.append(number > 0)

    def _field(self, field: FieldSchema, path: tuple[Any, ...]) -> Any:
        if path not in self._fields:
            self._fields[path] = self._of_type(field.type, path, field.required or field.known)
        return self._fields[path]

    def _of_type(self, kind: FieldType, path: tuple[Any, ...], always: bool) -> Any:
        null = False if always or self._bounds.complete else self._bit(path, "null")
        match kind:
            case PartSchema():
                self._values[path] = lambda model: None if _holds(model, null) else {}
                self._absent.append((path, kind, null))
                return self._part(kind, path, null)
            case ListOf():
                return self._list(kind, path, null)
            case QuantityKind():
                number = z3.Real(self._name(path))
                self._range(number, kind)
                unit = kind.like or "1"
                self._values[path] = lambda model: (
                    None if _holds(model, null) else {"value": _decimal(model, False, number), "unit": unit}
                )
                return Amount(null, number, unit)
        return self._scalar(kind, path, null)

    def _list(self, kind: ListOf, path: tuple[Any, ...], null: Any) -> Listed:
        self.has_list = True
        there: list[Any] = []
        items = []
        for place in range(self._bounds.items):
            is_there = self._bit((*path, place), "there")
            if there:
                self.assumed.append(z3.Implies(is_there, there[-1]))
            there.append(is_there)
            items.append((is_there, self._of_type(kind.item, (*path, place), True)))
        self._values[path] = lambda model: None if _holds(model, null) else [one for one in there if _holds(model, one)]
        return Listed(null, tuple(items))

    def _scalar(self, kind: Scalar, path: tuple[Any, ...], null: Any) -> Any:
        match kind.kind:
            case "boolean":
                bit = z3.Bool(self._name(path))
                self._values[path] = lambda model: None if _holds(model, null) else _holds(model, bit)
                return Truth(both(no(null), bit), both(no(null), no(bit)))
            case "integer" | "decimal":
                number = z3.Int(self._name(path)) if kind.kind == "integer" else z3.Real(self._name(path))
                self._range(number, kind)
                self._values[path] = lambda model: _decimal(model, null, number)
                return Number(null, number, number)
            case "words" | "text" | "identifier" | "unit":
                return self._text(kind, path, null)
            case "date":
                return self._day(path, null)
        return self._instant(path, null)

    def _text(self, kind: Scalar, path: tuple[Any, ...], null: Any) -> Text:
        code = z3.Int(self._name(path))
        if kind.words:
            self.assumed.append(z3.Or(*[code == self._words.code(word) for word in kind.words]))
        else:
            self.assumed.append(code >= 0)
            self._free.append((kind, null, code))
        self._values[path] = lambda model: None if _holds(model, null) else self._word(kind, _whole(model, code))
        return Text(null, code)

    def _word(self, kind: Scalar, code: int) -> str:
        """The word of a number; of a text that has a form, a word that no rule knows has it."""
        return sample(kind, code) if kind.pattern and code >= len(self._words.codes) else self._words.word(code)

    def unfit(self) -> Iterator[Any]:
        """That a text is a word that it cannot be, though rules know it: one with blanks, or of another form."""
        for kind, null, code in self._free:
            for word, number in self._words.codes.items():
                if not is_fit(kind, word):
                    yield both(no(null), code == number)

    def _day(self, path: tuple[Any, ...], null: Any) -> Day:
        """A day, by its ordinal; a month or a year, by a table of those within the bounds."""
        first, last = z3.Int(self._name(path, "first")), z3.Int(self._name(path, "last"))
        has_month, has_day = self._bit(path, "has month"), self._bit(path, "has day")
        if self._bounds.complete:
            self.assumed.append(has_day)
        since, until = self._bounds.years
        known = range(self._bounds.partial[0], self._bounds.partial[1] + 1)
        months = [(year, month) for year in known for month in range(1, 13)]
        whole = [z3.And(first == _first(year, month), last == _first(year, month + 1) - 1) for year, month in months]
        years = [z3.And(first == _first(year, 1), last == _first(year + 1, 1) - 1) for year in known]
        self.assumed += [
            z3.Implies(has_day, z3.And(has_month, last == first)),
            z3.Implies(z3.And(has_month, z3.Not(has_day)), z3.Or(*whole)),
            z3.Implies(z3.Not(has_month), z3.Or(*years)),
            first >= _first(since, 1),
            last < _first(until + 1, 1),
        ]

        def text(model: z3.ModelRef) -> str | None:
            if _holds(model, null):
                return None
            known = datetime.date.fromordinal(_whole(model, first)).isoformat()
            return known[: 10 if _holds(model, has_day) else 7 if _holds(model, has_month) else 4]

        self._values[path] = text
        return Day(null, has_month, has_day, first, last)

    def _instant(self, path: tuple[Any, ...], null: Any) -> Instant:
        """To the minute where it has a time; else a date, complete or not."""
        day = self._day(path, null)
        of_day = self._values[path]
        has_hour, minute = self._bit(path, "has hour"), z3.Int(self._name(path, "minute"))
        if self._bounds.complete:
            self.assumed.append(has_hour)
        self.assumed += [minute >= 0, minute < 24 * 60, z3.Implies(has_hour, self._bit(path, "has day"))]

        def text(model: z3.ModelRef) -> str | None:
            date: str | None = of_day(model)
            if date is None or not _holds(model, has_hour):
                return date
            hours, minutes = divmod(_whole(model, minute), 60)
            return f"{date}T{hours:02}:{minutes:02}:00{self._offset}"

        self._values[path] = text
        point = plus(times(day.first, DAY), minute * 60_000)
        last = plus(times(day.last, DAY), DAY - 1)
        return Instant(day, has_hour, choose(has_hour, point, times(day.first, DAY)), choose(has_hour, point, last))

    _offset = "+00:00"

    def at(self, offset_minutes: int) -> None:
        """Write instants at this offset from UTC."""
        sign, minutes = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
        self._offset = f"{sign}{minutes // 60:02}:{minutes % 60:02}"

    # ---- what was read ----

    def instances(self, path: tuple[str, ...]) -> list[tuple[tuple[Any, ...], Any, Any]]:
        """The fields of a path that were read: each with its place, whether its items are there, and its value."""
        found = []
        for here, value in self._fields.items():
            if tuple(step for step in here if isinstance(step, str)) == path:
                steps = [here[: place + 1] for place, step in enumerate(here) if isinstance(step, int)]
                found.append((here, both(*(self._bit(one, "there") for one in steps)), value))
        return found

    def read(self, path: tuple[Any, ...]) -> Any:
        """The value of a field that was read; None of any other."""
        return self._fields.get(path)

    def hollow(self) -> Iterator[Any]:
        """That a part is there of which nothing is known, and no value of a field that no rule reads can be made up."""
        for path, part, null in self._absent:
            fields = [self._fields.get((*path, field.name)) for field in part.fields]
            if null is not False and not self._something(part, path):
                yield both(no(null), *(one.null for one in fields if one is not None))

    # ---- the record that was found ----

    def document(self, model: z3.ModelRef) -> dict[str, Any]:
        """The record of a model, with what every record must hold; what no rule asked for is left out."""
        return self._document(self._schema.root, (), model)

    def _document(self, part: PartSchema, path: tuple[Any, ...], model: z3.ModelRef) -> dict[str, Any]:
        found = {}
        for field in part.fields:
            here = (*path, field.name)
            value = self._written(field.type, here, model)
            if value is None and field.required:
                value = filler(field, path)
            if value is not None:
                found[field.name] = value
        for name in ("value", "unit"):
            if (*path, name) in self._values and name not in found and self._values[(*path, name)](model) is not None:
                found[name] = self._values[(*path, name)](model)
        return found

    def _written(self, kind: FieldType, path: tuple[Any, ...], model: z3.ModelRef) -> Any:
        maker = self._values.get(path)
        if isinstance(kind, ListOf) and maker is not None:
            there = maker(model)
            return None if there is None else [self._item(kind, (*path, n), model) for n in range(len(there))]
        if isinstance(kind, PartSchema):
            if maker is not None and maker(model) is None:
                return None
            inner = self._document(kind, path, model) if self._is_touched(path) else {}
            is_there = maker is not None and maker(model) is not None
            return inner or (self._something(kind, path) if is_there else None)
        return None if maker is None else maker(model)

    def _something(self, part: PartSchema, path: tuple[Any, ...]) -> dict[str, Any]:
        """A part of which nothing is known is none: a value of a field that no rule reads."""
        for field in part.fields:
            if (*path, field.name) not in self._values and isinstance(field.type, Scalar):
                form = sample(field.type, 0) if field.type.pattern else None
                value = form or FILLERS.get(field.type.kind) or next(iter(field.type.words), None)
                if value is not None:
                    return {field.name: value}
        return {}

    def _item(self, kind: ListOf, path: tuple[Any, ...], model: z3.ModelRef) -> Any:
        if isinstance(kind.item, PartSchema):
            return self._document(kind.item, path, model)
        return self._written(kind.item, path, model)

    def _is_touched(self, path: tuple[Any, ...]) -> bool:
        return any(one[: len(path)] == path for one in self._values)


def _first(year: int, month: int) -> int:
    """The ordinal of the first day of a month; month 13 is January of the next year."""
    return datetime.date(year + month // 13, (month - 1) % 12 + 1, 1).toordinal()


def _holds(model: z3.ModelRef, bit: Any) -> bool:
    return bit if isinstance(bit, bool) else z3.is_true(model.eval(bit, model_completion=True))


def _whole(model: z3.ModelRef, number: Any) -> int:
    found: int = model.eval(number, model_completion=True).as_long()
    return found


def _decimal(model: z3.ModelRef, null: Any, number: Any) -> Any:
    """A number as JSON has it: whole, or the text of a decimal."""
    if _holds(model, null):
        return None
    found = model.eval(number, model_completion=True)
    if z3.is_int_value(found):
        return found.as_long()
    value = Fraction(found.numerator_as_long(), found.denominator_as_long())
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):.8f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
